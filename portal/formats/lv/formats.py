"""In figures: within a sentence the name of a month would have to be declined."""

DATE_FORMAT = SHORT_DATE_FORMAT = "d.m.Y"
MONTH_DAY_FORMAT = "d.m."
