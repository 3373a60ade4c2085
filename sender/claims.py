"""Taking messages to send them, the marker before the point of no return, and what became of each.

A slot takes a few due messages at once. They stay `waiting`, and carry the name of the slot's lease. Right before
a message is handed over it becomes `sending`, durably and only if the lease's name is still on it: that is the
marker, and the proof that nobody else sends it. One commit carries the end of a message and the marker of the next.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core.crypto import DecryptionFailed
from core.errors import PostroomError
from core.ids import uuid7
from core.redact import redact
from sender import mime
from sender.models import Attempt, Content, OutboxMessage, RecipientOutcome, State
from sender.statements import Statement, in_binary, together
from sender.transports.base import Outcome, Phase, RecipientResult

AT_ONCE = 20  # messages taken in one go; also the backlog that is worth a further connection
LOADED_BYTES = 1024 * 1024  # of message bodies held in memory for one slot, or one message
RAW_CHARACTERS = 2000  # of a server's reply are kept
PENDING = ("", Outcome.DEFERRED)  # recipients still to be served

_CONTENTS = Content._meta.db_table
_MESSAGES = OutboxMessage._meta.db_table
_RECIPIENTS = RecipientOutcome._meta.db_table
STORED = (
    "id",
    "attempts_made",
    "give_up_at",
    "from_address",
    "envelope_from",
    "message_id",
    "subject",
    "size_bytes",
)


class ClaimLost(PostroomError):
    """The message is not this slot's to send: it was cancelled or moved, or the slot's lease ran out."""


@dataclass(slots=True)
class Claimed:
    """A message that a slot took."""

    pk: UUID
    attempts_made: int
    give_up_at: datetime
    from_address: str
    envelope_from: str
    message_id: str
    subject: str
    size_bytes: int
    owner: str  # of the slot
    is_marked: bool = False

    @property
    def number(self) -> int:
        """Of the attempt that is made now."""
        return self.attempts_made + 1


@dataclass(frozen=True, slots=True)
class Ending:
    """What an attempt came to, and what its message is from now on."""

    claimed: Claimed
    state: State
    outcome: Outcome
    phase: Phase
    started_at: datetime
    method: str
    due_at: datetime | None = None  # of a message that waits again
    cause: str = ""  # kept with the message; "" once it is sent
    raw: str = ""
    attempt_cause: str = ""
    reply: str = ""
    note: str = ""
    request_ids: dict[str, str] = field(default_factory=dict)
    recipients: tuple[RecipientResult, ...] = ()


def claim(mailbox_id: UUID, owner: str, limit: int, now: datetime) -> list[Claimed]:
    """Take the mailbox's next due messages, the most urgent and oldest first."""
    next_ones = (
        f"SELECT id FROM {_MESSAGES} WHERE mailbox_id = %s AND finished_at IS NULL AND state = 'waiting' "
        "AND claimed_by = '' AND due_at <= %s ORDER BY priority, due_at, id LIMIT %s"
    )
    chosen = f"IN ({next_ones})"
    if connection.vendor == "postgresql":  # as an array, so that it is looked up and locked only once
        chosen = f"= ANY (ARRAY({next_ones} FOR UPDATE SKIP LOCKED))"
    sql = f"UPDATE {_MESSAGES} SET claimed_by = %s WHERE id {chosen}"
    count = together([(sql, [owner, mailbox_id, now, limit])])
    return taken(mailbox_id, owner, count) if count else []


def taken(mailbox_id: UUID, owner: str, count: int | None = None) -> list[Claimed]:
    """The waiting messages that carry this lease's name, in the order they are sent in."""
    rows = OutboxMessage.objects.waiting().filter(mailbox_id=mailbox_id, claimed_by=owner)
    rows = rows.order_by("priority", "due_at", "id").values_list(*STORED)
    return [Claimed(*row, owner=owner) for row in rows[:count]]


def give_back(mailbox_id: UUID, owner: str) -> int:
    """Leave to others what was taken and not begun; returns how many."""
    sql = (
        f"UPDATE {_MESSAGES} SET claimed_by = '' "
        "WHERE mailbox_id = %s AND finished_at IS NULL AND state = 'waiting' AND claimed_by = %s"
    )
    return together([(sql, [mailbox_id, owner])])


def loaded(batch: list[Claimed]) -> Iterator[tuple[Claimed, mime.Frozen | DecryptionFailed]]:
    """Each message with its content, read a few at a time."""
    group: list[Claimed] = []
    for claimed in batch:
        if group and sum(one.size_bytes for one in group) + claimed.size_bytes > LOADED_BYTES:
            yield from _loaded(group)
            group = []
        group.append(claimed)
    yield from _loaded(group)


def _loaded(group: list[Claimed]) -> Iterator[tuple[Claimed, mime.Frozen | DecryptionFailed]]:
    keys = [claimed.pk for claimed in group]
    contents = {row[0]: row[1:] for row in _contents(keys)}
    addresses: dict[UUID, dict[str, list[str]]] = {key: {"to": [], "cc": [], "bcc": []} for key in keys}
    rows = RecipientOutcome.objects.filter(message__in=keys, outcome__in=PENDING).order_by("id")
    for key, kind, address in rows.values_list("message_id", "kind", "address"):
        addresses[key][kind].append(address)
    for claimed in group:
        yield claimed, _frozen(claimed, contents.pop(claimed.pk, None), addresses[claimed.pk])


