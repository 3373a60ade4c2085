"""What one slot has yet to write: at most one ending, held back so that the next marker's commit carries it."""

import threading
import time

import structlog
from django.db import connections

from sender import claims
from sender.claims import Claimed, ClaimLost, Ending
from sender.statements import TROUBLE

HELD_S = 1  # an ending is held back no longer than this, plus a heartbeat
PATIENCE_S = 60  # for a database that went away while an answer has to be written
_AGAIN_AFTER_S = 1

log = structlog.get_logger()


class Books:
    """Used by the sending thread and, for what is held back too long, by the heartbeat."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Ending | None = None
        self._held_since = 0.0

    def mark(self, claimed: Claimed) -> None:
        """Write the marker, durably, and the ending held back with it. Raises ClaimLost, DatabaseError."""
        with self._lock:
            if not claims.write(self._held, claimed):
                self._held = None
                raise ClaimLost(f"Message {claimed.pk} is not this worker's to send any more.")
            self._held = None

    def end(self, ending: Ending, *, may_wait: bool) -> None:
        """Write an ending now, or with the next marker."""
        self.settle()
        with self._lock:
            self._held, self._held_since = ending, time.monotonic()
        if not may_wait:
            self.settle()

    def on_beat(self) -> None:
        """Write what was held back for a while. Raises DatabaseError."""
        if self._held is not None and time.monotonic() - self._held_since >= HELD_S:
            self._flush()

    def settle(self) -> None:
        """Write what is held back, and wait for the database if need be: the answer is known only here."""
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
        with self._lock:
            if self._held is not None:
                claims.write(self._held)
                self._held = None
