"""Times as people say them: relative for the recent, exact for dates that matter by the day."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext as _

from core import clock

register = template.Library()

DAY = "SHORT_DATE_FORMAT"
RECENT = timedelta(days=7)
# Whole sentences for each unit: "3 days ago" and "in 3 days" are in cases of their own in many languages.
_UNITS = (
    (
        timedelta(days=1),
        ngettext_lazy("%(n)s day ago", "%(n)s days ago", "n"),
        ngettext_lazy("in %(n)s day", "in %(n)s days", "n"),
    ),
    (
        timedelta(hours=1),
        ngettext_lazy("%(n)s hour ago", "%(n)s hours ago", "n"),
        ngettext_lazy("in %(n)s hour", "in %(n)s hours", "n"),
    ),
    (
        timedelta(minutes=1),
        ngettext_lazy("%(n)s minute ago", "%(n)s minutes ago", "n"),
        ngettext_lazy("in %(n)s minute", "in %(n)s minutes", "n"),
    ),
)


@register.filter
def day(at: date) -> str:
    """`3 Nov 2026`, in the page's time zone."""
    local = timezone.localtime(at) if isinstance(at, datetime) else at
    return _day(local.year, local.month, local.day, get_language())


@lru_cache(maxsize=1_000)  # a list says the same days again and again, and formatting one takes long
def _day(year: int, month: int, day_of_month: int, _language: str) -> str:
    return date_format(date(year, month, day_of_month), DAY)


@register.filter
def exact(at: date) -> str:
    """`3 Nov 2026, 14:05 EET`; a bare date stays a day."""
    if not isinstance(at, datetime):
        return day(at)
    local = timezone.localtime(at)
    return f"{day(at)}, {local:%H:%M} {local.tzname()}"


@register.filter
def ago(at: date) -> str:
    """`3 minutes ago`, `in 2 hours`; the day itself when it is more than a week away or a bare date."""
    if not isinstance(at, datetime):
        return day(at)
    passed = clock.now() - at
    if abs(passed) > RECENT:
        return day(at)
    for unit, before, after in _UNITS:
        if count := abs(passed) // unit:
            return (before if passed > timedelta(0) else after) % {"n": count}
    return _("just now")


@register.filter
def days_left(ends_on: date | None) -> int | None:
    """Whole days from today, in the page's time zone; negative once it has ended, None without an end."""
    if ends_on is None:
        return None
    return (ends_on - timezone.localdate(clock.now())).days
