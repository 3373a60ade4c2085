"""Why a message that waits has not left yet, and until when: for the list of the outbox and a message's page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from sender import limits
from sender.models import Health, OutboxMessage, Priority, SendingMailbox, State

COUNTED = 500  # of those that go first; more are told as “more than”


class Reason(StrEnum):
    MENDING = "mending"  # its mailbox needs somebody to mend `cause`
    HELD = "held"  # who handed it over wants it sent no earlier
    RETRY = "retry"  # it was tried, and met `cause`
    PAUSE = "pause"  # another message of its mailbox met `cause`, which concerns them all
    LIMIT = "limit"  # its mailbox has sent as much as may go for now
    LINE = "line"  # nothing but what goes first, if anything


@dataclass(frozen=True, slots=True)
class Wait:
    reason: Reason
    until: datetime | None = None
    cause: str = ""


def of(rows: Collection[OutboxMessage], now: datetime | None = None) -> dict[UUID, Wait]:
    """Of those among these that wait; the same two questions for any number, or one."""
    now, waiting = now or timezone.now(), [row for row in rows if row.state == State.WAITING]
    if not waiting:
        return {}
    boxes = SendingMailbox.objects.only("health", "cause", "paused_until", "next_due_at")
    boxes = boxes.in_bulk({row.mailbox_id for row in waiting})
    causes = causes_of_pauses(boxes.values(), now)
    return {row.pk: _wait(row, boxes[row.mailbox_id], causes, now) for row in waiting}


def _wait(row: OutboxMessage, box: SendingMailbox, causes: Mapping[UUID, str], now: datetime) -> Wait:
    pause = box.paused_until if box.paused_until and box.paused_until > now else None
    if box.health != Health.READY:
        return Wait(Reason.MENDING, cause=box.cause)
    if row.due_at > now and not row.attempts_made:
        return Wait(Reason.HELD, row.due_at)
    if row.due_at > now:
        return Wait(Reason.RETRY, max(row.due_at, pause or row.due_at), row.cause)
    if pause == limits.next_day(now):
        return Wait(Reason.LIMIT, pause)
    if pause:
        return Wait(Reason.PAUSE, pause, causes.get(box.pk, ""))
    if box.next_due_at and box.next_due_at > now:
        return Wait(Reason.LIMIT, box.next_due_at)
    return Wait(Reason.LINE)


def causes_of_pauses(boxes: Collection[SendingMailbox], now: datetime) -> dict[UUID, str]:
    """Of those that pause."""
    pausing = [box for box in boxes if box.paused_until and box.paused_until > now]
    return dict(_pausing(pausing).values_list("mailbox_id", "cause")) if pausing else {}


def _pausing(boxes: Collection[SendingMailbox]) -> QuerySet[OutboxMessage]:
    """What met the cause of a pause waits exactly as long."""
    met = Q()
    for box in boxes:
        met |= Q(mailbox=box, priority__in=Priority.values, due_at=box.paused_until)
    return OutboxMessage.objects.waiting().filter(met).exclude(cause="").order_by()


def ahead_of(message: OutboxMessage) -> int:
    """How many of its mailbox go first; one more than COUNTED means that there are more."""
    count = 0
    for part in _first(message, timezone.now()):
        count += part[: COUNTED + 1 - count].count()
    return count


def _first(message: OutboxMessage, now: datetime) -> list[QuerySet[OutboxMessage]]:
    """In parts that are each a stretch of the index: a long line after the message costs nothing."""
    line = OutboxMessage.objects.waiting().filter(mailbox=message.mailbox_id).order_by()
    more_urgent = [each for each in Priority.values if each < message.priority]
    alike = line.filter(priority=message.priority)
    return [
        *(line.filter(priority=priority, due_at__lte=now) for priority in more_urgent),
        alike.filter(due_at__lt=message.due_at),
        alike.filter(due_at=message.due_at, pk__lt=message.pk),
    ]
