"""What one slot has handed over and has yet to tell the database: it learns many endings in one commit.

Until then they stand in the lease's journal, from which anybody settles them should this process be killed.
"""

import threading
import time

import structlog
from django.db import connections

from sender import endings
from sender.claims import Claimed, ClaimLost
from sender.endings import Ending
from sender.journal import JournalClosed
from sender.leases import Lease
from sender.statements import TROUBLE

HELD_S = 0.5  # an ending is held back no longer than this, plus a heartbeat
PATIENCE_S = 60  # for a database that went away while an answer has to be written
_AGAIN_AFTER_S = 1

log = structlog.get_logger()


class Books:
    """Used by the sending thread and, for what is held back too long, by the heartbeat."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._lock = threading.Lock()  # of the list; `_writing` is taken first where both are
        self._writing = threading.Lock()
        self._held: list[Ending] = []
        self._held_since = 0.0

    def begin(self, claimed: Claimed) -> None:
        """Right before the point of no return: note that it is passed. Raises ClaimLost, JournalFailed."""
        if self._lease.is_over():
            raise ClaimLost(f"Message {claimed.pk} is not sent: the lease has run out.")
        try:
            self._lease.journal.begin(claimed.pk)
        except JournalClosed:
            self._lease.is_lost = True
            raise ClaimLost(f"Message {claimed.pk} is not this worker's to send any more.") from None
        claimed.is_begun = True
        self._lease.begun(claimed)

    def end(self, ending: Ending, *, may_wait: bool) -> None:
        """Write an ending now, or with others. Raises JournalFailed: it is written, and nothing more may be sent."""
        self._lease.turn_away()
        with self._lock:
            self._held.append(ending)
            if len(self._held) == 1:
                self._held_since = time.monotonic()
        try:
            if ending.claimed.is_begun:
                self._lease.journal.end(ending.claimed.pk, endings.as_told(ending))
        except BaseException:
            self.settle()
            raise
        if not may_wait:
            self.settle()

    def on_beat(self) -> None:
        """Write what was held back for a while. Raises DatabaseError."""
        if self._held and time.monotonic() - self._held_since >= HELD_S:
            self._flush()

    def settle(self) -> None:
        """Write what is held back, and wait for the database if need be. Raises DatabaseError after a while."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._flush()
            except TROUBLE:
                if time.monotonic() > give_up_at:
                    raise
                log.warning("the database did not answer; an outcome is written as soon as it does")
                connections.close_all()
                time.sleep(_AGAIN_AFTER_S)

    def _flush(self) -> None:
        """The sending thread may add more meanwhile."""
        with self._writing:
            with self._lock:
                written = list(self._held)
            endings.write(written)
            with self._lock:
                del self._held[: len(written)]
                self._held_since = time.monotonic()
            self._lease.ended([each.claimed for each in written])
