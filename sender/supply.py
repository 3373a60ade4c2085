"""What a slot sends next: taken and read beforehand, by another thread, while it sends what it has.

Otherwise the server would wait each time while the database is written and read. A few threads do this for all slots
of a worker; a slot that none of them came to serve does it itself, when it needs it.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from itertools import chain
from queue import SimpleQueue

from django.db import DatabaseError, close_old_connections, connections

from core.crypto import DecryptionFailed
from sender import claims, mime
from sender.claims import Claimed
from sender.statements import survive_processes_only

THREADS = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """`is_full`: it has as many messages as were asked for, so that there may be more."""

    claimed: list[Claimed]
    loaded: Iterator[tuple[Claimed, mime.Frozen | DecryptionFailed]]
    is_full: bool

    @classmethod
    def of(cls, claimed: list[Claimed], asked: int) -> "Batch":
        """Reads the first of them at once."""
        loaded = claims.loaded(claimed)
        first = list(claimed and [next(loaded)])
        return cls(claimed, chain(first, loaded), len(claimed) == asked)


class Helpers:
    """The threads of one worker."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future, Callable[[], Batch]] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name=f"supply-{n}") for n in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def begin(self, job: Callable[[], Batch]) -> "Future[Batch]":
        future: Future[Batch] = Future()
        self._jobs.put((future, job))
        return future

    def stop(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while (given := self._jobs.get()) is not None:
            future, job = given
            if not future.set_running_or_notify_cancel():
                continue
            try:
                close_old_connections()
                survive_processes_only()
                future.set_result(job())
            except DatabaseError as error:
                connections.close_all()
                future.set_exception(error)
            except BaseException as error:  # it is raised where the batch is asked for
                future.set_exception(error)
        connections.close_all()


class Supply:
    """Of one slot. `take` takes and reads the next batch, in whichever thread."""

    def __init__(self, take: Callable[[], Batch], helpers: Helpers | None) -> None:
        self._take = take
        self._helpers = helpers
        self._ahead: Future[Batch] | None = None

    def next(self) -> Batch:
        """Raises what `take` raises."""
        ahead, self._ahead = self._ahead, None
        return self._take() if ahead is None or ahead.cancel() else ahead.result()

    def begin(self) -> None:
        """Have the batch after this one taken meanwhile."""
        if self._helpers is not None:
            self._ahead = self._helpers.begin(self._take)

    def end(self) -> None:
        """No more is taken afterwards. Whatever went wrong meanwhile, the lease knows that it is not certain."""
        if self._ahead is not None and not self._ahead.cancel():
            wait([self._ahead])
        self._ahead = None
