"""What Microsoft takes its time for: after a change, the old answer comes for a while, and looking again helps.

Roles in Exchange: https://learn.microsoft.com/exchange/permissions-exo/application-rbac (30 minutes to 2 hours);
mailbox permissions up to an hour; switches of SMTP AUTH, consents and secrets: minutes, by experience.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AuditEvent, Membership

MOST_LOOKS = 5  # the first one included
LOOK_EVERY = timedelta(minutes=10)

_SECRET, _CONSENT, _SWITCH, _RIGHT, _SCOPE = (1, 5), (5, 15), (15, 30), (15, 60), (30, 120)
MINUTES: dict[str, tuple[int, int]] = {
    "client_secret_invalid": _SECRET,
    "client_secret_expired": _SECRET,
    "client_certificate_not_registered": _SECRET,
    "app_not_found_in_tenant": _CONSENT,
    "service_principal_missing": _CONSENT,
    "consent_missing": _CONSENT,
    "admin_consent_required": _CONSENT,
    "app_permission_not_configured": _CONSENT,
    "graph_permission_missing": _SWITCH,
    "smtp_auth_disabled_tenant": _SWITCH,
    "smtp_auth_disabled_mailbox": _SWITCH,
    "smtp_auth_blocked_by_policy": _SWITCH,
    "smtp_basic_auth_disabled": _SWITCH,
    "xoauth2_token_rejected": _RIGHT,
    "mailbox_access_not_granted": _RIGHT,
    "mailbox_missing_or_unlicensed": _RIGHT,
    "send_as_denied": _RIGHT,
    "app_access_policy_blocked": _SCOPE,
}
_THINGS = ("credential.", "microsoft_app.", "app_only.", "mail_policy.", "connection.", "approval.")
_ENDINGS = (".deleted", ".refused", ".disconnected", ".checked")


@dataclass(frozen=True, slots=True)
class Delay:
    """How long Microsoft takes for what would mend the cause."""

    least: timedelta
    most: timedelta


def of(cause: str) -> Delay | None:
    least, most = MINUTES.get(cause, (0, 0))
    return Delay(timedelta(minutes=least), timedelta(minutes=most)) if most else None


def changed_at(person: Membership) -> datetime | None:
    """When the settings that matter for this person's mail were last changed in this portal."""
    what = Q()
    for thing in _THINGS:
        what |= Q(action__startswith=thing)
    for ending in _ENDINGS:
        what &= ~Q(action__endswith=ending)
    whose = Q(object_label__in=[str(person.company), str(person.user)])
    events = AuditEvent.objects.filter(what, whose, company=person.company)
    return events.values_list("at", flat=True).first()


def look_again_at(cause: str, changed: datetime | None, now: datetime, number: int) -> datetime | None:
    """When the look after this one, the `number`-th, is worth it; None when waiting would change nothing."""
    delay = of(cause)
    if delay is None or changed is None or number >= MOST_LOOKS or now - changed >= delay.most:
        return None
    return max(changed + delay.least, now + min(LOOK_EVERY, delay.most / 3))


def sentence(cause: str, changed: datetime, again_at: datetime, now: datetime) -> str:
    delay = of(cause)
    ago = max(round((now - changed).total_seconds() / 60), 1)
    names = {
        "ago": ngettext("%(n)s minute ago", "%(n)s minutes ago", ago) % {"n": ago},
        "least": round(delay.least.total_seconds() / 60),
        "most": round(delay.most.total_seconds() / 60),
        "time": date_format(timezone.localtime(again_at), "H:i"),
    }
    return (
        _(
            "The settings were changed %(ago)s, and Microsoft needs %(least)s to %(most)s minutes for "
            "such a change. The portal looks again by itself at %(time)s."
        )
        % names
    )
