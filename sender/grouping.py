"""SQLite: what several threads want written at the same moment goes into one transaction.

A commit waits for the disk and writes a page of each index anew, for one message as for ten. So one of the waiting
threads writes for all, and each goes on only after that commit. PostgreSQL groups commits by itself
(https://www.postgresql.org/docs/current/runtime-config-wal.html, `commit_delay`).
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

from sender.statements import TROUBLE, one_writer, waits_for_the_disk

MOST = 50  # in one transaction
_UNFIT = (DatabaseError, ValueError, TypeError, OverflowError)  # what may be wrong with one of them
Writer = Callable[[Sequence[object]], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    rows: object = None
    error: Exception | None = None
    is_done: bool = False


_queues: dict[tuple, deque[_Waiting]] = {}


def write(rows: object, writer: Writer) -> None:
    """Have `writer` commit these rows, maybe with those of other threads. Raises what it raises for these alone."""
    mine = _Waiting(rows)
    queue = _queues.setdefault(_place(), deque())
    queue.append(mine)
    while not mine.is_done:
        with one_writer():  # who waits for it finds that another has written meanwhile, or writes for all
            if not mine.is_done:
                _write([queue.popleft() for _ in range(min(len(queue), MOST))], writer)
    if mine.error is not None:
        raise mine.error


def _place() -> tuple:
    """The database, and whether a commit waits for the disk: nobody gets less than his own connection promises."""
    own = connections[DEFAULT_DB_ALIAS]
    return own.settings_dict["NAME"], waits_for_the_disk(own)


def _write(those: list[_Waiting], writer: Writer) -> None:
    try:
        writer([each.rows for each in those])
    except TROUBLE as error:
        _end(those, error)
    except _UNFIT as error:
        if len(those) == 1:
            _end(those, error)
        for each in those:
            if not each.is_done:
                _write([each], writer)
    else:
        _end(those)
    finally:
        _end(those, InterfaceError("The thread that wrote for others was stopped."))


def _end(those: list[_Waiting], error: Exception | None = None) -> None:
    for each in those:
        if not each.is_done:
            each.error, each.is_done = error, True
