"""Encrypting every stored value anew under the newest key: in batches, resumable, beside a running portal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.apps import apps

from core import crypto
from core.sealed import SealedRow

BATCH_ROWS = 200


@dataclass
class Progress:
    """Of one table: rows encrypted anew, rows that cannot be read (their ids), rows still under an older key."""

    table: str
    rotated: int = 0
    unreadable: list[str] = field(default_factory=list)
    left: int = 0


Report = Callable[[Progress], None]
Rotator = Callable[[str, Report], Progress]

_others: list[Rotator] = []


def also(rotator: Rotator) -> None:
    """For a table whose rows are no SealedRow. It is given the newest key's id, and does what `_rotate_table` does."""
    _others.append(rotator)


def rotate(report: Report) -> list[Progress]:
    """Encrypt all rows anew that are not under the newest key; `report` is called after each batch.

    A row that changed meanwhile is left alone: whoever changed it has encrypted it anew. Stopped at any moment,
    the next run goes on with what is left. Raises ConfigurationError when there is no key.
    """
    newest = crypto.newest_key_id()
    tables = [_rotate_table(model, newest, report) for model in sealed_models()]
    return tables + [rotator(newest, report) for rotator in _others]


def sealed_models() -> list[type[SealedRow]]:
    return [model for model in apps.get_models() if issubclass(model, SealedRow)]


def _rotate_table(model: type[SealedRow], newest: str, report: Report) -> Progress:
    progress = Progress(model._meta.db_table)
    for batch in _batches(model, newest):
        for row in batch:
            _rotate_row(row, progress)
        report(progress)
    progress.left = model.objects.exclude(key_id=newest).count()
    return progress


def _batches(model: type[SealedRow], newest: str) -> Iterator[list[SealedRow]]:
    """Rows under older keys in the order of their ids, a batch at a time."""
    rows = model.objects.exclude(key_id=newest).only("pk", "key_id", "ciphertext").order_by("pk")
    batch = list(rows[:BATCH_ROWS])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH_ROWS])


def _rotate_row(row: SealedRow, progress: Progress) -> None:
    before = {"key_id": row.key_id, "ciphertext": row.ciphertext}
    try:
        row.seal(row.unseal())
    except crypto.DecryptionFailed:
        progress.unreadable.append(str(row.pk))
        return
    same_as_read = type(row).objects.filter(pk=row.pk, **before)
    progress.rotated += same_as_read.update(key_id=row.key_id, ciphertext=row.ciphertext)
