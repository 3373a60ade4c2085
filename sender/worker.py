"""The worker: finds mailboxes with due mail and drains them, many at once.

It is a class so that tests can drive it; the command only parses. Sending is waiting, so threads serve well.
"""

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from uuid import UUID

import structlog
from django.db import DatabaseError, DataError, IntegrityError, close_old_connections, connections
from django.utils import timezone

from sender import housekeeping, journal_place, leases, limits, outbox, recovery, schedule, supply
from sender.doctor import runs as checks
from sender.drain import Drain
from sender.helpers import Helpers, here
from sender.journal import JournalFailed
from sender.leases import Heartbeat, Lease
from sender.models import SendingMailbox
from sender.schedule import DueMailbox
from sender.statements import TROUBLE
from sender.wakeups import Listener

POLL_S = 2  # workers also look by themselves: the word of due mail may be lost
LOOK_APART_S = 0.02  # of words that come at once only the first is heeded at once
NOT_NOW_S = 5  # a mailbox whose slots were all taken is not tried again before, unless all are free
RECOVER_EVERY_S = 5
AFTER_AN_OUTAGE_S = 0.5
AFTER_A_SURPRISE = timedelta(minutes=1)
A_MOMENT_S = 0.2  # a signal that another thread got is heeded by then

log = structlog.get_logger()


