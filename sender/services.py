"""Handing over mail: the public door of the sender service.

`submit` returns only after the message is stored; nothing is sent inside the caller's request. A worker
(`manage.py worker`) sends it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import InputError
from mailsettings.agreements import choose
from mailsettings.models import AgreementText
from sender import agreement as agreements
from sender import idempotency, mime, route_limit, size_limit, storing
from sender.idempotency import IdempotencyClash
from sender.models import OutboxMessage, Priority
from sender.route_memory import Way, way_of
from sender.routing import Route

MOST_OF_A_KIND = OutboxMessage._meta.get_field("kind").max_length

__all__ = ["Draft", "IdempotencyClash", "RawMessage", "Submission", "submit", "submit_many"]

AT_ONCE = 500  # messages stored in one transaction
# Characters and bytes given that come to less than `route_limit.ALWAYS_FITS_BYTES`, however they are encoded.
SURELY_SMALL = 150_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A message in parts; From comes from the person's route, `from_name` in place of the name kept there."""

    to: Sequence[str]
    subject: str = ""
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    attachments: Sequence[mime.Attachment] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    from_name: str = ""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A finished RFC 5322 message; its bytes are kept. `recipients` None: those of To, Cc and Bcc."""

    data: bytes = field(repr=False)
    recipients: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One of several messages to hand over, with what `submit` takes beside the message."""

    message: Draft | RawMessage
    idempotency_key: str = ""
    kind: str = ""
    agreement: str = ""
    language: str = ""
    priority: Priority = Priority.NORMAL
    not_before: datetime | None = None


def submit(
    membership: Membership,
    message: Draft | RawMessage,
    *,
    submitted_by: str,
    idempotency_key: str = "",
    kind: str = "",
    agreement: str = "",
    language: str = "",
    priority: Priority = Priority.NORMAL,
    not_before: datetime | None = None,
) -> OutboxMessage:
    """Store a message to be sent as this person, and return it.

    Within a mailbox the more urgent goes first. `not_before` (aware) holds it back, and its give-up time counts from
    then. `agreement` is the kind of the company's agreement text to append, `language` (BCP 47) the one wanted.
    The same `idempotency_key` within a company gives the message stored before. Raises
    `sender.routing.NoRoute`, `sender.mime.MessageRefused`, `IdempotencyClash` and, for a key that is no key
    and an agreement that is not there, InputError; then nothing is stored.
    """
    wanted = Submission(message, idempotency_key, kind, agreement, language, priority, not_before)
    return _stored(membership, wanted, submitted_by)


def submit_unused(membership: Membership, wanted: Submission, *, submitted_by: str) -> OutboxMessage:
    """As `submit`, without looking first whether the idempotency key was used: for who has just done so."""
    return _new(membership, wanted, _checked(wanted), submitted_by)


def submit_many(
    membership: Membership, submissions: Sequence[Submission], *, submitted_by: str
) -> list[OutboxMessage | InputError]:
    """Store many messages of one person at a fraction of the cost; one result for each, in their order.

    A message that `submit` would refuse is told by its InputError and keeps no other from being stored. They
    are stored in parts, each all or none: after an exception (`sender.routing.NoRoute`, or the database's),
    repeating the call with the same idempotency keys stores what is missing.
    """
    results: list[OutboxMessage | InputError] = []
    for start in range(0, len(submissions), AT_ONCE):
        results += _part(membership, submissions[start : start + AT_ONCE], submitted_by)
    return results


def _part(
    membership: Membership, submissions: Sequence[Submission], submitted_by: str
) -> list[OutboxMessage | InputError]:
    keys = [key for each in submissions if (key := each.idempotency_key) and idempotency.is_key(key)]
    if len(set(keys)) < len(keys) or idempotency.used(membership.company_id, keys):
        return [_one(membership, each, submitted_by) for each in submissions]
    way = storing.with_mailbox(membership, way_of(membership))
    results: list[OutboxMessage | InputError] = []
    made = _made(membership, way, submissions, submitted_by, results)
    if any(_asks_the_database(each) for each in submissions):
        made = list(made)
    try:
        storing.insert_many(made)
    except IntegrityError:  # a key was used meanwhile
        return [_one(membership, each, submitted_by) for each in submissions]
    return results


