"""Reading a body whose sender may fall silent: Granian waits for the rest of it for as long as the connection lasts.

So another thread waits, and the one of the portal, of which there are few, goes on without it. What waits still ends
when the client hangs up.
"""

from collections.abc import Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread

from api.problems import Problem


class Silent(Exception):
    """Nothing came for too long."""


class Heard:
    """The pieces of a body, each read by a thread of its own when it is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._wanted: SimpleQueue[bool] = SimpleQueue()
        self._read: SimpleQueue[bytes | Problem | None] = SimpleQueue()
        # In this request's context: what is raised there is said in its language.
        Thread(target=copy_context().run, args=[self._serve], name="body", daemon=True).start()

    def next(self, within_s: float) -> bytes | None:
        """None at the end. Raises Silent, and what `pieces` raises."""
        self._wanted.put(True)
        try:
            found = self._read.get(timeout=max(within_s, 0))
        except Empty:
            raise Silent from None
        if isinstance(found, Problem):
            raise found
        return found

    def close(self) -> None:
        """The thread ends, if need be after the piece it waits for."""
        self._wanted.put(False)

    def _serve(self) -> None:
        while self._wanted.get():
            try:
                self._read.put(next(self._pieces, None))
            except Problem as problem:
                self._read.put(problem)