def _contents(keys: list[UUID]) -> Iterable[tuple[UUID, UUID, str, bytes]]:
    """Of these messages: message, its content's key, key id, ciphertext."""
    if connection.vendor == "postgresql":
        sql = f"SELECT message_id, id, key_id, ciphertext FROM {_CONTENTS} WHERE message_id = ANY (%s)"
        return in_binary(sql, [keys])
    return Content.objects.filter(message__in=keys).values_list("message_id", "pk", "key_id", "ciphertext")


def _frozen(
    claimed: Claimed, content: tuple | None, addresses: dict[str, list[str]]
) -> mime.Frozen | DecryptionFailed:
    """The stored message with the recipients that were not served yet."""
    if content is None:
        return DecryptionFailed("The stored message is not there any more.")
    try:
        body = Content.unsealed(*content)
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


def write(ending: Ending | None, mark: Claimed | None = None) -> bool:
    """Commit the end of one message and the marker of the next; False when the next is not ours any more."""
    statements = list(_end(ending)) if ending else []
    if mark is not None:
        statements.append(_mark(mark))
    done = bool(statements) and together(statements) == 1
    if mark is not None:
        mark.is_marked = done
    return done


def _mark(claimed: Claimed) -> Statement:
    sql = (
        f"UPDATE {_MESSAGES} SET state = 'sending', attempts_made = %s "
        "WHERE id = %s AND state = 'waiting' AND claimed_by = %s"
    )
    return sql, [claimed.number, claimed.pk, claimed.owner]


def _end(ending: Ending) -> Iterator[Statement]:
    yield _put_attempt(ending)
    yield from _note_recipients(ending)
    yield _end_message(ending)


def _end_message(ending: Ending) -> Statement:
    """An answer that comes late also settles a message that was given up as `unknown` meanwhile."""
    claimed = ending.claimed
    if claimed.is_marked:
        still_ours, proof = "state IN ('sending', 'unknown') AND attempts_made = %s", claimed.number
    else:
        still_ours, proof = "state = 'waiting' AND claimed_by = %s", claimed.owner
    sql = (
        f"UPDATE {_MESSAGES} SET state = %s, claimed_by = '', attempts_made = %s, cause = %s, cause_raw = %s, "
        f"due_at = COALESCE(%s, due_at), finished_at = %s WHERE id = %s AND {still_ours}"
    )
    finished_at = None if ending.state == State.WAITING else timezone.now()
    raw = kept(ending.raw)
    values = [
        ending.state.value,
        claimed.number,
        ending.cause,
        raw,
        ending.due_at,
        finished_at,
        claimed.pk,
        proof,
    ]
    return sql, values


def _put_attempt(ending: Ending) -> Statement:
    """A row with the same number is there after a recovery, which did not know the answer, or with a draft."""
    said = {
        "id": uuid7(),
        "message_id": ending.claimed.pk,
        "number": ending.claimed.number,
        "method": ending.method,
        "started_at": ending.started_at,
        "finished_at": timezone.now(),
        "phase": ending.phase.value,
        "outcome": ending.outcome.value,
        "cause": ending.attempt_cause,
        "reply": kept(ending.reply),
        "note": ending.note,
        "request_ids": json.dumps(ending.request_ids),
    }
    return _PUT_ATTEMPT, [said.get(column, "") for column in _ATTEMPT_COLUMNS]


_ATTEMPT_COLUMNS = [field.column for field in Attempt._meta.concrete_fields]
_ANSWER = ("finished_at", "phase", "outcome", "cause", "reply", "note", "request_ids")
_PUT_ATTEMPT = (
    "INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {answer}".format(
        table=Attempt._meta.db_table,
        columns=", ".join(_ATTEMPT_COLUMNS),
        places=", ".join("%s" for _ in _ATTEMPT_COLUMNS),
        key="message_id, number",
        answer=", ".join(f"{name} = excluded.{name}" for name in _ANSWER),
    )
)


def _note_recipients(ending: Ending) -> Iterator[Statement]:
    """Keep each recipient's own answer; one refused address does not hold up the rest."""
    sql = f"UPDATE {_RECIPIENTS} SET outcome = %s, reply = %s WHERE message_id = %s"
    answers = {(result.outcome, result.reply) for result in ending.recipients}
    for outcome, reply in answers:
        values = [outcome.value, kept(reply), ending.claimed.pk]
        if len(answers) == 1:  # of all that were in the envelope
            yield f"{sql} AND outcome IN ('', 'deferred')", values
        else:
            same = [one.address for one in ending.recipients if (one.outcome, one.reply) == (outcome, reply)]
            yield f"{sql} AND address IN ({', '.join(['%s'] * len(same))})", values + same


@lru_cache(
    maxsize=1000
)  # servers say the same again and again, and a message's attempt and recipients share it
def kept(reply: str) -> str:
    """A server's words as they are stored."""
    return redact(reply)[:RAW_CHARACTERS].replace("\0", "") if reply else ""
