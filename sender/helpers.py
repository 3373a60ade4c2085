"""The threads that do a worker's database work: few, so that the many that send need no connection of their own.

A connection costs PostgreSQL and the worker some megabytes and milliseconds, and sending is waiting for servers. What
is done here waits for the database alone, never for a mail server.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from django.db import DatabaseError, close_old_connections, connections

from sender.statements import survive_processes_only

THREADS = 4
LOOK_AFTER_S = 1  # whether a connection still works

T = TypeVar("T")


class Helpers:
    """Of one worker; ended by `stop`."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future, Callable[[], object]] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name=f"helper-{n}") for n in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def begin(self, job: Callable[[], T]) -> "Future[T]":
        """Have it done meanwhile. It must not wait for another job."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        return future

    def do(self, job: Callable[[], T]) -> T:
        """Have it done, and wait for it. Raises what it raises."""
        return self.begin(job).result()

    def stop(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        looked_at = -LOOK_AFTER_S
        while (given := self._jobs.get()) is not None:
            future, job = given
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if time.monotonic() - looked_at >= LOOK_AFTER_S:
                    close_old_connections()
                    survive_processes_only()
                    looked_at = time.monotonic()
                future.set_result(job())
            except BaseException as error:  # it is raised where the job is waited for
                if isinstance(error, DatabaseError):
                    connections.close_all()
                    looked_at = -LOOK_AFTER_S
                future.set_exception(error)
            del given, future, job  # and with them what the job read, until the next one comes
        connections.close_all()


def here(job: Callable[[], T]) -> T:
    """In this thread, where there are no helpers."""
    return job()
