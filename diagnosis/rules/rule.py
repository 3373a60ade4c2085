"""The shape of one rule, and the search through a table of them."""

from collections.abc import Iterable
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


Needle = tuple[str, Rule, tuple[tuple[str, ...], ...]]


def compile_rules(rules: Iterable[Rule]) -> tuple[Needle, ...]:
    """The rules as a flat list of pieces to look for, in the same order."""
    return tuple(
        (piece, rule, tuple(tuple(one.split("|")) for one in rule.also))
        for rule in rules
        for piece in rule.pieces.split("|")
    )


def first_match(line: str, needles: tuple[Needle, ...]) -> Rule | None:
    """The first rule that fits, or None."""
    for piece, rule, also in needles:
        if (
            piece in line
            and all(any(part in line for part in parts) for parts in also)
            and not any(part in line for part in rule.but_not)
        ):
            return rule
    return None
