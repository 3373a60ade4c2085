"""What programs of a company are told of its messages by webhook: thin facts, never what a message says."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from core.ids import moment_of
from sender.models import OutboxMessage, State
from sender.recipients import refused_of
from webhooks import events, listening
from webhooks.kinds import EventKind
from webhooks.models import Event

if TYPE_CHECKING:
    from sender.endings import Ending

_KINDS = {
    State.SENT: EventKind.MESSAGE_SENT,
    State.FAILED: EventKind.MESSAGE_FAILED,
    State.UNKNOWN: EventKind.MESSAGE_UNKNOWN,
    State.CANCELLED: EventKind.MESSAGE_CANCELLED,
}


def accepted(values: Mapping[str, object]) -> dict[str, object] | None:
    """The event's row for a message with these values; None where nobody listens."""
    if not listening.hears(values["company_id"], EventKind.MESSAGE_ACCEPTED):
        return None
    facts = {"state": State.WAITING.value, "cause": "", "attempts": 0}
    return events.row(values["company_id"], EventKind.MESSAGE_ACCEPTED, values["id"], facts)


def ended(ending: "Ending") -> dict[str, object] | None:
    """The same for what an attempt came to; None, too, where the message waits again."""
    kind, claimed = _KINDS.get(ending.state), ending.claimed
    if kind is None or not listening.hears(claimed.company_id, kind):
        return None
    facts = {"state": ending.state.value, "cause": ending.cause, "attempts": claimed.number}
    return events.row(claimed.company_id, kind, claimed.pk, facts)


def locked(rows: QuerySet[OutboxMessage], state: State) -> list[OutboxMessage] | None:
    """The rows as they are until the commit: these come to this state, and no others, which nobody would be told of.

    None where no program of any company wants to be told.
    """
    if not listening.companies(_KINDS[state]):
        return None
    return list(rows.select_for_update(of=("self",)).only("pk", "company_id", "attempts_made").order_by())


def tell(messages: Collection[OutboxMessage], state: State, cause: str) -> None:
    """They came to this state otherwise than by an attempt; in the transaction that made it so."""
    kind = _KINDS[state]
    rows = [
        Event(
            company_id=message.company_id,
            kind=kind,
            about=message.pk,
            facts={"state": state.value, "cause": cause, "attempts": message.attempts_made},
        )
        for message in messages
        if listening.hears(message.company_id, kind)
    ]
    Event.objects.bulk_create(rows)


def details(messages: Collection[UUID]) -> dict[UUID, dict[str, object]]:
    """What stays the same of each message, and how many of its recipients were refused so far."""
    refused = refused_of(messages)
    rows = OutboxMessage.objects.filter(pk__in=messages).values_list(
        "pk", "person", "message_id", "idempotency_key", "kind"
    )
    return {
        pk: {
            "person": person,
            "message_id": message_id,
            "idempotency_key": key,
            "kind": kind,
            "submitted_at": moment_of(pk).isoformat(),
            "refused_recipients": refused.get(pk, 0),
        }
        for pk, person, message_id, key, kind in rows
    }
