"""Which companies listen to what: asked for each message, so it is remembered, and read anew every two seconds.

So mail of a company without a webhook costs nothing more. Whoever was just added hears of what happens two seconds
later at the latest; who was removed meanwhile leaves events that are thrown away when they are spread.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from uuid import UUID

from webhooks.models import Condition, Endpoint

FRESH_S = 2

_lock = Lock()
_held = local()
_known: dict[UUID, frozenset[str]] = {}
_read_at = float("-inf")


def hears(company_id: UUID, kind: str) -> bool:
    """Whether an endpoint of the company wants events of this kind."""
    return kind in _now().get(company_id, ())


def companies(kind: str) -> list[UUID]:
    """The companies that want events of this kind."""
    return [company_id for company_id, kinds in _now().items() if kind in kinds]


@contextmanager
def held() -> Iterator[None]:
    """What is known now is so within, for this thread: while PostgreSQL takes rows by COPY it answers no question."""
    _held.known = _now()
    try:
        yield
    finally:
        _held.known = None


def forget() -> None:
    """Look anew the next time; where an endpoint was changed by this process, and for tests."""
    global _read_at
    _read_at = float("-inf")


def _now() -> dict[UUID, frozenset[str]]:
    return _known if _is_fresh() else _anew()


def _is_fresh() -> bool:
    return time.monotonic() - _read_at <= FRESH_S


def _anew() -> dict[UUID, frozenset[str]]:
    global _known, _read_at
    if (known := getattr(_held, "known", None)) is not None:
        return known
    with _lock:
        if not _is_fresh():  # another thread read it meanwhile
            began_at = time.monotonic()
            _known, _read_at = _read(), began_at
    return _known


def _read() -> dict[UUID, frozenset[str]]:
    kinds: dict[UUID, set[str]] = defaultdict(set)
    rows = Endpoint.objects.filter(condition=Condition.ON, company__is_active=True).order_by()
    for company_id, events in rows.values_list("company_id", "events"):
        kinds[company_id].update(events)
    return {company_id: frozenset(wanted) for company_id, wanted in kinds.items()}
