"""Short beneath a chart."""

MONTH_DAY_FORMAT = "j/n"
