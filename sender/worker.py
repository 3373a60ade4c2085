"""The worker: finds mailboxes with due mail and drains them, many at once.

It is a class so that tests can drive it; the command only parses. Sending is waiting, so threads serve well.
"""

import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import structlog
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from oauth import tokens
from sender import outbox
from sender.drain import Drain
from sender.leases import Heartbeat, Lease, due_mailboxes
from sender.models import SendingMailbox

POLL_S = 0.5
AFTER_A_SURPRISE = timedelta(minutes=1)
HOUSEKEEPING_S = 60

log = structlog.get_logger()


class Worker:
    """`run` returns after `stop`, or with `until_empty` when nothing is due any more."""

    def __init__(self, *, threads: int = 8, until_empty: bool = False) -> None:
        self.threads = threads
        self.until_empty = until_empty
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._running: dict[object, Future] = {}
        self._heartbeat = Heartbeat()
        self._counting = threading.Lock()
        self.outcomes: Counter[str] = Counter()  # of all attempts made so far

    def stop(self) -> None:
        """Finish the messages being sent, then end."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        self._heartbeat.start()
        keeper = threading.Thread(target=self._housekeeping, name="housekeeping", daemon=True)
        if not self.until_empty:
            keeper.start()
        log.info("worker started", threads=self.threads)
        try:
            with ThreadPoolExecutor(self.threads, thread_name_prefix="drain") as pool:
                self._schedule(pool)
        finally:
            self._heartbeat.stop()
        log.info("worker stopped")

    def _schedule(self, pool: ThreadPoolExecutor) -> None:
        while not self._stopping.is_set():
            self._running = {pk: future for pk, future in self._running.items() if not future.done()}
            started = self._start_due(pool)
            if self.until_empty and not self._running and not started:
                return
            self._wake.wait(POLL_S if not started else 0.02)
            self._wake.clear()

    def _start_due(self, pool: ThreadPoolExecutor) -> int:
        free = self.threads - len(self._running)
        if free <= 0:
            return 0
        try:
            close_old_connections()
            # The ones under way here come back in the answer until their lease is taken.
            due = due_mailboxes(timezone.now(), limit=free + len(self._running))
        except DatabaseError:
            log.exception("the database did not answer; trying again")
            connections.close_all()
            return 0
        due = [mailbox for mailbox in due if mailbox.pk not in self._running][:free]
        for mailbox in due:
            self._running[mailbox.pk] = pool.submit(self._drain, mailbox)
        return len(due)

    def _drain(self, mailbox: SendingMailbox) -> None:
        """One mailbox in one thread; an error here must not end the worker."""
        lease = Lease(mailbox)
        drain = Drain(mailbox, lease, self._stopping.is_set)
        try:
            if not lease.take():
                return
            self._heartbeat.add(lease)
            drain.run()
        except Exception:
            log.exception("draining failed; the mailbox is tried again in a minute", mailbox=str(mailbox.pk))
            self._pause(mailbox)
        finally:
            with self._counting:
                self.outcomes += drain.outcomes
            self._heartbeat.remove(lease)
            self._release(lease)
            self._wake.set()

    def _pause(self, mailbox: SendingMailbox) -> None:
        """Whatever it was would meet the next try at once, too."""
        try:
            rows = SendingMailbox.objects.filter(pk=mailbox.pk)
            rows.update(paused_until=timezone.now() + AFTER_A_SURPRISE)
        except DatabaseError:
            self._stopping.wait(POLL_S)

    def _release(self, lease: Lease) -> None:
        try:
            lease.release()
        except DatabaseError:
            log.warning("lease not given back; it runs out by itself", mailbox=str(lease.mailbox.pk))
        connections.close_all()

    def _housekeeping(self) -> None:
        """What must happen once in a while: give up old mail, keep idle connections alive."""
        while True:
            try:
                close_old_connections()
                now = timezone.now()
                outbox.give_up(now)
                tokens.expire_flows(now)
                tokens.refresh_idle(now)
            except Exception:
                log.exception("housekeeping failed; it runs again in a minute")
                connections.close_all()
            if self._stopping.wait(HOUSEKEEPING_S):
                return
