"""The parts of a message by their places in its bytes, so that one can be taken out and the rest stays as it came.

https://www.rfc-editor.org/rfc/rfc2046#section-5.1
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from sender.mime.header import decoded

_MAX_DEPTH = 30
_EMPTY_TEXT = b"\r\nContent-Type: text/plain\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Part:
    """`start` is where its delimiter begins (0 for the whole message), `body` where its content does."""

    start: int
    body: int
    end: int
    header: Message = field(repr=False)
    children: tuple["Part", ...] = ()

    @property
    def content_type(self) -> str:
        return self.header.get_content_type()

    @property
    def is_attached(self) -> bool:
        """Whether it says that it is a file; a text without name belongs to the message itself."""
        return self.header.get_content_disposition() == "attachment" or bool(self.header.get_filename())

    @property
    def file_name(self) -> str:
        return decoded((self.header.get_filename() or "").encode("utf-8", "surrogateescape"))

    @property
    def content_id(self) -> str:
        return str(self.header.get("Content-ID", "")).strip().removeprefix("<").removesuffix(">")

    def content(self, mime: bytes) -> bytes:
        """Without the transfer encoding; what is not proper base64 is read as far as it goes."""
        leaf = Message()
        leaf["Content-Transfer-Encoding"] = str(self.header.get("Content-Transfer-Encoding", "7bit"))
        leaf.set_payload(mime[self.body : self.end].decode("ascii", "surrogateescape"))
        return leaf.get_payload(decode=True)

    def walk(self) -> Iterator["Part"]:
        yield self
        for child in self.children:
            yield from child.walk()


def read_parts(mime: bytes) -> Part:
    """The tree of a message with CRLF line ends."""
    return _part(mime, 0, 0, len(mime), 0)


def without_parts(mime: bytes, gone: list[Part]) -> bytes:
    """The message without these; where none would be left between the delimiters, an empty text stands in."""
    starts = {part.start for part in gone}
    emptied = {
        part.children[0].start
        for part in read_parts(mime).walk()
        if part.children and starts.issuperset(child.start for child in part.children)
    }
    kept, position = [], 0
    for part in sorted(gone, key=lambda each: each.start):
        kept.append(mime[position : part.start])
        if part.start in emptied:
            delimiter_end = mime.index(b"\r\n", part.start + 2)
            kept.append(mime[part.start : delimiter_end] + _EMPTY_TEXT)
        position = part.end
    return b"".join([*kept, mime[position:]])


def _part(mime: bytes, start: int, header_start: int, end: int, depth: int) -> Part:
    body = _body_start(mime, header_start, end)
    header = message_from_bytes(mime[header_start:body])
    boundary = header.get_boundary() if header.get_content_maintype() == "multipart" else None
    children = ()
    if boundary and depth < _MAX_DEPTH:
        edges = _edges(mime, body, end, boundary)
        children = tuple(_part(mime, *edge, depth + 1) for edge in edges)
    return Part(start, body, end, header, children)


def _body_start(mime: bytes, start: int, end: int) -> int:
    if mime.startswith(b"\r\n", start):
        return min(start + 2, end)
    blank = mime.find(b"\r\n\r\n", start, end)
    return blank + 4 if blank >= 0 else end


def _edges(mime: bytes, body: int, end: int, boundary: str) -> Iterator[tuple[int, int, int]]:
    """(delimiter, header, end) of each part."""
    name = re.escape(boundary.encode("utf-8", "surrogateescape"))
    delimiter = re.compile(rb"\r\n--" + name + rb"(--)?[ \t]*(?=\r\n|\Z)")
    before = None
    for found in delimiter.finditer(mime, max(0, body - 2), end):
        if before is not None:
            yield before.start(), min(before.end() + 2, found.start()), found.start()
        before = found
        if found[1]:
            return
    if before is not None:
        yield before.start(), min(before.end() + 2, end), end
