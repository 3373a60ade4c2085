"""All that is known about one message, as one line of events: handed over, routed, tried, decided by people, ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent
from core.ids import first_of
from core.sentences import said
from mailsettings import catalog
from mailsettings.agreements import kinds
from mailsettings.models.agreement import language_name
from sender.models import Attempt, OutboxMessage, RecipientOutcome
from sender.routing import Refused
from sender.transports.base import Outcome, Phase

PHASES = {
    Phase.CONNECT: _("It ended while connecting to the server."),
    Phase.TLS: _("It ended while the connection was being encrypted."),
    Phase.SIGN_IN: _("It ended at signing in."),
    Phase.ENVELOPE: _("It ended when sender and recipients were named."),
    Phase.CONTENT: _("It ended while the message was being transmitted."),
    Phase.HANDED_OVER: _("The whole message was handed over."),
}
BY_PEOPLE = {
    "message.retried": _("Tried again by %(who)s"),
    "message.cancelled": _("Stopped by %(who)s"),
    "message.resolved_as_sent": _("Marked as arrived by %(who)s"),
    "message.resolved_as_lost": _("Marked as not arrived and sent again by %(who)s"),
    "message.body_viewed": _("Read by %(who)s"),
    "message.attachment_downloaded": _("A file was downloaded by %(who)s"),
}
_LATEST = 50  # events of people
SHOWN = 100  # recipients


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` says how it is drawn: handed_over, route, attempt, person or end."""

    at: datetime
    kind: str
    text: str | Promise = ""
    attempt: Attempt | None = None


def events_of(message: OutboxMessage, attempts: list[Attempt]) -> list[Event]:
    """The oldest first."""
    begun = [Event(message.submitted_at, "handed_over"), Event(message.submitted_at, "route")]
    tried = [Event(each.started_at, "attempt", phase_of(each), each) for each in attempts]
    later = [*tried, *_by_people(message)]
    if message.finished_at:
        later.append(Event(message.finished_at, "end"))
    return begun + sorted(later, key=lambda event: event.at)


def phase_of(attempt: Attempt) -> str | Promise:
    """How far it came, of one that did not end well."""
    return PHASES.get(attempt.phase, "") if attempt.outcome not in ("", "accepted") else ""


def recipients_of(message: OutboxMessage) -> tuple[list[RecipientOutcome], int]:
    """Those it did not reach first, and how many more there are than a page shows."""
    rows = message.recipients.all()
    shown = list(rows.exclude(outcome=Outcome.ACCEPTED)[:SHOWN])
    if len(shown) < SHOWN:
        shown += rows.filter(outcome=Outcome.ACCEPTED)[: SHOWN - len(shown)]
    return shown, rows.count() - len(shown) if len(shown) == SHOWN else 0


def passed_over(message: OutboxMessage) -> list[Refused]:
    return [Refused(**rung | {"reason": said(rung["reason"])}) for rung in message.refused_rungs]


def method_of(message: OutboxMessage) -> catalog.Method:
    return catalog.METHODS[message.mailbox.method]


def agreement_of(message: OutboxMessage) -> str:
    """What was appended, such as “Order to a carrier, Latvian”; the kind's short name when it is gone."""
    if not message.agreement_kind:
        return ""
    label = kinds(message.company).get(message.agreement_kind, message.agreement_kind)
    return f"{label}, {language_name(message.agreement_language)}"


def _by_people(message: OutboxMessage) -> Iterator[Event]:
    rows = AuditEvent.objects.filter(
        company=message.company_id,
        object_label=message.message_id[:254],
        action__in=BY_PEOPLE,
        pk__gte=first_of(message.submitted_at),
    )
    for row in rows.order_by("-pk")[:_LATEST]:
        yield Event(row.at, "person", BY_PEOPLE[row.action] % {"who": row.actor_label})
