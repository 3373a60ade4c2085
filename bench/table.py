"""The rows of the bench and how they are written down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.lab import Lab


@dataclass(frozen=True)
class Line:
    """One measured comparison. `met` None: told, not demanded."""

    work: str
    measured: str
    beside: str = ""
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "**not met**", None: ""}[self.met]


Rows = dict[str, Callable[[Lab], Iterator[Line]]]
ROWS: Rows = {}


def row(name: str) -> Callable:
    """Registers a function that measures and yields lines."""

    def register(measure: Callable[[Lab], Iterator[Line]]) -> Callable[[Lab], Iterator[Line]]:
        ROWS[name] = measure
        return measure

    return register


def at_least(ratio: float, wanted: float) -> dict[str, object]:
    """`target` and `met` of a Line whose ratio must be at least this; it is judged as it is shown."""
    return {"target": f"≥ {wanted:g}", "met": round(ratio, 2) >= wanted}


def at_most(ratio: float, wanted: float) -> dict[str, object]:
    return {"target": f"≤ {wanted:g}", "met": round(ratio, 2) <= wanted}


HEAD = "| work | measured | beside it | target | |\n| --- | --- | --- | --- | --- |"


def as_markdown(line: Line) -> str:
    return f"| {line.work} | {line.measured} | {line.beside} | {line.target} | {line.verdict} |"
