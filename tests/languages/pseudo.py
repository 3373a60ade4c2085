"""A language in which everything that is translated stands in brackets; what stands outside them is not translated."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from html.parser import HTMLParser

from django.utils.translation import trans_real

TAG = "en-x-pseudo"
OPEN, CLOSE = "⟦", "⟧"
_SILENT = {"script", "style", "code", "pre", "kbd", "samp"}
_SHOWN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-copied", "data-busy", "data-label")
_EMPTY = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}


class Pseudo(NullTranslations):
    def to_language(self):
        return TAG

    def gettext(self, message):
        words = message.rpartition("\4")[2]  # Django puts a context before it
        return f"{OPEN}{words}{CLOSE}" if words else words

    def ngettext(self, one, many, number):
        return self.gettext(one if number == 1 else many)


@contextmanager
def spoken() -> Iterator[None]:
    trans_real._translations[TAG] = Pseudo()
    try:
        yield
    finally:
        del trans_real._translations[TAG]


class Page(HTMLParser):
    """`unmarked`: the visible pieces of text outside brackets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.unmarked: list[str] = []
        self._open: list[str] = []
        self._depth = 0
        self._text = ""
        self.feed(html)
        self._flush()

    def handle_starttag(self, tag, attributes):
        if tag == "wbr":  # an address may be broken there
            return
        self._flush()
        given = dict(attributes)
        self.unmarked += [found for name in _SHOWN_ATTRIBUTES for found in outside(given.get(name) or "")]
        if tag not in _EMPTY:
            is_own_name = tag in ("button", "option") and (
                "lang" in given or given.get("value") in _LANGUAGES
            )
            self._open.append("code" if is_own_name or given.get("translate") == "no" else tag)

    def handle_endtag(self, tag):
        self._flush()
        if self._open and tag not in _EMPTY:
            self._open.pop()

    def handle_data(self, data):
        self._text += data

    def _flush(self) -> None:
        text, self._text = self._text, ""
        if _SILENT.isdisjoint(self._open):
            self.unmarked += outside(text, self._depth)
        self._depth += text.count(OPEN) - text.count(CLOSE)


_LANGUAGES = {"en", "lv", "de", "sv", "nb"}


def outside(text: str, depth: int = 0) -> list[str]:
    """The pieces outside brackets, of a text that begins within `depth` of them."""
    pieces, piece = [], ""
    for letter in text:
        if letter == OPEN:
            depth += 1
        elif letter == CLOSE:
            depth -= 1
        elif depth <= 0:
            piece += letter
            continue
        pieces.append(piece)
        piece = ""
    return [each.strip() for each in [*pieces, piece] if re.search(r"[^\W\d_]{2}", each)]
