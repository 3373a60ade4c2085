"""SQLite lets one write at a time; whoever writes takes a turn first, so that few have to wait in SQLite itself.

SQLite's own waiting looks again after pauses of up to 0.1 s, while others come and go. Threads of a process wait for a
lock instead, and processes for a file beside the database, locked by flock(2), which the system lets go of when its
process dies. With four processes that write without pause this was 1.4 to 1.7 times as fast, and the longest wait
13 ms instead of 230; beside them, one that takes no turn waited for up to 3 s.

Nothing rests on it: a write without a turn is still right, and so is a turn without the file, where that cannot be had
(a folder that is not writable, a disk without such locks) or somebody keeps it (a process that is frozen).
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where SQLite's own waiting remains
    fcntl = None

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

ENDING = "-turn"  # of the file, behind the database's name
# flock's own waiting would know no end, and is no faster than looking so often.
PAUSE_S, LONGEST_S = 0.0003, 20
AGAIN_AFTER_S = 60  # of waiting in vain; until then the file is only tried, for each write
_WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE")


class Turn:
    """A context in which no other thread of this process writes, nor any process that takes turns, too.

    A thread may enter it again within it. Enter it before a transaction, never within one: whoever has the database
    and waits for a turn may wait for somebody who waits for the database.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # of all below
        self._depth = 0
        self._path, self._file = "", None  # kept open: of the database that was written last
        self._in_vain_until = 0.0  # who keeps it may be frozen: not each write is to wait for him

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1
        try:
            if self._depth == 1:
                self._wait_for_others()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._lock.release()

    def start_anew(self) -> None:
        """In a process that was forked: a thread that is not in it may have had the turn, and the file is shared."""
        inherited = self._file
        self.__init__()
        if inherited is not None:
            os.close(inherited)

    def _wait_for_others(self) -> None:
        path = str(connection.settings_dict["NAME"])
        if path != self._path:
            if self._file is not None:
                os.close(self._file)
            self._path, self._file, self._in_vain_until = path, _opened(path), 0.0
        if self._file is None:
            return
        only_tries = time.monotonic() < self._in_vain_until
        if _has_waited_for(self._file, 0 if only_tries else LONGEST_S):
            self._in_vain_until = 0.0
        elif not only_tries:
            self._in_vain_until = time.monotonic() + AGAIN_AFTER_S


def _opened(database: str) -> int | None:
    """For all who may write the database, like SQLite's own files beside it; None where it cannot be had."""
    if fcntl is None or not Path(database).is_file():
        return None
    with suppress(OSError):
        mode = Path(database).stat().st_mode & 0o666
        return os.open(database + ENDING, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, mode)
    return None


def _has_waited_for(file: int, longest_s: float) -> bool:
    """False where somebody kept it all the time."""
    until = time.monotonic() + longest_s
    with suppress(OSError):  # the disk has no such locks
        while not _is_had(file):
            if time.monotonic() >= until:
                return False
            time.sleep(PAUSE_S)
    return True


def _is_had(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


turn = Turn()


def take_turns(connection: BaseDatabaseWrapper, **_facts: object) -> None:
    """Have this new connection take a turn for whatever Django writes by it; a receiver of `connection_created`."""
    if connection.vendor == "sqlite" and _in_turn not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _in_turn)


def _in_turn(execute: Callable, sql: str, values: object, many: bool, context: dict) -> object:
    """A transaction takes its turn to begin: then it has the database."""
    waits = sql.startswith(_WRITES) and not context["connection"].in_atomic_block
    with turn if waits else nullcontext():
        return execute(sql, values, many, context)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=turn.start_anew)
