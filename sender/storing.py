"""The rows of a message that is handed over: made first, then written all at once."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Membership
from sender import mime, outbox, route_memory
from sender.models import Content, OutboxMessage, RecipientOutcome, SendingMailbox
from sender.route_memory import Way
from sender.routing import Route
from sender.statements import insertion, together


@dataclass(frozen=True, slots=True)
class Rows:
    message: OutboxMessage
    content: Content
    recipients: list[RecipientOutcome]


def rows_of(
    membership: Membership,
    way: Way,
    frozen: mime.Frozen,
    facts: dict[str, object],
    not_before: datetime | None = None,
) -> Rows:
    """The unsaved rows of a message that goes a way `with_mailbox`; `facts` are further fields of it."""
    now = timezone.now()
    due_at = max(not_before or now, now)
    refused = way.route.refused
    message = OutboxMessage(
        company_id=membership.company_id,
        membership=membership,
        person=membership.user.email,
        mailbox_id=way.mailbox_id,
        route_reason=way.route.reason,
        refused_rungs=[{"method": r.method, "cause": r.cause, "reason": r.reason} for r in refused],
        due_at=due_at,
        give_up_at=due_at + timedelta(hours=way.policy.give_up_hours),
        subject=frozen.subject[:998],
        message_id=frozen.message_id[:998],
        from_address=from_and_envelope(way.route)[0],
        envelope_from=frozen.envelope_from,
        size_bytes=frozen.size_bytes,
        **facts,
    )
    content = Content(message=message)
    content.seal(frozen.mime)
    return Rows(message, content, _recipients(message, frozen))


def insert(many: Sequence[Rows]) -> None:
    """Write them in one transaction: all of them, or none; then say where workers look that they are due.

    Raises IntegrityError where an idempotency key was used meanwhile, or the mailbox is gone.
    """
    write = _insert_one if len(many) == 1 else _insert_all
    try:
        # A savepoint within the caller's transaction: an error here must leave it usable.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            write(many)
    except IntegrityError:
        route_memory.forget()
        raise
    transaction.on_commit(lambda: _tell_workers(rows.message for rows in many))


def _insert_one(many: Sequence[Rows]) -> None:
    (rows,) = many
    together([insertion([rows.message]), insertion([rows.content]), insertion(rows.recipients)])


def _insert_all(many: Sequence[Rows]) -> None:
    with transaction.atomic():
        OutboxMessage.objects.bulk_create([rows.message for rows in many])
        Content.objects.bulk_create([rows.content for rows in many])
        RecipientOutcome.objects.bulk_create([each for rows in many for each in rows.recipients])


def _tell_workers(messages: Iterable[OutboxMessage]) -> None:
    """A process that dies before this leaves it to the next sweep, a minute later at most."""
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


def _recipients(message: OutboxMessage, frozen: mime.Frozen) -> list[RecipientOutcome]:
    kinds = [("to", frozen.to), ("cc", frozen.cc), ("bcc", frozen.bcc)]
    addresses: dict[str, str] = {}
    for kind, group in kinds:
        for address in group:
            addresses.setdefault(address, kind)
    return [
        RecipientOutcome(message=message, address=address, kind=kind) for address, kind in addresses.items()
    ]
