"""Model instances of rows that every request asks for, made anew only where a row has changed.

Each time one query tells whether the rows are still the same, so a change holds at once: from SQLite by their values,
from PostgreSQL by the transaction and place of their versions, which no two have in common
(https://www.postgresql.org/docs/current/ddl-system-columns.html) and which are less to carry and to read. What is saved
is what the ORM takes to write the query and to make the instances: ten times as long as the database needs.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model
from django.db.models.base import ModelState

from sender.statements import prepared

MOST = 5_000  # rows of one query; the ones asked for longest ago are forgotten


class Query:
    """`source` is the SQL from FROM on, with `%(name)s` for its values and at most one row for them."""

    def __init__(self, models: Sequence[type[Model]], source: str) -> None:
        self._models, self._source = models, source
        self._kept: OrderedDict[tuple, tuple[tuple, list[Model]]] = OrderedDict()
        self._lock = Lock()

    def one(self, **values: object) -> list[Model] | None:
        """An instance of each model, the caller's own."""
        own = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` asks for it at each word
        columns = _versions if own.vendor == "postgresql" else _values
        rows = prepared(_sql(self._models, self._source, columns), values)
        if not rows:
            return None
        place = (own.settings_dict["NAME"], *values.values())
        with self._lock:
            known, instances = self._kept.get(place, ((), []))
        if known != rows[0]:
            found = prepared(_sql(self._models, self._source, _values), values)
            if not found:
                return None
            instances = self._made(found[0])
        self._keep(place, (rows[0], instances))
        return [_copy(instance) for instance in instances]

    def _keep(self, place: tuple, kept: tuple[tuple, list[Model]]) -> None:
        with self._lock:
            self._kept[place] = kept
            self._kept.move_to_end(place)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def _made(self, row: tuple) -> list[Model]:
        made, values = [], iter(row)
        for model in self._models:
            fields = model._meta.concrete_fields
            own = [_converted(field, value) for field, value in zip(fields, values, strict=False)]
            made.append(model.from_db(connection.alias, [field.attname for field in fields], own))
        return made


@cache
def _sql(models: Sequence[type[Model]], source: str, columns: Callable[[type[Model]], Sequence[str]]) -> str:
    quote = connection.ops.quote_name
    asked = [f"{quote(model._meta.db_table)}.{quote(name)}" for model in models for name in columns(model)]
    return f"SELECT {', '.join(asked)} {source}"


def _versions(_model: type[Model]) -> Sequence[str]:
    return ["tableoid", "xmin", "ctid"]


def _values(model: type[Model]) -> Sequence[str]:
    return [field.column for field in model._meta.concrete_fields]


def _converted(field: object, value: object) -> object:
    """From what the database keeps to what the model holds, as the ORM does."""
    column = field.get_col(field.model._meta.db_table)
    for convert in (*connection.ops.get_db_converters(column), *field.get_db_converters(connection)):
        value = convert(value, column, connection)
    return value


def _copy(instance: Model) -> Model:
    made = instance.__class__.__new__(instance.__class__)
    made.__dict__.update(instance.__dict__)
    made._state = ModelState()
    made._state.db, made._state.adding = instance._state.db, False
    return made
