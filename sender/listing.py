"""What the outbox lists: the messages a person may see, and those among them that fit what was asked for.

Open messages and those in trouble have indexes of their own, and a person's have; what is handed over in a time has
keys of that time. For anything else (a method, words, an address) each page looks through a number of messages and no
more, and says how far back it looked: no question makes the portal slow, however many messages there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q, QuerySet

from accounts.models import Membership
from core.ids import first_of, moment_of
from core.keyset import ROWS, key_of, newer, stretch, window
from sender import batches
from sender.models import Batch, Health, OutboxMessage, SendingMailbox, State
from sender.models.message import OPEN_STATES

LOOKED_THROUGH = 10_000  # messages for one page, where no index answers
COUNTED = 500  # more are told as “more than”
LISTED = (
    *("person", "from_address", "subject", "state", "cause", "attempts_made"),
    *("submitted_at", "due_at", "finished_at", "size_bytes", "message_id", "mailbox_id"),
)
REMEMBERED_S = 60  # what a list says beside its rows, and must not cost a query each time
AT_ONCE = 500  # rows read at a time where all are wanted
WITH_A_CAUSE = (State.FAILED, State.UNKNOWN)
_HEADER = "message-id:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody filters by; empty: anything. Times are aware, `until` is not within."""

    state: str = ""
    person: Membership | None = None
    address: str = ""  # of somebody who is no member any more
    method: str = ""
    cause: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    batch: Batch | None = None

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    @property
    def is_searched(self) -> bool:
        """Whether messages have to be looked through, for want of an index."""
        return bool(self.address or self.method or self.words or self.state == State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `looked_back_to` is said where older messages were not looked at yet; `older` goes on there."""

    rows: list[OutboxMessage]
    newer: UUID | None = None
    older: UUID | None = None
    looked_back_to: datetime | None = None


def visible_to(viewer: Membership) -> QuerySet[OutboxMessage]:
    """Admins and support see the company's messages, a user his own."""
    rows = OutboxMessage.objects.filter(company=viewer.company_id)
    return rows if viewer.is_staff_of_company else rows.filter(membership=viewer)


def found(viewer: Membership, wanted: Wanted, asked: Mapping[str, str], size: int = ROWS) -> Found:
    """The page that the address asks for (`core.keyset`)."""
    return found_among(visible_to(viewer), wanted, asked, size)


def found_among(
    rows: QuerySet[OutboxMessage], wanted: Wanted, asked: Mapping[str, str], size: int = ROWS
) -> Found:
    """The same of the messages that somebody else may see."""
    rows = _fitting(rows, wanted).only(*LISTED)
    if wanted.is_searched:
        return _searched(rows, wanted, key_of(asked.get("before")), size)
    part = stretch(rows, asked, size)
    return Found(part.rows, part.newer, part.older)


def between(
    rows: QuerySet[OutboxMessage], wanted: Wanted, before: UUID | None, after: UUID | None, size: int
) -> Found:
    """For programs: only what is older than `before` and newer than `after`.

    With `after` alone it is what came next, where an index answers; else the newest of it.
    """
    if after is not None:
        rows = rows.filter(pk__gt=after)
    if after is None or before is not None or wanted.is_searched:
        return found_among(rows, wanted, {"before": str(before or "")}, size)
    part = newer(_fitting(rows, wanted).only(*LISTED), after, size)
    return Found(part.rows, part.newer, part.older)


def every(viewer: Membership, wanted: Wanted, most: int) -> Iterator[list[OutboxMessage]]:
    """All that fit, newest first, a part at a time; about `most` of them."""
    part, left = found(viewer, wanted, {}, AT_ONCE), most
    yield part.rows
    while part.older and (left := left - len(part.rows)) > 0:
        part = found(viewer, wanted, {"before": str(part.older)}, AT_ONCE)
        yield part.rows


def methods_of(rows: list[OutboxMessage]) -> dict[UUID, str]:
    """The method of each mailbox they go through."""
    boxes = SendingMailbox.objects.filter(pk__in={row.mailbox_id for row in rows})
    return dict(boxes.values_list("pk", "method"))


def counted(viewer: Membership, wanted: Wanted) -> int:
    """How many fit; one more than COUNTED means that there are more. Not for what has to be searched."""
    return fitting(viewer, wanted).order_by()[: COUNTED + 1].count()


def oldest(viewer: Membership) -> datetime | None:
    """When the oldest message that is still kept was handed over; remembered for a while."""
    rows = visible_to(viewer).order_by("pk").values_list("submitted_at", flat=True)
    return cache.get_or_set(_key("oldest", viewer), rows.first, REMEMBERED_S)


def recent_causes(viewer: Membership, among: int = 300) -> list[str]:
    """The causes of the newest messages in trouble; remembered for a while."""
    rows = visible_to(viewer).exclude(cause="").order_by("-pk").values_list("cause", flat=True)
    boxes = _held_back(viewer).values_list("cause", flat=True)
    return cache.get_or_set(
        _key("causes", viewer), lambda: sorted({*rows[:among], *boxes[:among]}), REMEMBERED_S
    )


def _held_back(viewer: Membership) -> QuerySet[SendingMailbox]:
    boxes = SendingMailbox.objects.filter(company=viewer.company_id, health=Health.NEEDS_ATTENTION)
    return boxes if viewer.is_staff_of_company else boxes.filter(Q(membership=viewer) | Q(owner=""))


def _key(what: str, viewer: Membership) -> str:
    return f"outbox-{what}-{viewer.company_id if viewer.is_staff_of_company else viewer.pk}"


def fitting(viewer: Membership, wanted: Wanted) -> QuerySet[OutboxMessage]:
    """All that fit what an index answers; each condition stands with the words of its index."""
    return _fitting(visible_to(viewer), wanted)


def _fitting(rows: QuerySet[OutboxMessage], wanted: Wanted) -> QuerySet[OutboxMessage]:
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.state in OPEN_STATES:
        rows = rows.filter(finished_at=None)
    elif wanted.state in WITH_A_CAUSE:
        rows = rows.exclude(cause="")
    if wanted.cause and wanted.state in OPEN_STATES:
        held_back = Q(mailbox__health=Health.NEEDS_ATTENTION, mailbox__cause=wanted.cause)
        rows = rows.filter(Q(cause=wanted.cause) | held_back)
    elif wanted.cause:
        rows = rows.filter(cause=wanted.cause).exclude(cause="")
    if wanted.person:
        rows = rows.filter(membership=wanted.person)
    if wanted.since:
        rows = rows.filter(pk__gte=first_of(wanted.since))
    if wanted.until:
        rows = rows.filter(pk__lt=first_of(wanted.until))
    return batches.messages_of(wanted.batch, rows) if wanted.batch else rows


def _searched(rows: QuerySet[OutboxMessage], wanted: Wanted, before: UUID | None, size: int) -> Found:
    named = key_of(wanted.words)
    if named is not None and (row := _without_index(rows, wanted).filter(pk=named).first()):
        return Found([row])
    rows, last = window(rows, before, LOOKED_THROUGH)
    shown = list(_fitting_words(_without_index(rows, wanted), wanted.words, size + 1))
    if len(shown) > size:
        return Found(shown[:size], older=shown[size - 1].pk)
    return Found(shown, older=last, looked_back_to=last and moment_of(last))


def _without_index(rows: QuerySet[OutboxMessage], wanted: Wanted) -> QuerySet[OutboxMessage]:
    if wanted.address:
        rows = rows.filter(person=wanted.address)
    return rows.filter(mailbox__method=wanted.method) if wanted.method else rows


def _fitting_words(rows: QuerySet[OutboxMessage], words: str, most: int) -> QuerySet[OutboxMessage]:
    """By subject and by recipient apart: as one question with OR, no index would lead to the recipients."""
    if not words:
        return rows[:most]
    keys = rows.values_list("pk", flat=True)
    by_subject = keys.filter(_in_subject(words) | Q(message_id=_as_message_id(words)))[:most]
    by_recipient = keys.filter(recipients__address__icontains=words).distinct()[:most]
    return rows.filter(pk__in=sorted({*by_subject, *by_recipient}, reverse=True)[:most])


def _in_subject(words: str) -> Q:
    """All of the words, in any order: who asks by telephone seldom has the subject to the letter."""
    return Q(*(Q(subject__icontains=word) for word in dict.fromkeys(words.split())))


def _as_message_id(words: str) -> str:
    """As it is stored; people copy it with or without its brackets, or the whole line of a header."""
    bare = words[len(_HEADER) :] if words.lower().startswith(_HEADER) else words
    return f"<{bare.strip().strip('<>')}>"
