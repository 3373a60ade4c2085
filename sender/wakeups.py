"""Telling workers at once that a mailbox became due. Nothing depends on it: they also look by themselves.

PostgreSQL passes the word to every worker on every host (https://www.postgresql.org/docs/current/sql-notify.html).
With SQLite all are on one machine, where asking whether the file has changed costs some microseconds
(https://www.sqlite.org/pragma.html#pragma_data_version). docs/scaling.md says why there is no task queue.
"""

import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection, connections

CHANNEL = "postroom_due"
LOOK_EVERY_S = 0.1  # into SQLite's file
AGAIN_AFTER_S = 1

log = structlog.get_logger()


def announce() -> None:
    """A mailbox is due, and the commit that made it so is done."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


class Listener(threading.Thread):
    """Calls `on_due` when a mailbox may have become due, until `stop`."""

    def __init__(self, on_due: Callable[[], None]) -> None:
        super().__init__(name="listener", daemon=True)
        self._on_due = on_due
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        listen = self._to_postgresql if connection.vendor == "postgresql" else self._to_sqlite
        while not self._stopped.is_set():
            try:
                listen()
            except DatabaseError:
                log.warning("the database did not answer; the word of due mail comes late")
                connections.close_all()
                self._stopped.wait(AGAIN_AFTER_S)
        connections.close_all()

    def _to_postgresql(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._on_due()  # for what was announced before
        with connection.wrap_database_errors:
            while not self._stopped.is_set():
                for _ in connection.connection.notifies(timeout=AGAIN_AFTER_S, stop_after=1):
                    self._on_due()

    def _to_sqlite(self) -> None:
        seen = None
        while not self._stopped.wait(LOOK_EVERY_S):
            with connection.cursor() as cursor:
                now = cursor.execute("PRAGMA data_version").fetchone()
            if now != seen:
                self._on_due()
            seen = now
