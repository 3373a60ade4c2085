"""The shape of one rule."""

from dataclasses import dataclass

from diagnosis.causes.shape import Retry


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a text that shows this cause. Pieces are parts of the line that `reading.read()` makes.

    `pieces`: one of these (separated by "|") is in the line. `also`: each of these, too (again with "|").
    `but_not`: none of these. `or_else`: the causes it may be as well, likeliest first.
    `retry`: where the text decides other than the cause usually does.
    """

    cause: str
    pieces: str
    also: tuple[str, ...] = ()
    but_not: tuple[str, ...] = ()
    or_else: tuple[str, ...] = ()
    retry: Retry | None = None
