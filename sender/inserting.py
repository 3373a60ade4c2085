"""New rows of messages, written past the ORM, which costs more than the database does.

One message is one statement on PostgreSQL, and so one round trip and one commit; many go by COPY
(https://www.postgresql.org/docs/current/sql-copy.html). On SQLite both are one transaction, which threads share.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction

from sender import changes, grouping
from sender.statements import as_stored, one_writer, together

Row = Sequence[object]  # the values of one row, in the order of its model's fields; JSON as text
Rows = Sequence[tuple[type[models.Model], Iterable[Row]]]

AT_ONCE = 500  # rows in one statement, which holds 65,535 values at most


def insert(rows: Rows) -> None:
    """Few rows of any models; all of them, or none. Raises IntegrityError."""
    own = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` asks for it at each word
    if own.vendor == "postgresql" and all(len(those) <= AT_ONCE for _model, those in rows):
        together([_insertion(model, those) for model, those in rows])
    elif own.vendor == "postgresql" or own.in_atomic_block:
        insert_many(rows)
    else:
        grouping.write(rows, _all_by_executemany)


def insert_many(rows: Rows) -> None:
    """However many; those of a model are asked for when the ones before are written. Raises IntegrityError."""
    if connection.vendor == "postgresql":
        _by_copy(rows)
    else:
        made = [(model, list(those)) for model, those in rows]
        with one_writer():
            _by_executemany(made)


@cache
def names(model: type[models.Model]) -> tuple[str, ...]:
    """The attributes of a row, in the order of its values."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def row(model: type[models.Model], **values: object) -> Row:
    return [values[name] for name in names(model)]


def _insertion(model: type[models.Model], rows: Iterable[Row]) -> tuple[str, list[object]]:
    return _sql(model, len(rows), "%s"), [value for row in rows for value in row]


@cache
def _sql(model: type[models.Model], count: int, mark: str) -> str:
    places = f"({', '.join([mark] * len(names(model)))})"
    return " ".join([_beginning("INSERT INTO", model), "VALUES", ", ".join([places] * count)])


def _beginning(verb: str, model: type[models.Model]) -> str:
    columns = ", ".join(field.column for field in model._meta.concrete_fields)
    return f"{verb} {model._meta.db_table} ({columns})"


def _all_by_executemany(messages: Sequence[Rows]) -> None:
    everything: dict[type[models.Model], list[Row]] = {}
    for rows in messages:
        for model, those in rows:
            everything.setdefault(model, []).extend(those)
    _by_executemany(list(everything.items()))


def _by_executemany(rows: Rows) -> None:
    """Whoever calls it has the turn to write."""
    with _one_transaction() as raw:
        for model, those in rows:
            raw.executemany(_sql(model, 1, "?"), _all_as_stored(model, those))


@contextmanager
def _one_transaction() -> Iterator[object]:
    """SQLite's own connection within a transaction; `atomic` does the same, and takes as long as writing a row."""
    own = connections[DEFAULT_DB_ALIAS]
    if own.in_atomic_block:
        with transaction.atomic(), own.wrap_database_errors:
            yield own.connection
        return
    own.ensure_connection()
    with own.wrap_database_errors:
        raw = own.connection
        before = raw.total_changes
        raw.execute("BEGIN IMMEDIATE")
        try:
            yield raw
            raw.execute("COMMIT")
        finally:
            if raw.in_transaction:
                raw.rollback()
    changes.added(own, raw.total_changes - before)


def _all_as_stored(model: type[models.Model], rows: Iterable[Row]) -> Iterator[list[object]]:
    places = _places(model)
    for row in rows:
        stored = list(row)
        for place in places:
            stored[place] = as_stored(stored[place])
        yield stored


@cache
def _places(model: type[models.Model]) -> tuple[int, ...]:
    """Of the values that SQLite keeps as text, and nobody else."""
    types = [field.db_type(connection) for field in model._meta.concrete_fields]
    return tuple(place for place, kind in enumerate(types) if kind in ("char(32)", "datetime"))


def _by_copy(rows: Rows) -> None:
    with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
        for model, those in rows:
            types, json = _types(model)
            with cursor.copy(f"{_beginning('COPY', model)} FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(types)
                for row in those:
                    copy.write_row(
                        [_jsonb(value) if place in json else value for place, value in enumerate(row)]
                    )


@cache
def _types(model: type[models.Model]) -> tuple[list[str], frozenset[int]]:
    """The columns' types, without lengths, and which hold JSON, which is given as the bytes it travels as."""
    types = [field.db_type(connection).partition("(")[0] for field in model._meta.concrete_fields]
    json = frozenset(place for place, kind in enumerate(types) if kind == "jsonb")
    return ["bytea" if kind == "jsonb" else kind for kind in types], json


def _jsonb(text: str) -> bytes:
    """As PostgreSQL takes it in binary: the version, then the text."""
    return b"\x01" + text.encode()
