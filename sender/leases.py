"""Slots: a worker leases one of a mailbox's connections; a dead worker's slots come free, with what they held.

A lease is one conditional update, renewed in the background. The times are the database's, so that hosts whose
clocks differ agree. What proves that a message may be handed over is not the time, but the lease's name on it
(sender/claims.py): who settles a lapsed lease takes that name off.
"""

import threading
import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from diagnosis.retry import next_delay_s
from sender import claims, outbox
from sender.claims import Claimed, Ending
from sender.models import MailboxSlot, OutboxMessage, SendingMailbox, State
from sender.statements import one_writer
from sender.transports.base import Outcome, Phase

LEASE = timedelta(seconds=20)
BEAT_S = 1
PATIENCE = 3  # tries
STOPPED = "The worker stopped before the server answered."
STOPPED_BEFORE = "The worker stopped before it handed the message over."

_HAS_LAPSED = Q(until__lt=Now()) | Q(
    until__gt=Now() + 2 * LEASE
)  # or its clock was ahead, and set back since

log = structlog.get_logger()


class Lease:
    """One worker's hold on one slot of a mailbox. `is_lost` is set when it was not renewed in time."""

    def __init__(self, slot: MailboxSlot) -> None:
        self.slot_id = slot.pk
        self.mailbox_id = slot.mailbox_id
        self.owner = slot.owner
        self.is_lost = False

    def release(self) -> None:
        """Let go, together with what was taken and not begun."""
        with one_writer(), transaction.atomic():
            if claims.give_back(self.mailbox_id, self.owner):
                outbox.due(self.mailbox_id, timezone.now())
            MailboxSlot.objects.filter(pk=self.slot_id, owner=self.owner).update(owner="", until=None)


def take(mailbox: SendingMailbox, limit: int) -> Lease | None:
    """Lease a slot of the mailbox; None when `limit` of them are taken, or a further one is not worth it.

    A further connection pays for its handshake when it has as many messages to send as are taken at once.
    """
    slots = list(MailboxSlot.objects.filter(mailbox=mailbox).order_by("number"))
    if sum(1 for slot in slots if slot.owner) >= limit:
        return None
    if any(slot.owner for slot in slots) and not _is_worth_a_further(mailbox):
        return None
    numbers = {slot.number for slot in slots}
    free = [slot for slot in slots if not slot.owner and slot.number < limit]
    free += [MailboxSlot(mailbox=mailbox, number=number) for number in range(limit) if number not in numbers]
    for slot in free:
        if _take(slot):
            SendingMailbox.objects.filter(pk=mailbox.pk).update(last_turn_at=timezone.now())
            return Lease(slot)
    return None


def _take(slot: MailboxSlot) -> bool:
    owner = uuid.uuid4().hex
    if slot._state.adding:
        try:
            with transaction.atomic():
                slot.save(force_insert=True)
        except IntegrityError:  # another worker made it just now, for itself
            return False
    free = MailboxSlot.objects.filter(pk=slot.pk, owner="")
    slot.owner = owner
    return free.update(owner=owner, until=Now() + LEASE) == 1


def _is_worth_a_further(mailbox: SendingMailbox) -> bool:
    due = OutboxMessage.objects.waiting().filter(mailbox=mailbox, claimed_by="", due_at__lte=timezone.now())
    return len(due.values_list("pk")[: claims.AT_ONCE]) == claims.AT_ONCE


def renew(owners: Collection[str]) -> set[str]:
    """Lengthen these leases; returns those that are lost."""
    held = MailboxSlot.objects.filter(owner__in=owners)
    if held.update(until=Now() + LEASE) == len(owners):
        return set()
    return set(owners) - set(held.values_list("owner", flat=True))


