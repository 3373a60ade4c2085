"""The header section of a message, read and written as bytes, so that the rest stays as it came."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header

from django.utils.translation import gettext_lazy as _

from sender.mime.frozen import MessageRefused

# Spaces before the colon are obsolete syntax (RFC 5322 section 4.5) that mail servers still take.
_FIELD_START = re.compile(rb"([!-9;-~]+)[ \t]*:")
_MAX_HEADER_BYTES = 1_048_576
_NOT_A_HEADER_LINE = _(
    "Line %(number)s of the message is not a header line. "
    "Every line above the first empty line must begin with a name and a colon."
)
_FOLD_AT = 76
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
_MAX_WORD = 600
_SHOWN_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Field:
    name: str  # lower case
    start: int  # of the line, in the message
    end: int  # after the line end of its last continuation line
    value: bytes  # after the colon, unfolded, without spaces around

    @property
    def text(self) -> str:
        """The value as text; bytes that are not UTF-8 come out as surrogates, which no address may hold."""
        return self.value.decode("utf-8", "surrogateescape")


def read_header(mime: bytes) -> list[Field]:
    """The fields of a message with CRLF line ends, in order.

    Raises MessageRefused when a line is not part of any field: servers would begin the body there.
    """
    section = section_of(mime)
    fields: list[Field] = []
    position = 0
    for number, line in enumerate(section.split(b"\r\n"), start=1):
        end = min(position + len(line) + 2, len(section))
        if line[:1] in (b" ", b"\t") and fields:
            last = fields[-1]
            fields[-1] = Field(last.name, last.start, end, b"")
        elif match := _FIELD_START.match(line):
            fields.append(Field(match.group(1).decode("ascii").lower(), position, end, b""))
        elif line:
            raise MessageRefused(_NOT_A_HEADER_LINE % {"number": number}, "message")
        position = end
    return [_with_value(field, mime) for field in fields]


def section_of(mime: bytes) -> bytes:
    """All up to the empty line that ends the header section, or to the end of a message without body."""
    if mime.startswith(b"\r\n"):
        return b""
    end = mime.find(b"\r\n\r\n")
    section = mime[: end + 2] if end >= 0 else mime
    if len(section) > _MAX_HEADER_BYTES:
        raise MessageRefused(str(_("The message's header lines are larger than 1 MB.")), "message")
    return section


def _with_value(field: Field, mime: bytes) -> Field:
    value = mime[field.start : field.end].partition(b":")[2].replace(b"\r\n", b"").strip(b" \t")
    return Field(field.name, field.start, field.end, value)


def without(mime: bytes, fields: Iterable[Field]) -> bytes:
    """The message without these fields, every other byte as it was."""
    kept, position = [], 0
    for field in sorted(fields, key=lambda item: item.start):
        kept.append(mime[position : field.start])
        position = field.end
    return b"".join([*kept, mime[position:]])


def decoded(value: bytes) -> str:
    """A header value for display: encoded words decoded, on one line, never an error."""
    text = value.decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
    with suppress(HeaderParseError, LookupError, ValueError):  # garbled encoded words are shown as they are
        text = str(make_header(decode_header(text)))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clean(text: str, kind: str) -> str:
    """Text for a header line, refused if it could become a line of its own or decode into something else."""
    if not text.isprintable() and any(unicodedata.category(each) in _UNPRINTABLE for each in text):
        sentence = _("This text contains a line break or another control character. Write it on one line.")
        raise MessageRefused(str(sentence), kind)
    _before, mark, after = text.partition("=?")
    if mark and "?=" in after:
        raise MessageRefused(str(_("This text contains “=?…?=”. Write the characters themselves.")), kind)
    return text


def text_field(name: str, text: str) -> bytes:
    """A field of free text, folded; as encoded words (RFC 2047) if it is not ASCII or has no spaces."""
    words = re.findall(r" *[^ ]+", text)
    if not text.isascii() or any(len(word) > _MAX_WORD for word in words):
        value = Header(text, "utf-8", maxlinelen=_FOLD_AT, header_name=name).encode(linesep="\r\n")
        return f"{name}: {value}\r\n".encode("ascii")
    lines = [f"{name}:"]
    for word in words:
        piece = word if word.startswith(" ") else f" {word}"
        if len(lines[-1]) + len(piece) > _FOLD_AT and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += piece
    return "\r\n".join([*lines, ""]).encode("ascii")


def list_field(name: str, members: Iterable[str]) -> bytes:
    """A field of addresses, one to a line; UTF-8 where an address or a name is (RFC 6532)."""
    folded = ",\r\n ".join(members)
    return f"{name}: {folded}\r\n".encode("utf-8", "surrogateescape")


def named_mailbox(name: str, address: str) -> str:
    """`name <address>` with the name quoted (ASCII) or as encoded words, never to be read as an address."""
    if not name:
        return address
    if name.isascii() and len(name) <= _MAX_WORD:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    words = Header(name, "utf-8", maxlinelen=_FOLD_AT).encode(linesep="\r\n")
    return f"{words} <{address}>"
