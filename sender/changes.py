"""Whether a SQLite database may have changed otherwise than by messages that were added."""

from dataclasses import dataclass
from itertools import count

from django.db.backends.base.base import BaseDatabaseWrapper

_numbers = count(1)


@dataclass(slots=True)
class _Added:
    raw: object  # the driver's connection that it was counted for; Django opens a new one now and then
    number: int  # no two connections of this process have the same
    rows: int = 0


def seen(own: BaseDatabaseWrapper) -> tuple[int, int, int] | None:
    """What stays the same until anybody commits anything but new messages by this connection; None where nothing tells.

    SQLite counts the commits of other connections (https://www.sqlite.org/pragma.html#pragma_data_version) and the
    rows that this one changed. Within a transaction that would be too early: it may be rolled back.
    """
    own.ensure_connection()
    raw = own.connection
    if raw.in_transaction:
        return None
    with own.wrap_database_errors:
        (by_others,) = raw.execute("PRAGMA data_version").fetchone()
    added = _of(own)
    return added.number, by_others, raw.total_changes - added.rows


def added(own: BaseDatabaseWrapper, rows: int) -> None:
    """This connection has committed so many new rows of messages."""
    _of(own).rows += rows


def _of(own: BaseDatabaseWrapper) -> _Added:
    known = getattr(own, "_postroom_added", None)
    if known is None or known.raw is not own.connection:
        known = own._postroom_added = _Added(own.connection, next(_numbers))
    return known
