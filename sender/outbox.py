"""What happens to a message outside of a worker's hands, and when its mailbox is due; each one conditional update.

waiting → sending: sender/claims.py; → sent | failed | unknown | waiting (later): sender/endings.py, by the slot
waiting → cancelled; failed, unknown, cancelled → waiting or sent: here, by a person
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.ids import first_of
from sender import news, standing, wakeups
from sender.endings import kept
from sender.models import (
    Content,
    Health,
    OutboxMessage,
    Priority,
    RecipientOutcome,
    SendingMailbox,
    State,
)
from sender.statements import as_moment, as_uuid, prepared
from sender.transports.base import Outcome

GIVEN_UP_AT_ONCE, GIVES_UP_FOR_S = 500, 20
_WOULD_BE_NEWS = (
    "SELECT 1 FROM sender_sendingmailbox"
    " WHERE id = %(mailbox)s AND (next_due_at IS NULL OR next_due_at > %(at)s)"
)
_FIRST_DUE = (
    "SELECT due_at FROM sender_outboxmessage WHERE mailbox_id = %(mailbox)s AND finished_at IS NULL"
    " AND state = 'waiting' AND priority = %(priority)s ORDER BY due_at LIMIT 1"
)
# From each mailbox and priority with waiting messages to the next one, by the index in whose order they stand; the
# first of each is its earliest. Without the sign SQLite would look by the mailbox alone, through all that waits.
_UNTOLD = (
    "WITH RECURSIVE earliest(mailbox_id, priority, due_at) AS (SELECT * FROM ("
    "SELECT mailbox_id, priority, due_at FROM sender_outboxmessage WHERE finished_at IS NULL AND state = 'waiting'"
    " ORDER BY mailbox_id, priority, due_at, id LIMIT 1) AS first"
    " UNION ALL SELECT following.mailbox_id, following.priority, following.due_at FROM earliest"
    " JOIN sender_outboxmessage AS following ON following.id = ("
    "SELECT id FROM sender_outboxmessage WHERE finished_at IS NULL AND state = 'waiting'"
    " AND (mailbox_id, priority) > (earliest.mailbox_id, +earliest.priority)"
    " ORDER BY mailbox_id, priority, due_at, id LIMIT 1))"
    " SELECT mailbox.id, earliest.due_at FROM earliest"
    " JOIN sender_sendingmailbox AS mailbox ON mailbox.id = earliest.mailbox_id WHERE mailbox.next_due_at IS NULL"
    " OR (mailbox.next_due_at > %(now)s AND mailbox.next_due_at > earliest.due_at)"
)


def cancel(message: OutboxMessage) -> bool:
    """By a person, until it is being handed over. False when it is too late."""
    return bool(cancel_all(OutboxMessage.objects.filter(pk=message.pk)))


def cancel_all(messages: QuerySet[OutboxMessage]) -> int:
    """Those of them that no worker has; returns how many."""
    return _finish(messages.filter(state=State.WAITING), State.CANCELLED, "", "")


def requeue(message: OutboxMessage, mailbox: SendingMailbox, reason: str, give_up_hours: int) -> bool:
    """By a person: try again now. False when it is not in a state for that, or its content was deleted."""
    now = timezone.now()
    again = (State.FAILED, State.UNKNOWN, State.WAITING, State.CANCELLED)
    has_content = Exists(Content.objects.filter(message=OuterRef("pk")))
    rows = OutboxMessage.objects.filter(has_content, pk=message.pk, state__in=again)
    with transaction.atomic():
        done = rows.update(
            state=State.WAITING,
            claimed_by="",
            due_at=now,
            give_up_at=now + timedelta(hours=give_up_hours),
            mailbox=mailbox,
            route_reason=reason,
            cause="",
            cause_raw="",
            finished_at=None,
        )
        if done:
            unserved = RecipientOutcome.objects.filter(message=message).exclude(outcome=Outcome.ACCEPTED)
            unserved.update(outcome="", reply="")
            transaction.on_commit(lambda: due(mailbox.pk, now))
    return bool(done)


def resolve_as_sent(message: OutboxMessage) -> bool:
    """A person found that an `unknown` message did arrive."""
    return bool(_finish(OutboxMessage.objects.filter(pk=message.pk, state=State.UNKNOWN), State.SENT, "", ""))


def give_up(now: datetime) -> int:
    """Fail what waited past its give-up time, with the cause it waited for. Returns how many.

    Some at a time, so that nobody waits long for a write, for a while: the next minute goes on.
    """
    overdue = OutboxMessage.objects.waiting().filter(give_up_at__lt=now)
    ends_at, done = time.monotonic() + GIVES_UP_FOR_S, 0
    while keys := list(overdue.values_list("pk", flat=True)[:GIVEN_UP_AT_ONCE]):
        given_up = _give_up(overdue.filter(pk__in=keys))
        done += given_up
        if not given_up or time.monotonic() >= ends_at:
            break  # another worker is at it, or others want their turn
    return done


@transaction.atomic
def _give_up(rows: QuerySet[OutboxMessage]) -> int:
    """Those that no other worker takes or gives up at this moment."""
    keys = [row.pk for row in rows.select_for_update(skip_locked=True, of=("self",)).only("pk").order_by()]
    held = OutboxMessage.objects.filter(pk__in=keys)
    mailbox = SendingMailbox.objects.filter(pk=OuterRef("mailbox"))
    its_cause = Coalesce(Subquery(mailbox.exclude(cause="").values("cause")[:1]), Value("gave_up_waiting"))
    done = held.update(
        state=State.FAILED,
        claimed_by="",
        cause=Case(When(~Q(cause=""), then="cause"), default=its_cause),
        cause_raw=Case(When(~Q(cause_raw=""), then="cause_raw"), default=mailbox.values("cause_raw")[:1]),
        finished_at=timezone.now(),
    )
    told = news.locked(held, State.FAILED) or ()
    causes = dict(held.values_list("pk", "cause")) if told else {}
    for cause in set(causes.values()):
        news.tell([each for each in told if causes[each.pk] == cause], State.FAILED, cause)
    return done


def due(mailbox_id: UUID, at: datetime) -> bool:
    """The mailbox has a message that is due at `at`: say so where workers look. Call it after the commit.

    True when workers did not know of one as early.
    """
    if not prepared(
        _WOULD_BE_NEWS, {"mailbox": mailbox_id, "at": at}
    ):  # mostly so, and then nothing is written
        return False
    later = Q(next_due_at=None) | Q(next_due_at__gt=at)
    is_news = bool(SendingMailbox.objects.filter(later, pk=mailbox_id).update(next_due_at=at))
    if is_news:
        wakeups.announce()
    return is_news


def pause(mailbox: SendingMailbox, until: datetime) -> None:
    """Send nothing from it until then; by itself it goes on afterwards. What another slot was told may be longer."""
    shorter = Q(paused_until=None) | Q(paused_until__lt=until)
    SendingMailbox.objects.filter(shorter, pk=mailbox.pk).update(paused_until=until)


def not_before(mailbox: SendingMailbox, at: datetime) -> None:
    """Its due mail is held back by a limit until then."""
    SendingMailbox.objects.filter(pk=mailbox.pk, next_due_at__lt=at).update(next_due_at=at)


def needs_attention(mailbox: SendingMailbox, cause: str, raw: str) -> bool:
    """Pause the mailbox until somebody mends the cause; its messages stay.

    False when somebody mended it since `mailbox` was read: what failed was tried with what held before.
    """
    done = _unmended(mailbox).update(health=Health.NEEDS_ATTENTION, cause=cause, cause_raw=kept(raw))
    if done:
        standing.mailbox_changed(mailbox)
    return bool(done)


def was_mended(mailbox: SendingMailbox) -> bool:
    """Whether somebody mended it since it was read."""
    return not _unmended(mailbox).exists()


def _unmended(mailbox: SendingMailbox) -> QuerySet[SendingMailbox]:
    """Told by the very moment, not by what is later: the clocks of hosts differ."""
    return SendingMailbox.objects.filter(pk=mailbox.pk, mended_at=mailbox.mended_at)


def mended(mailboxes: QuerySet[SendingMailbox]) -> None:
    """Somebody mended these, or saw that they work: an attempt that began before pauses them no more."""
    mailboxes.update(mended_at=timezone.now())


def try_anew(message_id: UUID, mailbox_id: UUID) -> None:
    """What put the message off has been mended meanwhile."""
    now = timezone.now()
    OutboxMessage.objects.waiting().filter(pk=message_id).update(due_at=now)
    due(mailbox_id, now)


def look_again(mailbox_id: UUID) -> None:
    """Nothing is due any more: find when the next message will be.

    In two steps, so that a message stored meanwhile is seen by one of them: here, or by its own `due`.
    """
    SendingMailbox.objects.filter(pk=mailbox_id, next_due_at__isnull=False).update(next_due_at=None)
    if (at := next_due_at(mailbox_id)) is not None:
        due(mailbox_id, at)


def next_due_at(mailbox_id: UUID) -> datetime | None:
    """When the earliest message that nobody took is due; one look into the index for each priority."""
    found = [prepared(_FIRST_DUE, {"mailbox": mailbox_id, "priority": each}) for each in Priority.values]
    return min((as_moment(row[0]) for rows in found for row in rows), default=None)


def sweep(now: datetime) -> int:
    """Find mailboxes whose due mail no worker knows of, as a process died before it could say so; returns how many.

    It costs a look into the index for each mailbox and priority with waiting mail, however much that is.
    """
    _mind_a_clock_that_was_set_back(now)
    first_due: dict[UUID, datetime] = {}
    for stored_id, stored_at in prepared(_UNTOLD, {"now": now}):
        mailbox_id, at = as_uuid(stored_id), as_moment(stored_at)
        first_due[mailbox_id] = min(first_due.get(mailbox_id, at), at)
    return sum(due(mailbox_id, at) for mailbox_id, at in first_due.items())


def _mind_a_clock_that_was_set_back(now: datetime) -> None:
    """Messages from a time that is still to come wanted to be sent at once. Their keys are of that time, too."""
    ahead, at_once = now + timedelta(minutes=1), Q(due_at__lte=F("submitted_at") + timedelta(seconds=5))
    from_ahead = OutboxMessage.objects.waiting().filter(
        at_once, pk__gte=first_of(ahead), submitted_at__gt=ahead
    )
    from_ahead.filter(attempts_made=0).update(due_at=now)


def _finish(rows: QuerySet[OutboxMessage], state: State, cause: str, raw: str) -> int:
    with transaction.atomic():
        told = news.locked(rows, state)
        if told is not None:
            rows = OutboxMessage.objects.filter(pk__in=[message.pk for message in told])
        done = rows.update(
            state=state, claimed_by="", cause=cause, cause_raw=kept(raw), finished_at=timezone.now()
        )
        news.tell(told or (), state, cause)
    return done
