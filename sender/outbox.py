"""Every change of a message's state, each one conditional update; nothing else writes `state`.

waiting → sending → sent | failed | unknown | waiting (later)
waiting → cancelled; failed, unknown → waiting or sent by a person
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.redact import redact
from sender import mime
from sender.models import Attempt, OutboxMessage, RecipientOutcome, SendingMailbox, State
from sender.transports.base import Outcome, Phase, SendResult

RAW_CHARACTERS = 2000  # of a server's reply are kept
PENDING = ("", Outcome.DEFERRED)  # recipients still to be served


@transaction.atomic
def begin(mailbox: SendingMailbox, now: datetime) -> Attempt | None:
    """Claim the mailbox's next due message and open an attempt; None when nothing is due."""
    due = OutboxMessage.objects.filter(mailbox=mailbox, state=State.WAITING, due_at__lte=now)
    message = due.order_by("due_at", "id").first()
    if message is None:
        return None
    claimed = due.filter(pk=message.pk).update(state=State.SENDING, attempts_made=F("attempts_made") + 1)
    if not claimed:
        return None
    message.refresh_from_db()
    return Attempt.objects.create(
        message=message, number=message.attempts_made, method=mailbox.method, phase=Phase.CONNECT
    )


def pending_envelope(message: OutboxMessage) -> mime.Frozen:
    """The stored message with the recipients that were not served yet. Raises `DecryptionFailed`."""
    groups: dict[str, list[str]] = {"to": [], "cc": [], "bcc": []}
    for recipient in message.recipients.all():
        if recipient.outcome in PENDING:
            groups[recipient.kind].append(recipient.address)
    return mime.Frozen(
        mime=message.content.unseal(),
        envelope_from=message.envelope_from,
        to=tuple(groups["to"]),
        cc=tuple(groups["cc"]),
        bcc=tuple(groups["bcc"]),
        message_id=message.message_id,
        subject=message.subject,
    )


def hand_over(attempt: Attempt) -> None:
    """Write, durably, that the point of no return is about to be passed."""
    Attempt.objects.filter(pk=attempt.pk, outcome="").update(phase=Phase.HANDED_OVER)


@transaction.atomic
def close_attempt(
    attempt: Attempt,
    outcome: Outcome,
    *,
    reply: str,
    phase: Phase,
    cause: str = "",
    request_ids: dict | None = None,
    note: str = "",
) -> None:
    """Write what an attempt came to."""
    Attempt.objects.filter(pk=attempt.pk).update(
        outcome=outcome,
        phase=phase,
        cause=cause,
        reply=redact(reply)[:RAW_CHARACTERS],
        request_ids=request_ids or {},
        note=note,
        finished_at=timezone.now(),
    )


def note_recipients(message: OutboxMessage, result: SendResult) -> None:
    """Keep each recipient's own answer; one refused address does not hold up the rest."""
    for recipient in result.recipients:
        rows = RecipientOutcome.objects.filter(message=message, address=recipient.address)
        rows.update(outcome=recipient.outcome, reply=redact(recipient.reply)[:RAW_CHARACTERS])


def sent(message: OutboxMessage) -> bool:
    """The provider has it. True also when a late answer settles a message that was `unknown`."""
    rows = OutboxMessage.objects.filter(pk=message.pk, state__in=(State.SENDING, State.UNKNOWN))
    return _finish(rows, State.SENT, "", "")


def failed(message: OutboxMessage, cause: str, raw: str) -> bool:
    return _finish(_sending(message), State.FAILED, cause, raw)


def unknown(message: OutboxMessage, raw: str) -> bool:
    """Handed over without an answer. Nobody sends it again but a person."""
    return _finish(_sending(message), State.UNKNOWN, "unknown_outcome", raw)


def later(message: OutboxMessage, due_at: datetime, cause: str = "", raw: str = "") -> bool:
    """Back to waiting; to be tried again at `due_at`, or failed when its time is over by then."""
    if due_at > message.give_up_at:
        return failed(message, cause, raw)
    raw = redact(raw)[:RAW_CHARACTERS]
    return bool(_sending(message).update(state=State.WAITING, due_at=due_at, cause=cause, cause_raw=raw))


def cancel(message: OutboxMessage) -> bool:
    """By a person, while it waits. False when it is too late."""
    waiting = OutboxMessage.objects.filter(pk=message.pk, state=State.WAITING)
    return _finish(waiting, State.CANCELLED, "", "")


def requeue(message: OutboxMessage, mailbox: SendingMailbox, reason: str, give_up_hours: int) -> bool:
    """By a person: try again now. False when the message is not in a state to be tried again."""
    now = timezone.now()
    rows = OutboxMessage.objects.filter(
        pk=message.pk, state__in=(State.FAILED, State.UNKNOWN, State.WAITING, State.CANCELLED)
    )
    with transaction.atomic():
        done = rows.update(
            state=State.WAITING,
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
    return bool(done)


def resolve_as_sent(message: OutboxMessage) -> bool:
    """A person found that an `unknown` message did arrive."""
    return _finish(OutboxMessage.objects.filter(pk=message.pk, state=State.UNKNOWN), State.SENT, "", "")


def recover(mailbox: SendingMailbox) -> int:
    """Settle what a dead worker left behind. Call only while holding the mailbox's lease.

    An attempt that had not passed the point of no return is tried again; any other is `unknown`.
    Returns how many messages were settled.
    """
    left = OutboxMessage.objects.filter(mailbox=mailbox, state=State.SENDING)
    for message in left:
        attempt = message.attempts.last()
        handed_over = attempt is not None and attempt.phase == Phase.HANDED_OVER
        reply = "The worker stopped before the server answered."
        with transaction.atomic():
            if handed_over:
                close_attempt(attempt, Outcome.UNKNOWN, reply=reply, phase=Phase.HANDED_OVER)
                unknown(message, reply)
            else:
                if attempt is not None:
                    close_attempt(attempt, Outcome.DEFERRED, reply=reply, phase=Phase(attempt.phase))
                _sending(message).update(state=State.WAITING, due_at=timezone.now())
    return len(left)


def give_up(now: datetime) -> int:
    """Fail what waited past its give-up time, with the cause it waited for. Returns how many."""
    overdue = OutboxMessage.objects.filter(state=State.WAITING, give_up_at__lt=now).select_related("mailbox")
    done = 0
    for message in overdue[:500]:
        cause = message.cause or message.mailbox.cause or "gave_up_waiting"
        rows = OutboxMessage.objects.filter(pk=message.pk, state=State.WAITING)
        done += _finish(rows, State.FAILED, cause, message.cause_raw or message.mailbox.cause_raw)
    return done


def _sending(message: OutboxMessage):  # a queryset
    return OutboxMessage.objects.filter(pk=message.pk, state=State.SENDING)


def _finish(rows, state: State, cause: str, raw: str) -> bool:
    done = rows.update(
        state=state, cause=cause, cause_raw=redact(raw)[:RAW_CHARACTERS], finished_at=timezone.now()
    )
    return bool(done)