class Worker:
    """`run` returns after `stop`, or with `until_empty` when nothing is due any more."""

    def __init__(self, *, threads: int = 32, until_empty: bool = False) -> None:
        self.threads = threads
        self.until_empty = until_empty
        self._stopping = threading.Event()
        self._wakes: SimpleQueue[None] = (
            SimpleQueue()
        )  # unlike an Event, a signal's handler may use it at any moment
        self._given_out: SimpleQueue[DueMailbox | None] = SimpleQueue()
        self._lock = threading.Lock()  # of all that follows
        self._turns: Counter[UUID] = Counter()  # under way, by mailbox
        self._companies: Counter[UUID] = Counter()  # the same by company
        self._want_more: set[UUID] = set()  # mailboxes whose backlog may be worth a further slot
        self._not_now: dict[
            UUID, float
        ] = {}  # mailbox without a slot for us: until when, by the monotonic clock
        self._to_yield = 0  # turns that should end because others wait
        self._unreleased: list[Lease] = []
        self.outcomes: Counter[str] = Counter()  # of all attempts made so far
        self._helpers: Helpers | None = None  # while it runs
        self._do = here
        self._heartbeat = Heartbeat()
        self._listener = Listener(self._wake_up)
        self._recovered_at = -RECOVER_EVERY_S
        self._has_looked = False

    def stop(self) -> None:
        """Finish the messages being sent, then end."""
        self._stopping.set()
        self._wake_up()

    def run(self) -> None:
        """Raises JournalFailed, where none can be written: nothing could be sent."""
        with journal_place.held():
            self._run()

    def _run(self) -> None:
        self._helpers = Helpers()
        self._do = self._helpers.do
        self._heartbeat.start()
        self._listener.start()
        others = [threading.Thread(target=self._serve, name=f"drain-{n}") for n in range(self.threads)]
        if not self.until_empty:
            others += [
                threading.Thread(target=checks.serve, args=[self._stopping], name=f"check-{n}")
                for n in range(checks.THREADS)
            ]
            others += [
                threading.Thread(
                    target=housekeeping.serve, args=[what, self._stopping], name=housekeeping.name_of(what)
                )
                for what in housekeeping.threads_beside()
            ]
        for thread in others:
            thread.start()
        log.info("worker started", threads=self.threads)
        try:
            self._schedule()
        finally:
            if not self._stopping.is_set():
                self._stopping.set()
            for _ in range(self.threads):
                self._given_out.put(None)
            for thread in others:
                while thread.is_alive():
                    thread.join(A_MOMENT_S)
            self._helpers.stop()
            for helper in (self._heartbeat, self._listener):
                helper.stop()
                helper.join()
        log.info("worker stopped")

    def _schedule(self) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                self._recover()
                self._find_untold()
                is_idle = self._give_out() == 0 and not self._turns.total()
            except DatabaseError:
                log.exception("the database did not answer; trying again")
                connections.close_all()
                is_idle = False
            if self.until_empty and is_idle:
                return
            self._stopping.wait(LOOK_APART_S)
            self._sleep(self._until_next())

    def _wake_up(self) -> None:
        self._wakes.put(None)

    def _sleep(self, seconds: float) -> None:
        """Until somebody calls, and then for all who did."""
        with suppress(Empty):
            self._wakes.get(timeout=seconds)
            while True:
                self._wakes.get_nowait()

    def _until_next(self) -> float:
        """Seconds until a message is due that is not yet, and never long."""
        now = timezone.now()
        try:
            moment = schedule.next_moment(now)
        except DatabaseError:
            moment = None
        return min(POLL_S, max((moment - now).total_seconds(), 0)) if moment else POLL_S

    def _recover(self) -> None:
        for lease in list(self._unreleased):
            lease.release()
            with self._lock:
                self._unreleased.remove(lease)
        if time.monotonic() - self._recovered_at >= RECOVER_EVERY_S:
            try:
                recovery.recover(self._heartbeat.owners())
            except (JournalFailed, DataError, IntegrityError) as error:
                log.error("what a dead worker left cannot be settled yet", reason=str(error))
            self._recovered_at = time.monotonic()

    def _find_untold(self) -> None:
        """Where no housekeeping looks each minute: due mail whose mailbox nobody was told of."""
        if self.until_empty and not self._has_looked:
            outbox.sweep(timezone.now())
            self._has_looked = True

    def _give_out(self) -> int:
        """Give free threads to due mailboxes; returns how many were due."""
        with self._lock:
            now = time.monotonic()
            self._not_now = {pk: until for pk, until in self._not_now.items() if until > now}
            without = {pk for pk, turns in self._turns.items() if turns} - self._want_more
        due = schedule.next_in_turn(timezone.now(), 2 * self.threads + len(self._not_now), without)
        with self._lock:
            due = [replace(mailbox, is_wanted=mailbox.pk in self._want_more) for mailbox in due]
            worth_it = [mailbox for mailbox in due if not (mailbox.is_begun and mailbox.pk in self._not_now)]
            chosen, waiting = schedule.startable(worth_it, self._companies, self.threads)
            self._to_yield = sum(1 for mailbox in waiting if not self._turns[mailbox.pk])
            for mailbox in chosen:
                self._want_more.discard(mailbox.pk)
                self._turns[mailbox.pk] += 1
                self._companies[mailbox.company_id] += 1
                self._given_out.put(mailbox)
        return len(due)

    def _serve(self) -> None:
        """A thread that takes turns."""
        while (mailbox := self._given_out.get()) is not None:
            try:
                close_old_connections()
                self._turn(mailbox)
            except TROUBLE:
                log.warning("the database went away", mailbox=str(mailbox.pk))
                connections.close_all()
                self._stopping.wait(AFTER_AN_OUTAGE_S)
            except JournalFailed as error:
                log.error(
                    "nothing is sent; the mailbox waits a minute", mailbox=str(mailbox.pk), reason=str(error)
                )
                self._pause(mailbox)
            except Exception:
                log.exception("a turn failed; the mailbox waits a minute", mailbox=str(mailbox.pk))
                self._pause(mailbox)
            with self._lock:
                self._turns[mailbox.pk] -= 1
                self._companies[mailbox.company_id] -= 1
            self._wake_up()
        connections.close_all()

    def _turn(self, due: DueMailbox) -> None:
        """Use one slot of a mailbox until nothing is left for it, or others have waited long enough."""
        ends_at = time.monotonic() + schedule.TURN_S
        mailbox, allowed, lease = self._do(partial(_begun, due))
        if lease is None:
            with self._lock:
                self._not_now[due.pk] = time.monotonic() + NOT_NOW_S
            return

        def should_stop() -> bool:
            return self._stopping.is_set() or self._is_over(ends_at)

        drain = Drain(mailbox, lease, should_stop, allowed, self._helpers)
        drain.most_bytes = lambda: supply.share(self._turns.total())
        drain.on_more = lambda: self._one_more(mailbox, allowed.connections)
        self._heartbeat.add(lease, drain.on_beat)
        try:
            drain.run()
        finally:
            with self._lock:
                self.outcomes += drain.outcomes
            self._release(lease)

    def _one_more(self, mailbox: SendingMailbox, most: int) -> None:
        """A slot took its share and left due messages behind: a further one may be worth it."""
        with self._lock:
            if self._turns[mailbox.pk] >= most or mailbox.pk in self._want_more | self._not_now.keys():
                return
            self._want_more.add(mailbox.pk)
        self._wake_up()

    def _is_over(self, ends_at: float) -> bool:
        """Whether a turn that took its time ends now, for somebody who waits."""
        if not self._to_yield or time.monotonic() < ends_at:
            return False
        with self._lock:
            is_over = self._to_yield > 0
            self._to_yield -= is_over
        return is_over

    def _pause(self, mailbox: DueMailbox) -> None:
        """Whatever it was would meet the next try at once, too."""
        try:
            self._do(partial(outbox.pause, mailbox, timezone.now() + AFTER_A_SURPRISE))
        except DatabaseError:
            self._stopping.wait(AFTER_AN_OUTAGE_S)

    def _release(self, lease: Lease) -> None:
        self._heartbeat.remove(lease)
        try:
            self._do(lease.release)
            with self._lock:
                self._not_now.pop(lease.mailbox_id, None)  # a slot of it is free again
        except DatabaseError:
            log.warning("lease not given back yet", mailbox=str(lease.mailbox_id))
            with self._lock:
                self._unreleased.append(lease)


def _begun(due: DueMailbox) -> tuple[SendingMailbox | None, limits.Limits | None, Lease | None]:
    """A turn: the mailbox as it is now, what it allows, and a lease of one of its slots, if one is free."""
    rows = SendingMailbox.objects.select_related("company", "membership__user")
    if (mailbox := rows.filter(pk=due.pk).first()) is None:
        return None, None, None
    allowed = limits.limits_of(mailbox)
    return mailbox, allowed, leases.take(mailbox, allowed.connections, is_wanted=due.is_wanted)
