"""From what happened to how it looks: good, warn, bad, info or plain."""

from datetime import date

from django import template
from django.contrib.messages import constants

from accounts.models import MailState
from portal.templatetags.times import days_left

register = template.Library()

SOON_DAYS = 30

_TONE_OF_LEVEL = {
    constants.SUCCESS: "good",
    constants.INFO: "info",
    constants.WARNING: "warn",
    constants.ERROR: "bad",
}


@register.filter
def tone_of_level(level: int) -> str:
    """The tone of a message of Django's messages framework."""
    return _TONE_OF_LEVEL.get(level, "info")


@register.filter
def tone_of_end(ends_on: date | None) -> str:
    """Of something that ends on a day: bad once ended, warn in its last 30 days, plain without an end."""
    if ends_on is None:
        return "plain"
    left = days_left(ends_on)
    if left < 0:
        return "bad"
    return "warn" if left <= SOON_DAYS else "good"


@register.filter
def notice_icon(tone: str) -> str:
    return {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}.get(tone, "info")


_TONE_OF_MAIL = {MailState.WORKS: "good", MailState.ATTENTION: "bad", MailState.NEVER: "warn"}


@register.filter
def tone_of_mail(state: str) -> str:
    """Of a person's mail."""
    return _TONE_OF_MAIL[state]


_TONE_OF_STATE = {"sent": "good", "failed": "bad", "unknown": "warn", "cancelled": "plain"}


@register.filter
def tone_of_state(state: str) -> str:
    """Of an outbox message; whatever is still on its way is information."""
    return _TONE_OF_STATE.get(state, "info")


@register.filter
def spoken(name: str) -> str:
    """`member.role_changed` as `Member: role changed`."""
    return name.replace(".", ": ").replace("_", " ").capitalize()
