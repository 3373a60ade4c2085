"""Pages of a long list by the key of the last row seen: the thousandth page costs what the first does.

Keys are time-ordered (core/ids.py), so the newest row is the greatest. `?before=` asks for older rows, `?after=` for
newer ones; rows that come in meanwhile move nothing about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import QueryDict

ROWS = 50
_PLACE = ("before", "after")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows, newest first; `newer` and `older` are the keys to go on with, None at an end."""

    rows: list[Model]
    newer: UUID | None = None
    older: UUID | None = None


def stretch(rows: QuerySet, asked: Mapping[str, str], size: int = ROWS) -> Stretch:
    """The part of `rows` that the address asks for. What is no key at all is as if it was not said."""
    if (after := key_of(asked.get("after"))) is not None:
        if (part := newer(rows, after, size)).newer:
            return part
        asked = {}  # the newest are fewer than a page: show a whole one
    before = key_of(asked.get("before"))
    older_ones = rows if before is None else rows.filter(pk__lt=before)
    found = list(older_ones.order_by("-pk")[: size + 1])
    shown = found[:size]
    return Stretch(
        shown,
        newer=shown[0].pk if shown and before is not None else None,
        older=shown[-1].pk if len(found) > size else None,
    )


def newer(rows: QuerySet, after: UUID, size: int = ROWS) -> Stretch:
    """The rows that came next after this key and no others: for programs, which take each for a new one."""
    found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
    shown = found[:size][::-1]
    return Stretch(
        shown,
        newer=shown[0].pk if len(found) > size else None,
        older=shown[-1].pk if shown else None,
    )


def window(rows: QuerySet, before: UUID | None, most: int) -> tuple[QuerySet, UUID | None]:
    """The newest `most` rows before a key, newest first, and the last of them where there are older ones.

    For questions no index answers: so many rows are looked through for one page, and no more.
    """
    rows = rows.order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    last = rows.values_list("pk", flat=True)[most - 1 : most].first()
    return (rows, None) if last is None else (rows.filter(pk__gte=last), last)


def filter_of(asked: QueryDict) -> str:
    """The filter's part of an address, without the place in the list and without what was left empty."""
    kept = asked.copy()
    for name in list(kept):
        if name in _PLACE or not any(kept.getlist(name)):
            del kept[name]
    return kept.urlencode()


def key_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
