"""The search for the first rule that fits a line.

Thousands of pieces are too many to look for one by one. So each is filed under four of its letters, those that
the fewest pieces have, and only the pieces whose four letters are in the line are looked for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain

from diagnosis.rules.rule import Rule

_KEY_CHARS = 4

Table = tuple[str, tuple[Rule, ...]]


class Search:
    """The rules of some tables in their order; a table is for lines with one of its marks (separated by "|")."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._needles = [
            (piece, rule, tuple(tuple(one.split("|")) for one in (mark, *rule.also)))
            for mark, rules in tables
            for rule in rules
            for piece in rule.pieces.split("|")
        ]
        often = Counter(key for piece, _, _ in self._needles for key in _keys(piece))
        self._short: list[int] = []  # the places of pieces that have no four letters
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, (piece, _, _) in enumerate(self._needles):
            key = min(_keys(piece), key=often.__getitem__, default=None)
            (self._short if key is None else self._places[key]).append(place)
        self._filed = frozenset(self._places)

    def first_match(self, line: str) -> Rule | None:
        """The first rule that fits, or None."""
        found = self._filed.intersection(_keys(line))
        for place in sorted(chain(self._short, *(self._places[key] for key in found))):
            piece, rule, also = self._needles[place]
            if (
                piece in line
                and all(any(part in line for part in parts) for parts in also)
                and not any(part in line for part in rule.but_not)
            ):
                return rule
        return None


def _keys(text: str) -> list[str]:
    return [text[start : start + _KEY_CHARS] for start in range(len(text) - _KEY_CHARS + 1)]
