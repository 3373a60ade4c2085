"""Bars per day as SVG, drawn here: no script, and no style in it, which the browser would refuse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import log10

LEAST_HIGH = 2.0  # of a part that is not nothing: one failure among hundreds must be seen


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle; `tone` is a class of the style sheet."""

    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line across, at a round number."""

    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A day under the bars; `anchor` is where its text begins, for SVG's text-anchor."""

    x: float
    day: date
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    width: int
    height: int
    left: int
    floor: int  # y of nothing
    parts: list[Part]
    lines: list[Line]
    marks: list[Mark]
    name: str  # class that says on which widths it is shown


Bar = tuple[date, Sequence[tuple[str, int]]]  # day; tone and number of each part, from the bottom

WIDE = {"name": "chart-wide", "width": 720, "height": 200, "marks": 7}
NARROW = {"name": "chart-narrow", "width": 340, "height": 190, "marks": 15}
TOP, BOTTOM, LEFT = 8, 24, 36


def charts(bars: Sequence[Bar]) -> list[Chart]:
    """The same bars for wide windows and for phones, where a scaled-down text could not be read."""
    return [_chart(bars, **shape) for shape in (WIDE, NARROW)]


def _chart(bars: Sequence[Bar], name: str, width: int, height: int, marks: int) -> Chart:
    floor, top = height - BOTTOM, _round_up(max(sum(n for _tone, n in parts) for _day, parts in bars))
    step = (width - LEFT) / len(bars)
    scale = (floor - TOP) / top
    parts = [
        part
        for place, (_day, numbers) in enumerate(bars)
        for part in _stacked(numbers, LEFT + place * step + step * 0.12, step * 0.76, floor, scale)
    ]
    lines = [Line(round(floor - number * scale, 1), number) for number in _ticks(top)]
    days = [_mark(place, bars[place][0], len(bars), step) for place in range(0, len(bars), marks)]
    return Chart(width, height, LEFT, floor, parts, lines, days, name)


def _stacked(
    numbers: Sequence[tuple[str, int]], x: float, width: float, floor: float, scale: float
) -> Iterator[Part]:
    for tone, number in numbers:
        if number:
            height = max(number * scale, LEAST_HIGH)
            floor -= height
            yield Part(tone, round(x, 1), round(max(floor, 0), 1), round(width, 1), round(height, 1))


def _mark(place: int, day: date, number: int, step: float) -> Mark:
    if place == 0:
        return Mark(LEFT, day, "start")
    is_last = place + 1 == number
    return Mark(
        round(LEFT + (place + (1 if is_last else 0.5)) * step, 1), day, "end" if is_last else "middle"
    )


def _round_up(most: int) -> int:
    """The next of 4, 8, 20, 40, 80, 200 …: four even steps below it are whole numbers."""
    if most <= 4:
        return 4
    unit = 10 ** int(log10(most / 4))
    return next(4 * unit * factor for factor in (1, 2, 5, 10, 20) if 4 * unit * factor >= most)


def _ticks(top: int) -> list[int]:
    return [top * part // 4 for part in range(5)]
