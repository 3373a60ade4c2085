"""Formatted text for mail: a small part of HTML that every mail program shows, and its plain-text version.

HTML as the living standard reads it (html.spec.whatwg.org/multipage/parsing.html), through nh3.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3

MAX_BYTES = 100_000
DEEPEST_INDENT = 8
BLOCKS = frozenset({"p", "ul", "ol", "li", "h3", "table", "thead", "tbody", "tr", "th", "td"})
TAGS = BLOCKS | {"br", "strong", "b", "em", "i", "u", "a"}
_LINE_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_DECLARATION = re.compile(r"<[!?][^>]*>?")
_UNFINISHED_TAG = re.compile(r"<[A-Za-z/!?][^<>]*(?=<|\Z)")


def clean(text: str) -> str:
    """The text with nothing but the tags above and links in it, well-formed.

    A text without paragraphs of its own gets them: an empty line ends one, a line end is a line break.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    html = _clean(text)
    if not _Inventory.of(html).tags & BLOCKS:
        html = _clean(_with_paragraphs(html))
    return html.strip()


def removed(text: str) -> list[str]:
    """What `clean` takes out, each thing once and as it is written: `<script>`, `style=…`, a link's address."""
    return _Inventory.of(text).refused


def has_unfinished_tag(text: str) -> bool:
    """Whether a tag begins and does not end: what follows “a <b” would be lost with it."""
    return bool(_UNFINISHED_TAG.search(text))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=lambda _tag, _name, value: value if _may_be_linked(value) else None,
        url_schemes={"https", "mailto"},
        link_rel=None,
    )


def _with_paragraphs(text: str) -> str:
    paragraphs = (part.strip() for part in re.split(r"\n[ \t]*\n", text))
    return "\n".join(f"<p>{_LINE_BREAK.sub('<br>', part)}</p>" for part in paragraphs if part)


def _may_be_linked(address: str) -> bool:
    """A whole https:// or mailto: address; one that a program would have to guess at is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if re.search(r"[\s\x00-\x1f]", address):
        return False
    return bool(parts.netloc) if parts.scheme == "https" else parts.scheme == "mailto" and "@" in parts.path


class _Inventory(HTMLParser):
    """Which tags a text has, and what in it is not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.refused: list[str] = []

    @classmethod
    def of(cls, text: str) -> "_Inventory":
        reader = cls()
        for declaration in _DECLARATION.findall(text):
            reader._refuse("<!-- … -->" if declaration.startswith("<!--") else f"{declaration[:2]}…>")
        reader.feed(_DECLARATION.sub(" ", text))  # HTMLParser raises AssertionError for odd ones
        reader.close()
        return reader

    def _refuse(self, what: str) -> None:
        if what not in self.refused:
            self.refused.append(what)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in TAGS:
            self._refuse(f"<{tag[:40]}>")
            return
        for name, value in attributes:
            if (tag, name) != ("a", "href"):
                self._refuse(f"{name[:40]}=…")
            elif not _may_be_linked(value or ""):
                self._refuse(f"href={(value or '')[:80]}")


def plain(html: str) -> str:
    """The same text for programs that show no HTML: lists with “-” and numbers, a link's address after it."""
    reader = _PlainText()
    reader.feed(html)
    reader.close()
    return reader.text()


class _PlainText(HTMLParser):
    """Writes line by line. `lists` are the open ones: 0 for bullets, else the next number."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.line = ""
        self.lists: list[int] = []
        self.bullet = ""  # of the item that has no text yet
        self.cells = 0  # of the open table row
        self.is_in_cell = False
        self.href, self.label = "", ""

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")

    def handle_data(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        self.label += words
        if not self.line or self.line.endswith(" "):
            words = words.lstrip()
        if not words:
            return
        if not self.line:
            self.line, self.bullet = self.bullet or self._indent(len(self.lists)), ""
        self.line += words

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.href, self.label = dict(attributes).get("href") or "", ""
        elif tag in ("td", "th"):
            self._start_cell()
        elif self.is_in_cell:
            self.handle_data(" ")
        elif tag == "br":
            self.lines.append(self.line.rstrip())
            self.line = ""
        elif tag in ("ul", "ol"):
            self._end_block()
            self.lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._start_item()
        elif tag in BLOCKS:
            self._end_line() if tag in ("tr", "thead", "tbody") else self._end_block()
            self.cells = 0

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag in ("td", "th"):
            self.is_in_cell = False
        elif self.is_in_cell:
            self.handle_data(" ")
        elif tag in ("ul", "ol") and self.lists:
            self._end_line()
            self.lists.pop()
            self._end_block()
        elif tag in ("li", "tr", "thead", "tbody"):
            self._end_line()
        elif tag in BLOCKS:
            self._end_block()

    @staticmethod
    def _indent(depth: int) -> str:
        return "  " * min(depth, DEEPEST_INDENT)

    def _start_cell(self) -> None:
        if self.cells:
            self.line = f"{self.line.rstrip()} | "
        self.cells, self.is_in_cell = self.cells + 1, True

    def _start_item(self) -> None:
        self._end_line()
        number = self.lists[-1] if self.lists else 0
        self.bullet = self._indent(len(self.lists) - 1) + (f"{number}. " if number else "- ")
        if number:
            self.lists[-1] += 1

    def _end_link(self) -> None:
        address = self.href.removeprefix("mailto:")
        if address and address not in self.label:
            self.handle_data(f" ({address})")
        self.href = ""

    def _end_line(self) -> None:
        if self.line.strip():
            self.lines.append(self.line.rstrip())
        self.line = ""

    def _end_block(self) -> None:
        """Outside of lists an empty line follows a block."""
        self._end_line()
        if not self.lists and self.lines and self.lines[-1]:
            self.lines.append("")
