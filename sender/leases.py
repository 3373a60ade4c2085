"""Slots: a worker leases one of a mailbox's connections; a dead worker's come free (sender/recovery.py).

A lease is one conditional update, renewed in the background. The times are the database's, so that hosts whose
clocks differ agree.
"""

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, connections, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from sender import claims, outbox
from sender.claims import Claimed
from sender.journal import Journal, JournalFailed
from sender.models import MailboxSlot, OutboxMessage, SendingMailbox
from sender.statements import TROUBLE, one_writer

LEASE = timedelta(seconds=20)
BEAT_S = 1
HANGS_S = 5  # at one message: what was taken behind it goes back, to be sent by others or cancelled
WORTH_A_SLOT = 20  # due messages that a further connection pays its handshake with where the server is slow
BESIDE_ANOTHERS = 500  # the same where only another worker would know whether it is
FURTHER_AFTER = timedelta(seconds=2)  # and that one's slot was not taken just now

HAS_LAPSED = Q(until__lt=Now()) | Q(until__gt=Now() + 2 * LEASE)  # or its clock was ahead, and set back since

log = structlog.get_logger()


class Lease:
    """One worker's hold on one slot of a mailbox. `is_lost` is set when it was not renewed in time.

    Raises JournalFailed when made: without a journal nothing may be sent.
    """

    def __init__(self, slot: MailboxSlot) -> None:
        self.slot_id = slot.pk
        self.mailbox_id = slot.mailbox_id
        self.owner = slot.owner
        self.is_lost = False
        self.renewed_at = time.monotonic()
        self.journal = Journal(slot.owner)
        self._lock = threading.Lock()  # of the next four
        self._taken: dict[UUID, Claimed] = {}  # and neither begun nor ended
        self._left: set[UUID] = set()  # not to be sent under it any more; the database may not know yet
        self._at: UUID | None = None  # the message that is being sent
        self._at_since = 0.0
        self._begun: set[UUID] = set()  # and not ended, as far as the database knows
        self.is_unsure = False  # of what was taken: a commit whose answer was lost may have been done

    def is_over(self) -> bool:
        """By its own clock as well: a worker without its database must not go on for longer than it is trusted."""
        return self.is_lost or time.monotonic() - self.renewed_at > LEASE.total_seconds()

    def claim(self, limit: int, now: datetime, *, is_committed: bool = True) -> list[Claimed]:
        """Where that is a part of a transaction, `committed` has to be called after it."""
        self.is_unsure = True
        batch = claims.claim(self.mailbox_id, self.owner, limit, now)
        self.is_unsure = not is_committed
        with self._lock:
            self._taken.update((claimed.pk, claimed) for claimed in batch)
        return batch

    def committed(self) -> None:
        """What was taken is certain."""
        self.is_unsure = False

    def turn_to(self, claimed: Claimed) -> bool:
        """The message is being sent from now on. False when it was left to others, who may have sent it by now.

        Also where it came back to this slot since: then it is sent as it was taken the last time.
        """
        with self._lock:
            if self._taken.get(claimed.pk) is not claimed:
                return False
            self._at, self._at_since = claimed.pk, time.monotonic()
            return True

    def turn_away(self) -> None:
        """No message is being sent."""
        self._at = None

    def hangs(self) -> bool:
        """Whether one message takes long while others, taken with it, wait."""
        with self._lock:
            is_long = self._at is not None and time.monotonic() - self._at_since > HANGS_S
            return is_long and bool(self._left or self._taken.keys() - {self._at})

    def begun(self, claimed: Claimed) -> None:
        with self._lock:
            self._begun.add(claimed.pk)
            self._taken.pop(claimed.pk, None)

    def ended(self, some: Iterable[Claimed]) -> None:
        """The database knows what became of these."""
        with self._lock:
            for claimed in some:
                self._begun.discard(claimed.pk)
                self._taken.pop(claimed.pk, None)

    def give_back(self) -> list[UUID]:
        """Leave what was taken to others, but for what was begun and what is being sent; returns what that was.

        First it is forgotten here, so that whatever becomes of the commit it is not sent under this lease any more.
        After the commit somebody has to say that it is due.
        """
        with self._lock:
            self._left |= self._taken.keys() - {self._at}
            for key in self._left:
                self._taken.pop(key, None)
            keys = list(self._left)
        if not keys:
            return []
        is_done = bool(claims.give_back(self.owner, keys))
        transaction.on_commit(lambda: self._left.difference_update(keys))
        return keys if is_done else []

    def release(self) -> None:
        """Let go, together with what was taken and not begun. What is not certain is left to who reads the journal."""
        self.turn_away()
        if self._begun or self.is_unsure:
            return self.journal.close()
        with one_writer(), transaction.atomic():
            given_back = self.give_back()
            MailboxSlot.objects.filter(pk=self.slot_id, owner=self.owner).update(owner="", until=None)
        if given_back:
            outbox.due(self.mailbox_id, timezone.now())
        return self.journal.remove()