def recover(held_here: Collection[str] = ()) -> int:
    """Settle what dead workers left in slots whose lease has lapsed; returns how many slots.

    Leases held by this process are its heartbeat's, whatever a clock that jumped makes of them.
    """
    lapsed = MailboxSlot.objects.filter(_HAS_LAPSED).exclude(owner="")
    done = 0
    for slot in lapsed.exclude(owner__in=held_here).select_related("mailbox")[:100]:
        with one_writer(), transaction.atomic():
            still_lapsed = MailboxSlot.objects.filter(_HAS_LAPSED, pk=slot.pk, owner=slot.owner)
            if still_lapsed.update(owner="", until=None):
                settle(slot.mailbox, slot.owner)
                done += 1
    return done


def settle(mailbox: SendingMailbox, owner: str) -> None:
    """End what this lease held: handed over without an answer is `unknown`, the rest waits again.

    The message that the slot was at, and had not handed over, counts a try, and keeps its place for a few: one that
    kills its worker each time must not hold up the others for ever.
    """
    marked = OutboxMessage.objects.sending().filter(mailbox=mailbox, claimed_by=owner)
    if not _no_answer_came(marked) and (first := claims.taken(mailbox.pk, owner, 1)):
        again = first[0].attempts_made - PATIENCE
        due_at = timezone.now() + timedelta(seconds=next_delay_s(again)) if again > 0 else None
        _end(first[0], mailbox.method, State.WAITING, Outcome.DEFERRED, Phase.CONNECT, STOPPED_BEFORE, due_at)
    claims.give_back(mailbox.pk, owner)
    SendingMailbox.objects.filter(pk=mailbox.pk).update(next_due_at=timezone.now())


def settle_strays(_now: datetime | None = None) -> int:
    """Settle messages handed over under a lease that is no more, as after a restored backup; returns how many."""
    owners = MailboxSlot.objects.exclude(owner="").values("owner")
    return _no_answer_came(OutboxMessage.objects.sending().exclude(claimed_by__in=owners))


def _no_answer_came(marked: QuerySet[OutboxMessage]) -> int:
    rows = list(marked.order_by("id").values_list("mailbox__method", *claims.STORED))
    for method, *row in rows:
        claimed = Claimed(*row, owner="", is_marked=True)
        claimed.attempts_made -= 1  # its marker has counted the attempt
        _end(claimed, method, State.UNKNOWN, Outcome.UNKNOWN, Phase.HANDED_OVER, STOPPED)
    return len(rows)


def _end(
    claimed: Claimed,
    method: str,
    state: State,
    outcome: Outcome,
    phase: Phase,
    said: str,
    due_at: datetime | None = None,
) -> None:
    cause = "unknown_outcome" if state == State.UNKNOWN else ""
    now = timezone.now()
    claims.write(
        Ending(claimed, state, outcome, phase, now, method, due_at=due_at, cause=cause, raw=said, reply=said)
    )


class Heartbeat(threading.Thread):
    """Each second renews all leases a worker holds, and has each drain write what it held back for long.

    With SQLite this commit, which waits for the disk, brings those of the drains there as well.
    """

    def __init__(self) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._held: dict[Lease, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def add(self, lease: Lease, on_beat: Callable[[], None]) -> None:
        with self._lock:
            self._held[lease] = on_beat

    def remove(self, lease: Lease) -> None:
        with self._lock:
            self._held.pop(lease, None)

    def owners(self) -> list[str]:
        with self._lock:
            return [lease.owner for lease in self._held]

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.wait(BEAT_S):
            with self._lock:
                held = dict(self._held)
            try:
                for on_beat in held.values():
                    on_beat()
                if held:
                    self._renew(held)
            except DatabaseError:
                log.warning("the database did not answer; leases are renewed when it does")
                connections.close_all()
        connections.close_all()

    def _renew(self, held: Collection[Lease]) -> None:
        lost = renew([lease.owner for lease in held])
        for lease in held:
            if lease.owner in lost:
                lease.is_lost = True  # the sending thread stops before its next message
                self.remove(lease)
                log.warning("lease lost", mailbox=str(lease.mailbox_id))
