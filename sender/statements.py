"""Several changes as one commit, with as few round trips as the database allows.

The hot path writes by SQL: the ORM costs more there than the database does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, lru_cache
from uuid import UUID

from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper

from sender.turns import turn

_NAMED_VALUE = re.compile(r"%\((\w+)\)s")
Statement = tuple[str, Sequence[object]]  # SQL with %s, and its values; it changes rows and returns none

# What passes by itself or is the operator's to mend. PostgreSQL over its quota of disk space raises the last.
TROUBLE = (OperationalError, InterfaceError, InternalError)

_CACHE_KB = 500  # of a worker's thread, instead of 2 MB: there are many


def together(statements: Sequence[Statement]) -> int:
    """Commit these changes as one. They see the database as it was before the first and touch different rows.

    Returns how many rows the last one changed.
    """
    if connection.vendor == "postgresql":
        return _in_one_round_trip(statements)
    with one_writer(), transaction.atomic(), connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, [as_stored(value) for value in values])
        return cursor.rowcount


def many_together(statements: Sequence[tuple[str, Sequence[Mapping[str, object]]]]) -> None:
    """Commit each statement, with SQLite's `:names`, for each of its sets of values. SQLite only."""
    with one_writer(), transaction.atomic(), connection.wrap_database_errors:
        for sql, rows in statements:
            connection.connection.executemany(sql, rows)


def returned(sql: str, values: Sequence[object]) -> list[tuple]:
    """Commit one change, and return the rows that it says by RETURNING, as the database keeps them."""
    if connection.vendor == "postgresql":
        return _rows(sql, values)
    with one_writer(), transaction.atomic(), connection.cursor() as cursor:
        return cursor.execute(sql, [as_stored(value) for value in values]).fetchall()


@contextmanager
def on_disk() -> Iterator[None]:
    """What is committed within it waits for the disk also where `survive_processes_only` holds otherwise."""
    if connection.vendor == "postgresql" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    connection.connection.execute("PRAGMA synchronous = FULL")
    connections[DEFAULT_DB_ALIAS].survives_processes_only = None
    try:
        yield
    finally:
        survive_processes_only()


def survive_processes_only() -> None:
    """Let this thread's commits outlive `kill -9` without waiting for the disk each time, where that can be had.

    SQLite hands each commit to the system at once; any other connection's commit brings it to the disk as well
    (https://www.sqlite.org/pragma.html#pragma_synchronous). PostgreSQL would keep it in its own memory: never there.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        own = connections[DEFAULT_DB_ALIAS]
        own.survives_processes_only = own.connection


def waits_for_the_disk(own: BaseDatabaseWrapper) -> bool:
    """Whether this connection's commits do."""
    own.ensure_connection()  # a new connection does again
    return getattr(own, "survives_processes_only", None) is not own.connection


def one_writer():
    """A context in which nobody else writes who asks for it, too, where the database lets one write at a time.

    Within a transaction there is nothing to wait for: it has the database already.
    """
    own = connections[DEFAULT_DB_ALIAS]
    return nullcontext() if own.vendor == "postgresql" or own.in_atomic_block else turn


def rows_of(sql: str, values: Sequence[object]) -> list[tuple]:
    """Rows as the database keeps them; from PostgreSQL in binary: bytes would travel as text of twice their length."""
    if connection.vendor == "postgresql":
        return _rows(sql, values)
    with connection.cursor() as cursor:
        return cursor.execute(sql, [as_stored(value) for value in values]).fetchall()


def _rows(sql: str, values: Sequence[object]) -> list[tuple]:
    with _cursor() as cursor:
        return cursor.execute(sql, values, prepare=True, binary=True).fetchall()


def prepared(sql: str, values: Mapping[str, object]) -> list[tuple]:
    """The rows of a query that is asked often."""
    own = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` asks for it at each word
    if own.vendor == "postgresql":
        with _cursor() as cursor:
            return cursor.execute(sql, values, prepare=True).fetchall()
    own.ensure_connection()
    with own.wrap_database_errors:
        stored = {name: as_stored(value) for name, value in values.items()}
        return own.connection.execute(_for_sqlite(sql), stored).fetchall()


@cache
def _for_sqlite(sql: str) -> str:
    """With SQLite's own marks of named values, which Django's cursor would put in each time."""
    return _NAMED_VALUE.sub(r":\1", sql)


def _in_one_round_trip(statements: Sequence[Statement]) -> int:
    """As one statement, which PostgreSQL commits by itself. It is prepared once for each connection."""
    *first, (sql, values) = statements
    if first:
        named = ", ".join(f"step{number} AS ({sql})" for number, (sql, _) in enumerate(first))
        sql = f"WITH {named} {sql}"
        values = [value for _, before in first for value in before] + list(values)
    with _cursor() as cursor:
        cursor.execute(sql, values, prepare=True)
        return cursor.rowcount


@contextmanager
def _cursor():
    """Django's own writes the values into the text, and has psycopg prepare nothing, whatever is asked of it."""
    from psycopg import Cursor

    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    raw = own.connection
    raw.prepare_threshold = 0
    try:
        with own.wrap_database_errors, Cursor(raw) as cursor:
            yield cursor
    finally:
        raw.prepare_threshold = None


def as_stored(value: object) -> object:
    """SQLite keeps UUIDs and times as text, times as Django writes them: in UTC, without saying so."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)
    return value


def as_uuid(stored: UUID | str) -> UUID:
    return stored if isinstance(stored, UUID) else _uuid_of(stored)


@lru_cache(maxsize=1000)  # a message's key comes with its row, its content and its recipients
def _uuid_of(text: str) -> UUID:
    return UUID(hex=text)


def as_moment(stored: datetime) -> datetime:
    """SQLite keeps it in UTC without saying so."""
    return stored if stored.tzinfo else stored.replace(tzinfo=UTC)
