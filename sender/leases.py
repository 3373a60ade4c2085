"""Leases: at most one worker sends from a mailbox at a time, and a dead worker's mailbox comes free.

A lease is one conditional update of the mailbox row; it is renewed in the background while a worker sends,
and once more, with proof, right before each point of no return.
"""

import threading
import uuid
from datetime import datetime, timedelta

import structlog
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from core.errors import PostroomError
from sender.models import Health, OutboxMessage, SendingMailbox, State

LEASE = timedelta(seconds=20)
RENEW_EVERY_S = 5

log = structlog.get_logger()


class LeaseLost(PostroomError):
    """Another worker may have taken the mailbox over; nothing more may be sent under this lease."""


def due_mailboxes(now: datetime, limit: int) -> list[SendingMailbox]:
    """Mailboxes without a live lease that have something to send, or something a dead worker left behind."""
    messages = OutboxMessage.objects.filter(mailbox=OuterRef("pk"))
    waiting = Exists(messages.filter(state=State.WAITING, due_at__lte=now))
    left_behind = Exists(messages.filter(state=State.SENDING))
    may_send = Q(health=Health.READY) & (Q(paused_until=None) | Q(paused_until__lte=now))
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return list(
        SendingMailbox.objects.filter(free)
        .filter((may_send & waiting) | left_behind)
        .select_related("company", "membership__user")[:limit]
    )


class Lease:
    """One worker's hold on one mailbox."""

    def __init__(self, mailbox: SendingMailbox) -> None:
        self.mailbox = mailbox
        self.owner = uuid.uuid4().hex

    def take(self) -> bool:
        """Take the mailbox if it is free; False when somebody else was faster."""
        now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        rows = SendingMailbox.objects.filter(free, pk=self.mailbox.pk)
        return rows.update(lease_owner=self.owner, lease_until=now + LEASE) == 1

    def _held(self) -> models.QuerySet:
        return SendingMailbox.objects.filter(
            pk=self.mailbox.pk, lease_owner=self.owner, lease_until__gt=timezone.now()
        )

    def renew(self) -> None:
        """Lengthen the lease. Raises LeaseLost when it had run out or was taken."""
        if self._held().update(lease_until=timezone.now() + LEASE) != 1:
            raise LeaseLost(f"The lease of mailbox {self.mailbox.pk} is lost.")

    def release(self) -> None:
        rows = SendingMailbox.objects.filter(pk=self.mailbox.pk, lease_owner=self.owner)
        rows.update(lease_owner="", lease_until=None)


class Heartbeat(threading.Thread):
    """Renews all leases a worker holds, so that a slow server does not cost a lease."""

    def __init__(self) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._leases: set[Lease] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def add(self, lease: Lease) -> None:
        with self._lock:
            self._leases.add(lease)

    def remove(self, lease: Lease) -> None:
        with self._lock:
            self._leases.discard(lease)

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.wait(RENEW_EVERY_S):
            with self._lock:
                leases = list(self._leases)
            for lease in leases:
                self._renew(lease)
        connection.close()

    def _renew(self, lease: Lease) -> None:
        try:
            lease.renew()
        except LeaseLost:
            # The sending thread finds out by itself before its next point of no return.
            self.remove(lease)
            log.warning("lease lost", mailbox=str(lease.mailbox.pk))
