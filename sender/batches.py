"""Taking a batch: lines are stored some at a time, each part all or none, and a repeated line is stored only once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Company, Membership
from core.errors import InputError, PostroomError
from sender import outbox
from sender.idempotency import IdempotencyClash, content_hash, is_key
from sender.models import Batch, BatchLine, OutboxMessage
from sender.services import Submission, submit_many
from sender.ways import NoRoute

MOST_LINES = 10_000
MOST_OF_A_KEY = Batch._meta.get_field("key").max_length
_MOST_OF_A_FIELD = BatchLine._meta.get_field("field").max_length
_MOST_OF_A_CAUSE = BatchLine._meta.get_field("cause").max_length
_SPOKEN = {"sender_name": "from_name"}  # as callers name it


class Cancelled(PostroomError):
    """Somebody stopped the batch; nothing more of it is taken."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line was not taken: a slug, the field at fault, and a sentence."""

    cause: str
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be handed over."""

    number: int
    person: Membership
    wanted: Submission


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot; `person` where that much is known."""

    number: int
    why: Refusal
    person: Membership | None = None


def begin(company: Company, key: str, *, submitted_by: str, api_key: str) -> Batch:
    """The batch of this key, begun now or before. Raises InputError for what is no key, and Cancelled."""
    if not key or len(key) > MOST_OF_A_KEY or not is_key(key):
        sentence = _("A batch needs an idempotency key of at most %(limit)s printable characters.")
        raise InputError(sentence % {"limit": MOST_OF_A_KEY}, "idempotency_key")
    facts = {"submitted_by": submitted_by, "api_key": api_key}
    batch, _made = Batch.objects.get_or_create(company=company, key=key, defaults=facts)
    if batch.cancelled_at is not None:
        raise Cancelled
    return batch


@transaction.atomic
def store(batch: Batch, lines: Sequence[Line | Refused]) -> list[BatchLine]:
    """Hand over these lines in one transaction, and note what became of each; in their order. Raises Cancelled.

    A line that was taken before gives the same message; one that was refused before is tried again.
    """
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    if held.cancelled_at is not None:
        raise Cancelled
    known = _taken_before(batch, lines) if held.accepted else {}
    made = {each.number: _refused(batch, each) for each in lines if isinstance(each, Refused)}
    for those in _by_person([each for each in lines if each.number not in known]).values():
        made |= _handed_over(batch, those)
    facts = ["membership", "message", "cause", "field", "detail"]
    BatchLine.objects.bulk_create(
        made.values(), update_conflicts=True, unique_fields=["batch", "line"], update_fields=facts
    )
    _count(batch)
    results = known | made
    return [results[each.number] for each in lines]


def finish(batch: Batch) -> None:
    """All lines were read."""
    batch.finished_at, batch.stopped_why = timezone.now(), ""
    batch.save(update_fields=["finished_at", "stopped_why"])


def stop(batch: Batch, why: str) -> None:
    """The rest was not read, for the reason of this slug; a repeated request goes on."""
    batch.stopped_why = why
    batch.save(update_fields=["stopped_why"])


def cancel(batch: Batch, actor: Actor, among: QuerySet[OutboxMessage]) -> int:
    """Take no more of it, and do not send what still waits of these messages; returns how many those are."""
    with transaction.atomic():
        now = timezone.now()
        is_first = Batch.objects.filter(pk=batch.pk, cancelled_at=None).update(cancelled_at=now)
        stopped = outbox.cancel_all(messages_of(batch, among))
        if stopped or is_first:
            record(actor, "batch.cancelled", company=batch.company, label=batch.key, messages=stopped)
    batch.refresh_from_db()
    return stopped


