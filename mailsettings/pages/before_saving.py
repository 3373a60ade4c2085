"""Between a settings form that is well filled in and its being saved: what somebody else saved meanwhile, what the
change takes away, and a real check.

Everything goes by pages: the form comes back with what was found, and the same buttons.
"""

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import overtaken
from accounts.audit import Actor, record
from accounts.models import AuditEvent
from mailsettings import catalog, checking, effects
from mailsettings.checking import Found
from mailsettings.forms.base import SettingsForm
from mailsettings.needs import AREAS
from mailsettings.services import Changes

MOST_CHECKS, CHECKS_WITHIN = 10, timedelta(minutes=10)


Shown = dict[str, object]


def saved_or_held(
    request: HttpRequest, area: str, form: SettingsForm, store: Callable[[], Changes]
) -> tuple[Changes | None, Shown]:
    """What was changed, or None and what the page shows beside its form while that is not saved."""
    shown = _concerned(request, area) | {"is_checked": area in checking.CHECKED_AREAS}
    held = _held(request, area, form)
    changes = overtaken.save(request, form, store) if held is None else None
    return changes, shown | (held or {})


def _held(request: HttpRequest, area: str, form: SettingsForm) -> Shown | None:
    """Why it is not saved; None when it is to be."""
    if overtaken.look(request, form) or not form.is_valid():
        return {}
    losses = effects.losses(request.company, area, form)
    seen = effects.name_of(losses)
    if losses and request.POST.get("seen") != seen:
        return {"seen": seen, "losses": losses}
    if request.POST.get("save") != "checked" or area not in checking.CHECKED_AREAS:
        return None
    found = _too_many(request) or _checked(request, area, form)
    return None if found.is_good else {"seen": seen, "found": found}


def _concerned(request: HttpRequest, area: str) -> dict[str, object]:
    """How many people's mail leaves by what the page sets up, told before anything is changed."""
    found = effects.senders(request.company)
    methods = AREAS[area].methods if area in AREAS else (catalog.COMPANY_MAILBOX,)
    number = sum(found.get(method, 0) for method in methods) if methods else sum(found.values())
    return {"people_concerned": number}


def _checked(request: HttpRequest, area: str, form: SettingsForm) -> Found:
    found = checking.check(area, request.membership, form)
    facts = {"area": area, "cause": found.explanation.cause if found.explanation else ""}
    record(
        Actor.of(request), "settings.checked", company=request.company, label=str(request.company), **facts
    )
    return found


def _too_many(request: HttpRequest) -> Found | None:
    """A check signs in somewhere, and a few wrong sign-ins lock an account."""
    since = timezone.now() - CHECKS_WITHIN
    events = AuditEvent.objects.filter(company=request.company, action="settings.checked", at__gt=since)
    if events.count() < MOST_CHECKS:
        return None
    sentence = _(
        "That was many checks in a short time. Wait ten minutes before the next one, or save without checking."
    )
    return Found(refused=sentence)