def take(mailbox: SendingMailbox, limit: int, *, is_wanted: bool = True) -> Lease | None:
    """Lease a slot of the mailbox; None when `limit` of them are taken, or a further one is not worth it.

    It is not when the last one was taken just now, unless it `is_wanted` by who saw that the server is slow.
    Raises JournalFailed; the slot is free again.
    """
    slots = list(MailboxSlot.objects.filter(mailbox=mailbox).order_by("number"))
    taken, least = sum(1 for slot in slots if slot.owner), WORTH_A_SLOT if is_wanted else BESIDE_ANOTHERS
    if taken >= limit or (taken and not ((is_wanted or _is_settled(mailbox)) and _has_due(mailbox, least))):
        return None
    numbers = {slot.number for slot in slots}
    free = [slot for slot in slots if not slot.owner and slot.number < limit]
    free += [MailboxSlot(mailbox=mailbox, number=number) for number in range(limit) if number not in numbers]
    for slot in free:
        if _take(slot):
            SendingMailbox.objects.filter(pk=mailbox.pk).update(last_turn_at=timezone.now())
            return _with_journal(slot)
    return None


def _with_journal(slot: MailboxSlot) -> Lease:
    try:
        return Lease(slot)
    except JournalFailed:
        MailboxSlot.objects.filter(pk=slot.pk, owner=slot.owner).update(owner="", until=None)
        raise


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


def _is_settled(mailbox: SendingMailbox) -> bool:
    """Whether its last turn began so long ago that what is due now is more than that one can send."""
    mailbox.refresh_from_db(
        fields=["last_turn_at"]
    )  # who took it a moment ago has just written it, or is about to
    began_at, now = mailbox.last_turn_at, timezone.now()
    return began_at is not None and not now - FURTHER_AFTER < began_at <= now


def _has_due(mailbox: SendingMailbox, least: int) -> bool:
    due = OutboxMessage.objects.waiting().filter(mailbox=mailbox, due_at__lte=timezone.now())
    return len(due.values_list("pk")[:least]) == least


def renew(owners: Collection[str]) -> set[str]:
    """Lengthen these leases; returns those that are lost."""
    held = MailboxSlot.taken().filter(owner__in=owners)
    if held.update(until=Now() + LEASE) == len(owners):
        return set()
    return set(owners) - set(held.values_list("owner", flat=True))


class Heartbeat(threading.Thread):
    """Each second renews all leases a worker holds, and has each drain write what it held back for long.

    The leases first: whatever trouble one drain has is not the others'. With SQLite this commit, which waits for the
    disk, brings those of the drains there as well.
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
                if held:
                    self._renew(held)
                for lease, on_beat in held.items():
                    self._mind(lease, on_beat)
            except (DatabaseError, InterfaceError):
                log.warning("the database did not answer; leases are renewed when it does")
                connections.close_all()
        connections.close_all()

    def _mind(self, lease: Lease, on_beat: Callable[[], None]) -> None:
        """Raises TROUBLE alone: this thread must outlive everything else."""
        try:
            on_beat()
        except TROUBLE:
            raise
        except Exception:
            log.exception("a drain could not be minded", mailbox=str(lease.mailbox_id))
            connections.close_all()

    def _renew(self, held: Collection[Lease]) -> None:
        began_at = time.monotonic()
        lost = renew([lease.owner for lease in held])
        for lease in held:
            if lease.owner in lost:
                lease.is_lost = True  # the sending thread stops before its next message
                self.remove(lease)
                log.warning("lease lost", mailbox=str(lease.mailbox_id))
            else:
                lease.renewed_at = began_at
