"""Taking messages to send them.

A slot takes a few due messages at once: they become `sending`, durably, and carry the name of the slot's lease. How
far each of them came stands in the lease's journal (sender/journal.py) until its end is written (sender/endings.py).
"""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from core.crypto import DecryptionFailed
from core.errors import PostroomError
from sender import mime
from sender.models import (
    Content,
    Health,
    MailboxSlot,
    OutboxMessage,
    RecipientOutcome,
    SendingMailbox,
    State,
)
from sender.statements import as_moment, as_uuid, returned, rows_of

_MESSAGES = OutboxMessage._meta.db_table
_SLOT = f"SELECT id FROM {MailboxSlot._meta.db_table} WHERE mailbox_id = %s AND owner = %s"
_IS_READY = (
    f"EXISTS (SELECT 1 FROM {SendingMailbox._meta.db_table} AS mailbox WHERE mailbox.id = %s "
    f"AND health = '{Health.READY}' AND (paused_until IS NULL OR paused_until <= %s))"
)
_STORED = (
    "priority, due_at, id, mailbox_id, company_id, give_up_at, attempts_made, from_address, envelope_from, "
    "message_id, subject, size_bytes"
)


class ClaimLost(PostroomError):
    """The message is not this slot's to send any more: the slot's lease ran out."""


Loaded = tuple["Claimed", mime.Frozen | DecryptionFailed]


@dataclass(slots=True)
class Claimed:
    """A message that a slot took."""

    pk: UUID
    mailbox_id: UUID
    company_id: UUID
    give_up_at: datetime
    attempts_made: int
    from_address: str
    envelope_from: str
    message_id: str
    subject: str
    size_bytes: int
    owner: str  # of the slot
    is_begun: bool = False  # it may have been handed over

    @property
    def number(self) -> int:
        """Of the attempt that is made now."""
        return self.attempts_made + 1


def claim(mailbox_id: UUID, owner: str, limit: int, now: datetime) -> list[Claimed]:
    """Take the mailbox's next due messages, the most urgent and oldest first, so that it outlives a power cut.

    None when the mailbox is paused, nor when the slot is not this lease's any more: who settled it would not know of
    them.
    """
    next_ones = (
        f"SELECT id FROM {_MESSAGES} WHERE mailbox_id = %s AND finished_at IS NULL AND state = 'waiting' "
        "AND due_at <= %s ORDER BY priority, due_at, id LIMIT %s"
    )
    chosen, slot = f"IN ({next_ones})", f"EXISTS ({_SLOT})"
    if connection.vendor == "postgresql":  # as arrays, so that it is looked up and locked only once
        chosen = f"= ANY (ARRAY({next_ones} FOR UPDATE SKIP LOCKED))"
        slot = f"ARRAY({_SLOT} FOR SHARE) <> '{{}}'"
    sql = (
        f"UPDATE {_MESSAGES} SET state = 'sending', claimed_by = %s "
        f"WHERE {slot} AND {_IS_READY} AND id {chosen} RETURNING {_STORED}"
    )
    whose = [owner, mailbox_id, owner, mailbox_id, now]
    return _in_order(returned(sql, [*whose, mailbox_id, now, limit]), owner)


def taken(owner: str, mailbox_id: UUID | None = None) -> list[Claimed]:
    """The messages that carry this lease's name, in the order they are sent in."""
    of_mailbox, values = ("", [owner]) if mailbox_id is None else ("AND mailbox_id = %s", [owner, mailbox_id])
    sql = (
        f"SELECT {_STORED} FROM {_MESSAGES} "
        f"WHERE finished_at IS NULL AND state = 'sending' AND claimed_by = %s {of_mailbox}"
    )
    return _in_order(rows_of(sql, values), owner)


def given_up(keys: Collection[UUID]) -> list[Claimed]:
    """Those of these messages that are `unknown`, as they were when they were handed over."""
    sql = f"SELECT {_STORED} FROM {_MESSAGES} WHERE state = 'unknown' AND id {{}}"
    found = _in_order(_rows_about(list(keys), sql), owner="") if keys else []
    for claimed in found:
        claimed.attempts_made -= 1
        claimed.is_begun = True
    return found


def _in_order(rows: list[tuple], owner: str) -> list[Claimed]:
    ordered = sorted(rows, key=lambda row: row[:3])
    return [Claimed(*map(as_uuid, row[2:5]), as_moment(row[5]), *row[6:], owner=owner) for row in ordered]


def give_back(owner: str, keys: Collection[UUID]) -> int:
    """Leave these to others, which were taken under this lease and not begun; returns how many."""
    rows = OutboxMessage.objects.sending().filter(pk__in=keys, claimed_by=owner)
    return rows.update(state=State.WAITING, claimed_by="")


def in_groups(batch: list[Claimed], most_bytes: int) -> Iterator[list[Claimed]]:
    """As many of them together as are held in memory at once."""
    group: list[Claimed] = []
    size_bytes = 0
    for claimed in batch:
        size_bytes += claimed.size_bytes
        if group and size_bytes > most_bytes:
            yield group
            group, size_bytes = [], claimed.size_bytes
        group.append(claimed)
    if group:
        yield group


def loaded(group: list[Claimed]) -> deque[Loaded]:
    """Each message with its content."""
    keys = [claimed.pk for claimed in group]
    contents = {as_uuid(row[0]): row[1:] for row in _rows_about(keys, _CONTENT)}
    addresses: dict[UUID, dict[str, list[str]]] = {key: {"to": [], "cc": [], "bcc": []} for key in keys}
    for key, kind, address in _rows_about(keys, _RECIPIENT):
        addresses[as_uuid(key)][kind].append(address)
    return deque(
        (claimed, _frozen(claimed, contents.pop(claimed.pk, None), addresses[claimed.pk]))
        for claimed in group
    )


_CONTENT = f"SELECT message_id, key_id, ciphertext FROM {Content._meta.db_table} WHERE message_id {{}}"
_RECIPIENT = (
    f"SELECT message_id, kind, address FROM {RecipientOutcome._meta.db_table} "
    "WHERE message_id {} AND outcome IN ('', 'deferred') ORDER BY place"
)


def _rows_about(keys: list[UUID], sql: str) -> list[tuple]:
    if connection.vendor == "postgresql":
        return rows_of(sql.format("= ANY (%s)"), [keys])
    return rows_of(sql.format(f"IN ({', '.join(['%s'] * len(keys))})"), keys)


def _frozen(
    claimed: Claimed, content: tuple | None, addresses: dict[str, list[str]]
) -> mime.Frozen | DecryptionFailed:
    """The stored message with the recipients that were not served yet."""
    if content is None:
        return DecryptionFailed("The stored message is not there any more.")
    try:
        body = Content.unsealed(claimed.pk, *content)
    except DecryptionFailed as error:
        return error
    return mime.Frozen(
        mime=body,
        envelope_from=claimed.envelope_from,
        to=tuple(addresses["to"]),
        cc=tuple(addresses["cc"]),
        bcc=tuple(addresses["bcc"]),
        message_id=claimed.message_id,
        subject=claimed.subject,
    )
