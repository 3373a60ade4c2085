"""The rows of a message that is handed over: made first, then written all at once."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Membership
from core.ids import uuid7
from sender import inserting, mime, news, outbox, route_memory
from sender.models import Content, OutboxMessage, RecipientOutcome, SendingMailbox, State
from sender.models.attempt import RecipientKind
from sender.route_memory import Way
from sender.routing import Route
from webhooks import listening
from webhooks.models import Event

_NAMES = inserting.names(OutboxMessage)
_UNLESS_SAID = {each.attname: each.get_default() for each in OutboxMessage._meta.concrete_fields}
_UNLESS_SAID["state"] = State.WAITING.value
_MEMBERSHIP = OutboxMessage._meta.get_field("membership")


@dataclass(frozen=True, slots=True)
class Rows:
    """A message that is not stored yet, and the values of the rows that make it up."""

    message: OutboxMessage
    values: inserting.Row
    content: inserting.Row
    recipients: list[inserting.Row]
    event: inserting.Row | None = None  # that it was accepted, where a program listens


def rows_of(
    membership: Membership,
    way: Way,
    frozen: mime.Frozen,
    facts: dict[str, object],
    not_before: datetime | None = None,
) -> Rows:
    """The rows of a message that goes a way `with_mailbox`; `facts` are further fields of it."""
    now = timezone.now()
    due_at = max(not_before or now, now)
    values = {
        **_UNLESS_SAID,
        **way.of_each_message,
        "id": uuid7(),
        "company_id": membership.company_id,
        "membership_id": membership.pk,
        "due_at": due_at,
        "give_up_at": due_at + timedelta(hours=way.policy.give_up_hours),
        "subject": frozen.subject[:998],
        "message_id": frozen.message_id[:998],
        "envelope_from": frozen.envelope_from,
        "size_bytes": frozen.size_bytes,
        "submitted_at": now,
        **facts,
    }
    values["refused_rungs"] = list(values["refused_rungs"])  # each message's own
    message = OutboxMessage.from_db(DEFAULT_DB_ALIAS, _NAMES, values.values())
    _MEMBERSHIP.set_cached_value(message, membership)
    key_id, ciphertext = Content.sealed(message.pk, frozen.mime)
    content = inserting.row(Content, message_id=message.pk, key_id=key_id, ciphertext=ciphertext)
    stored = values | {"refused_rungs": way.refused_as_json}
    return Rows(message, list(stored.values()), content, _recipients(message.pk, frozen), _event(values))


def insert(rows: Rows) -> None:
    """Write them all, or none; then say where workers look that the message is due.

    Raises IntegrityError where an idempotency key was used meanwhile, or the mailbox is gone.
    """
    made = [(OutboxMessage, [rows.values]), (Content, [rows.content]), (RecipientOutcome, rows.recipients)]
    if rows.event is not None:
        made.insert(0, (Event, [rows.event]))
    with _usable_afterwards():
        inserting.insert(made)
    transaction.on_commit(lambda: _tell_workers([rows.message]), robust=True)


def insert_many(many: Iterable[Rows]) -> None:
    """The same for many messages in one transaction.

    PostgreSQL stores each while the next is made: then making them must not ask the database for anything.
    """
    stored, messages, recipients, events = [], [], [], []

    def contents() -> Iterator[inserting.Row]:
        """All but these, which may be large, is kept until they are written."""
        for rows in many:
            stored.append(rows.message)
            messages.append(rows.values)
            recipients.extend(rows.recipients)
            events.extend([rows.event] if rows.event is not None else [])
            yield rows.content

    with listening.held(), _usable_afterwards():
        inserting.insert_many(
            [
                (Content, contents()),
                (OutboxMessage, messages),
                (RecipientOutcome, recipients),
                (Event, events),
            ]
        )
    transaction.on_commit(lambda: _tell_workers(stored), robust=True)


@contextmanager
def _usable_afterwards() -> Iterator[None]:
    """An error leaves the caller's transaction usable; it may come of a way that is no more."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            yield
    except IntegrityError:
        route_memory.forget()
        raise


def _tell_workers(messages: Iterable[OutboxMessage]) -> None:
    """A process that dies before this leaves it to the next sweep, a minute later at most.

    So does an error, which is logged: the message is stored, and nobody must hand it over once more.
    """
    first_due: dict[UUID, datetime] = {}
    for message in messages:
        known = first_due.get(message.mailbox_id, message.due_at)
        first_due[message.mailbox_id] = min(known, message.due_at)
    for mailbox_id, at in first_due.items():
        outbox.due(mailbox_id, at)


def with_mailbox(membership: Membership, way: Way) -> Way:
    """The way with its sending mailbox, which is made when it is the first time."""
    if way.mailbox_id is not None:
        return way
    known = replace(way, mailbox_id=mailbox_for(membership, way.route).pk)
    transaction.on_commit(lambda: route_memory.improve(membership, way, known))
    return known


def mailbox_for(membership: Membership, way: Route) -> SendingMailbox:
    """The sending mailbox of a route, made when it is the first time."""
    mailbox, _created = SendingMailbox.objects.get_or_create(
        company=membership.company,
        method=way.method,
        owner=str(way.membership.pk) if way.membership else "",
        account=way.account,
        defaults={"membership": way.membership},
    )
    return mailbox


def from_and_envelope(way: Route) -> tuple[str, str]:
    """The two addresses of a message that goes this way, as transmitted; who sends on behalf gets the bounces."""
    author = mime.checked_address(way.from_address, "sender")
    return author, mime.checked_address(way.sender_address, "sender") if way.sender_address else author


def _event(values: dict[str, object]) -> inserting.Row | None:
    told = news.accepted(values)
    return told and inserting.row(Event, **told | {"facts": json.dumps(told["facts"])})


def _recipients(message_id: UUID, frozen: mime.Frozen) -> list[inserting.Row]:
    kinds = [(RecipientKind.TO, frozen.to), (RecipientKind.CC, frozen.cc), (RecipientKind.BCC, frozen.bcc)]
    addresses: dict[str, str] = {}
    for kind, group in kinds:
        for address in group:
            addresses.setdefault(address, kind.value)
    told = {"message_id": message_id, "outcome": "", "reply": ""}
    return [
        inserting.row(RecipientOutcome, address=address, place=place, kind=kind, **told)
        for place, (address, kind) in enumerate(addresses.items())
    ]
