"""Sentences that are stored: kept as their English with its facts, and said in the language of whoever reads them.

Code words what it has to say with gettext. Where the result goes into a row, it runs within `kept()`: gettext then
gives the English sentence between two marks, with room for each fact that is to be filled in. Filling in, joining
and nesting such sentences works as with any text. `said()` puts each of them into the language of now.

The marks are characters of Unicode's private use area, which stand in no real text and which every database keeps.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from gettext import NullTranslations

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext, npgettext, pgettext, trans_real

BEGIN, END = "\ue010", "\ue011"
_FACT, _PLURAL, _CONTEXT = "\ue012", "\ue013", "\ue014"
_DJANGOS_CONTEXT = trans_real.CONTEXT_SEPARATOR
_MARKS = re.compile(f"[{BEGIN}{END}{_FACT}{_PLURAL}{_CONTEXT}]")
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_FILL = re.compile(r"%\((\w+)\)[sd]|%%")
_NAME = "en-x-kept"  # of the language that keeps; nobody can choose it
_NUMBER, _DAY, _DECIMAL = "#", "@", "~"
_MOST_DIGITS = 20  # Python refuses to read thousands of them


class _Keeping(NullTranslations):
    """A language, to Django, into which every sentence is translated as itself between marks."""

    def to_language(self) -> str:
        return _NAME  # by which translation.override comes back to it

    def gettext(self, message: str) -> str:
        if not message:
            return message
        message = message.replace(_DJANGOS_CONTEXT, _CONTEXT)
        places = dict.fromkeys(_PLACE.findall(message))
        text = message.replace("%", "%%") if places else message
        return _marked(text, {name: f"%({name})s" for name in places})

    def ngettext(self, one: str, many: str, number: int) -> str:
        places = dict.fromkeys(_PLACE.findall(one + many))
        text = f"{one}{_PLURAL}{many}".replace(_DJANGOS_CONTEXT, _CONTEXT)
        text = text.replace("%", "%%") if places else text
        return _marked(text, {_NUMBER: str(number), **{name: f"%({name})s" for name in places}})


def _marked(text: str, facts: dict[str, str]) -> str:
    return BEGIN + text + "".join(f"{_FACT}{name}={value}" for name, value in facts.items()) + END


@contextmanager
def kept() -> Iterator[None]:
    """What is worded within can be stored, and said later in any language."""
    trans_real._translations.setdefault(_NAME, _Keeping())  # where Django looks for languages it has read
    with translation.override(_NAME):
        yield


def is_keeping() -> bool:
    return isinstance(getattr(trans_real._active, "value", None), _Keeping)


def day(on: date) -> str:
    """The day in words, such as 3 November 2026; also within a sentence that is kept."""
    return _marked(_DAY, {"on": on.isoformat()}) if is_keeping() else date_format(on, "DATE_FORMAT")


def decimal(number: float) -> str:
    """With one digit after the point, or the comma of the language; also within a sentence that is kept."""
    if is_keeping():
        return _marked(_DECIMAL, {"of": f"{number:.1f}"})
    return number_format(Decimal(f"{number:.1f}"), decimal_pos=1)


def said(text: str) -> str:
    """The text with every kept sentence in it in the language of now; other text stays as it is."""
    if BEGIN not in text or is_keeping():
        return text
    pieces: list[list[str]] = [[]]
    for piece in re.split(f"([{BEGIN}{END}])", text):
        if piece == BEGIN:
            pieces.append([])
        elif piece != END:
            pieces[-1].append(piece)
        elif len(pieces) > 1:
            _close(pieces)
    while len(pieces) > 1:  # it was cut off
        _close(pieces)
    return "".join(pieces[0])


def _close(pieces: list[list[str]]) -> None:
    worded = _worded("".join(pieces.pop()))
    pieces[-1].append(worded)


def _worded(inner: str) -> str:
    text, *given = inner.split(_FACT)
    facts = dict(each.split("=", 1) for each in given if "=" in each)
    if text == _DAY:
        return _day(facts.get("on", ""))
    if text == _DECIMAL:
        return _decimal(facts.get("of", ""))
    number = facts.pop(_NUMBER, "")
    is_number = number.isdecimal() and len(number) < _MOST_DIGITS
    text = _MARKS.sub("", _in_the_language_of_now(text, int(number) if is_number else None))
    return _FILL.sub(lambda found: facts.get(found[1], "") if found[1] else "%", text) if facts else text


def _in_the_language_of_now(text: str, number: int | None) -> str:
    one, _mark, many = text.partition(_PLURAL)
    context, is_told_apart, words = one.rpartition(_CONTEXT)
    many = many.rpartition(_CONTEXT)[2]
    if many and number is not None:
        return npgettext(context, words, many, number) if is_told_apart else ngettext(words, many, number)
    return pgettext(context, words) if is_told_apart else gettext(words)


def _day(on: str) -> str:
    try:
        return day(date.fromisoformat(on))
    except ValueError:
        return on


def _decimal(number: str) -> str:
    try:
        return number_format(Decimal(number), decimal_pos=1)
    except InvalidOperation:
        return number