def _made(
    membership: Membership,
    way: Way,
    submissions: Sequence[Submission],
    submitted_by: str,
    results: list[OutboxMessage | InputError],
) -> Iterator[storing.Rows]:
    """The rows of those that are not refused; adds what became of each to `results`."""
    for each in submissions:
        try:
            rows = _rows(membership, way, each, _checked(each), submitted_by)
        except InputError as refused:
            results.append(refused)
        else:
            results.append(rows.message)
            yield rows


def _asks_the_database(wanted: Submission) -> bool:
    """Whether more must be read to make its rows: an agreement, or what a way carries that large ones might not go."""
    message = wanted.message
    if isinstance(message, RawMessage):
        size = len(message.data)
    else:
        size = len(message.text) + len(message.html) + sum(len(each.content) for each in message.attachments)
    return bool(wanted.agreement) or size > SURELY_SMALL


def _one(membership: Membership, wanted: Submission, submitted_by: str) -> OutboxMessage | InputError:
    try:
        return _stored(membership, wanted, submitted_by)
    except InputError as refused:
        return refused


def _stored(membership: Membership, wanted: Submission, submitted_by: str) -> OutboxMessage:
    """The message of this key, or a new one. Raises as `submit` does."""
    content_hash = _checked(wanted)
    if earlier := idempotency.earlier(membership, wanted.idempotency_key, content_hash):
        return earlier
    return _new(membership, wanted, content_hash, submitted_by)


def _new(membership: Membership, wanted: Submission, content_hash: str, submitted_by: str) -> OutboxMessage:
    way = storing.with_mailbox(membership, way_of(membership))
    rows = _rows(membership, way, wanted, content_hash, submitted_by)
    try:
        storing.insert(rows)
    except IntegrityError:
        # Another process stored the same key between our look and our insert.
        if earlier := idempotency.earlier(membership, wanted.idempotency_key, content_hash):
            return earlier
        raise
    return rows.message


def _checked(wanted: Submission) -> str:
    """The hash of what is asked for, "" without a key. Raises InputError for what cannot be asked for by anybody."""
    idempotency.check(wanted.idempotency_key)
    if len(wanted.kind) > MOST_OF_A_KIND or not wanted.kind.isprintable():
        sentence = _("The kind of a message is a word of at most %(limit)s letters.")
        raise InputError(sentence % {"limit": MOST_OF_A_KIND}, "kind")
    is_finished = isinstance(wanted.message, RawMessage)
    agreements.check(is_finished=is_finished, agreement=wanted.agreement, language=wanted.language)
    if not wanted.idempotency_key:
        return ""
    return idempotency.content_hash(wanted.message, wanted.agreement, wanted.language)


def _rows(
    membership: Membership, way: Way, wanted: Submission, content_hash: str, submitted_by: str
) -> storing.Rows:
    """Raises InputError."""
    facts = {
        "kind": wanted.kind,
        "submitted_by": submitted_by,
        "idempotency_key": wanted.idempotency_key,
        "content_hash": content_hash,
        "priority": int(wanted.priority),
    }
    message = wanted.message
    if wanted.agreement:
        chosen = choose(membership.company, wanted.agreement, wanted.language)
        message = _with_agreement(message, chosen)
        facts |= {"agreement_kind": chosen.kind, "agreement_language": chosen.language}
    frozen = _freeze(message, way.route)
    size_limit.check(frozen, way.policy.max_files_mb)
    route_limit.check(frozen, way, membership)
    return storing.rows_of(membership, way, frozen, facts, wanted.not_before)


def _with_agreement(message: Draft, chosen: AgreementText) -> Draft:
    text, html = agreements.appended(chosen, text=message.text, html=message.html)
    return replace(message, text=text, html=html)


def _freeze(message: Draft | RawMessage, way: Route) -> mime.Frozen:
    now = timezone.localtime()
    if isinstance(message, RawMessage):
        return mime.freeze_raw(
            message.data,
            sender=way.from_address,
            actual_sender=way.sender_address,
            recipients=message.recipients,
            date=now,
        )
    reply_to = message.reply_to or ([way.reply_to] if way.reply_to else [])
    return mime.compose(
        sender=way.from_address,
        sender_name=message.from_name or way.from_name,
        actual_sender=way.sender_address,
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        reply_to=reply_to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        attachments=message.attachments,
        headers=message.headers,
        date=now,
    )
