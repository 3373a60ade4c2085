"""Days as people type them into a filter, and the moments they begin at in the page's time zone."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_WRONG = _("Give a day such as 2026-11-21.")
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)  # keys of rows hold the times between


class DayField(forms.DateField):
    default_validators = [MinValueValidator(_FIRST, _WRONG), MaxValueValidator(_LAST, _WRONG)]
    default_error_messages = {"invalid": _WRONG}


def start_of(day: date | None, days_later: int = 0) -> datetime | None:
    """The first moment of the day, aware; None for no day."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days_later), time.min))


def check_order(form: forms.Form, first: str, last: str) -> None:
    """An error beside the second of two days that are the wrong way round."""
    since, until = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if since and until and until < since:
        form.add_error(last, _("This day is before the first one."))
