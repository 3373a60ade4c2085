"""One refresh of a token at a time, over threads, processes and hosts: a lease on the row that keeps it.

Who holds it writes it anew each second, however long the provider takes to answer. Who waits for it takes it when it
was let go, or was not written for DEAD_AFTER_S by his own watch: no clocks are compared, and a database that was away
has both begin again. Only a holder that is frozen for so long, and lives, may find another refresh under way when it
wakes: what it was answered is then thrown away. Nothing is locked meanwhile.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, connections

from core.clock import now
from oauth.models import LeasedRow

DEAD_AFTER_S = 6
BEAT_S = 1


class Watch:
    """What one who waits sees of a lease, each time he looks."""

    def __init__(self) -> None:
        self._seen: tuple[object, ...] = ()
        self._since = 0.0

    def is_over(self, row: LeasedRow) -> bool:
        """Whether nobody holds it any more, as far as this row, just read, and the earlier ones show."""
        seen, at = (row.lease_owner, row.lease_until), time.monotonic()
        if seen != self._seen:
            self._seen, self._since = seen, at
        return not row.lease_owner or at - self._since >= DEAD_AFTER_S


def take(row: LeasedRow, owner: str) -> bool:
    """Whether `owner` holds the lease from now on: it is as it was when `row` was read."""
    same = type(row).objects.filter(pk=row.pk, lease_owner=row.lease_owner, lease_until=row.lease_until)
    return bool(same.update(lease_owner=owner, lease_until=_until()))


@contextmanager
def kept(row: LeasedRow, owner: str) -> Iterator[None]:
    """Meanwhile the lease is written anew each second, unless it was let go or lost."""
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(BEAT_S):
            try:
                _held(row, owner).update(lease_until=_until())
            except DatabaseError:
                connections.close_all()
        connections.close_all()

    heart = threading.Thread(target=beat, name="token-lease", daemon=True)
    heart.start()
    try:
        yield
    finally:
        is_over.set()
        heart.join()


def let_go(row: LeasedRow, owner: str, **changes: object) -> bool:
    """Give the lease back, writing `changes` into the row in the same step.

    False when it was lost: another took it for dead, or the person connected anew or disconnected
    meanwhile, or the settings were changed. Then nothing is written, so an outdated cache never replaces a newer one.
    """
    return bool(_held(row, owner).update(lease_owner="", lease_until=None, **changes))


def _held(row: LeasedRow, owner: str):
    return type(row).objects.filter(pk=row.pk, lease_owner=owner)


def _until():
    return now() + timedelta(seconds=DEAD_AFTER_S)
