"""Alarms on pages: the banner, and an alarm in words."""

from django import template
from django.db.models import Count, Window

from accounts.models import Membership
from alarms import services, words
from alarms.models import Alarm, Severity
from alarms.words import Mending, Words

register = template.Library()

SHOW_THEM_THEMSELVES = ("overview", "alarms")


@register.inclusion_tag("alarms/_banner.html", takes_context=True)
def alarm_banner(context: dict[str, object]) -> dict[str, object]:
    """For admins and support, on every page of the company but those that show alarms themselves."""
    viewer, request = context.get("membership"), context.get("request")
    if not viewer or not viewer.is_staff_of_company or not request.resolver_match:
        return {}
    if request.resolver_match.url_name in SHOW_THEM_THEMSELVES:
        return {}
    rows = Alarm.objects.filter(company=viewer.company, closed_at=None, severity__lt=Severity.INFO)
    worst = rows.annotate(number=Window(Count("pk"))).order_by("severity", "-id").first()
    if worst is None:
        return {}
    worst.company = viewer.company
    return {"company": viewer.company, "alarm": worst, "more": worst.number - 1}


@register.filter
def in_words(alarm: Alarm) -> Words:
    return words.of(alarm)


@register.simple_tag
def mending_of(alarm: Alarm, viewer: Membership) -> Mending | None:
    """The button for this viewer; None where his role cannot open the page behind it."""
    is_own = alarm.membership_id == viewer.pk
    opens_to_support = alarm.membership_id is not None or alarm.kind == "queue_old"
    if not viewer.is_admin and not is_own and not opens_to_support:
        return None
    return words.mending(alarm, is_own=is_own)


@register.inclusion_tag("alarms/_switch.html", takes_context=True)
def alarm_switch(context: dict[str, object]) -> dict[str, object]:
    """One's own switch: alarms by e-mail."""
    viewer = context["membership"]
    return {
        "company": viewer.company,
        "membership": viewer,
        "is_on": services.is_mailed(viewer),
        "here": context["request"].path,
        "csrf_token": context["csrf_token"],
    }