def messages_of(batch: Batch, among: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """Those of a batch; between its first and its last, so that no index is read through for a batch of long ago."""
    lines = BatchLine.objects.filter(batch=batch, message__isnull=False).order_by("message")
    keys = lines.values_list("message", flat=True)
    first, last = keys.first(), keys.last()
    if first is None:
        return among.none()
    return among.filter(pk__gte=first, pk__lte=last, pk__in=keys.order_by())


def states_of(batch: Batch, among: QuerySet[OutboxMessage]) -> Counter[str]:
    """How many of its messages are in which state."""
    groups = messages_of(batch, among).order_by().values_list("state")
    return Counter(dict(groups.annotate(Count("pk"))))


def visible_to(viewer: Membership) -> QuerySet[Batch]:
    """Admins and support see the company's batches, a user those with messages of his own."""
    rows = Batch.objects.filter(company=viewer.company_id)
    if viewer.is_staff_of_company:
        return rows
    return rows.filter(pk__in=BatchLine.objects.filter(membership=viewer).values("batch"))


def lines_seen_by(viewer: Membership, batch: Batch) -> QuerySet[BatchLine]:
    rows = BatchLine.objects.filter(batch=batch)
    return rows if viewer.is_staff_of_company else rows.filter(membership=viewer)


def _taken_before(batch: Batch, lines: Sequence[Line | Refused]) -> dict[int, BatchLine]:
    """Of a repeated request: the lines that bring again what was taken, which need not be made for that."""
    wanted = {each.number: each for each in lines if isinstance(each, Line)}
    rows = BatchLine.objects.filter(batch=batch, line__in=list(wanted), message__isnull=False)
    return {
        row.line: row for row in rows.select_related("message") if _is_same(row.message, wanted[row.line])
    }


def _is_same(message: OutboxMessage, line: Line) -> bool:
    if (message.idempotency_key, message.membership_id) != (line.wanted.idempotency_key, line.person.pk):
        return False
    wanted = line.wanted
    return message.content_hash == content_hash(wanted.message, wanted.agreement, wanted.language)


def _by_person(lines: Sequence[Line | Refused]) -> dict[object, list[Line]]:
    found: dict[object, list[Line]] = defaultdict(list)
    for each in lines:
        if isinstance(each, Line):
            found[each.person.pk].append(each)
    return found


def _handed_over(batch: Batch, lines: Sequence[Line]) -> dict[int, BatchLine]:
    """Those of one person."""
    person = lines[0].person
    try:
        results = submit_many(person, [each.wanted for each in lines], submitted_by=batch.submitted_by)
    except NoRoute as error:
        cause = error.refused[-1].cause if error.refused else "no_way"
        why = Refusal(cause, "as", str(error) or _("No way of sending is set up."))
        return {each.number: _refused(batch, Refused(each.number, why, person)) for each in lines}
    return {each.number: _taken(batch, each, result) for each, result in zip(lines, results, strict=True)}


def _taken(batch: Batch, line: Line, result: OutboxMessage | InputError) -> BatchLine:
    if isinstance(result, InputError):
        cause = "idempotency_clash" if isinstance(result, IdempotencyClash) else "invalid"
        why = Refusal(cause, _SPOKEN.get(result.field, result.field), result.message)
        return _refused(batch, Refused(line.number, why, line.person))
    return BatchLine(batch=batch, line=line.number, membership=line.person, message=result)


def _refused(batch: Batch, line: Refused) -> BatchLine:
    why = line.why
    facts = {
        "cause": why.cause[:_MOST_OF_A_CAUSE],
        "field": why.field[:_MOST_OF_A_FIELD],
        "detail": why.detail,
    }
    return BatchLine(batch=batch, line=line.number, membership=line.person, **facts)


def _count(batch: Batch) -> None:
    accepted, refused = Q(message__isnull=False), Q(message__isnull=True)
    found = BatchLine.objects.filter(batch=batch).aggregate(
        accepted=Count("pk", filter=accepted), refused=Count("pk", filter=refused)
    )
    batch.accepted, batch.refused = found["accepted"], found["refused"]
    batch.lines, batch.taken_at, batch.finished_at = batch.accepted + batch.refused, timezone.now(), None
    batch.save(update_fields=["accepted", "refused", "lines", "taken_at", "finished_at"])
