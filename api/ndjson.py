"""Lines of JSON (https://github.com/ndjson/ndjson-spec) as they come in: no body is held as a whole."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MEDIA_TYPE = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class TextLine:
    """`number` counts from 1, empty lines too. `text` None: it was too long, and thrown away as it came.

    `is_open`: the body ended within it, so that it may be a part of a line only.
    """

    number: int
    text: bytes | None = field(repr=False)
    is_open: bool = False


def lines(pieces: Iterable[bytes], most_bytes: int) -> Iterator[TextLine]:
    """The lines that are not empty, each of at most `most_bytes`. What `pieces` raises ends them.

    A byte order mark before the first one, as Windows writes it, belongs to none (RFC 8259 section 8.1).
    """
    number, kept, is_long = 1, bytearray(), False
    for piece in pieces:
        first, *further = piece.split(b"\n")
        kept += first
        for following in further:
            yield from _line(number, kept, is_long or len(kept) > most_bytes)
            number, kept, is_long = number + 1, bytearray(following), False
        if len(kept) > most_bytes:
            kept, is_long = bytearray(), True
    yield from _line(number, kept, is_long or len(kept) > most_bytes, is_open=True)


def _line(number: int, kept: bytearray, is_long: bool, *, is_open: bool = False) -> Iterator[TextLine]:
    text = bytes(kept).removeprefix(codecs.BOM_UTF8 if number == 1 else b"").strip()
    if is_long:
        yield TextLine(number, None, is_open)
    elif text:
        yield TextLine(number, text, is_open)
