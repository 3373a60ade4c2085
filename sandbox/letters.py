"""Messages as bytes: reading and cutting header fields without touching any other byte (RFC 5322 section 2.2)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses

_HEADER_END = re.compile(rb"(\r?\n)\r?\n")
_FIELD_START = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@<>,;:\"()\[\]]+|\"[^\"\r\n]+\"@[^\s@<>,;:\"()]+")


@dataclass(frozen=True)
class Field:
    """One header field: `name` in lower case, `raw` its lines as they came, line ends included."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        text = self.raw.split(b":", 1)[-1].decode("utf-8", "replace")
        return re.sub(r"\r?\n(?=[ \t])", "", text).strip()


def split(raw: bytes) -> tuple[list[Field], bytes]:
    """Header fields and the rest, so that joining all of it again gives `raw`."""
    if raw.startswith((b"\r\n", b"\n")):
        return [], raw  # no header at all
    end = _HEADER_END.search(raw)
    cut = end.end(1) if end else len(raw)
    head, rest = raw[:cut], raw[cut:]
    starts = [(match.start(), match[1].decode().lower()) for match in _FIELD_START.finditer(head)]
    edges = [start for start, _ in starts[1:]] + [len(head)] * bool(starts)
    fields = [Field(name, head[start:stop]) for (start, name), stop in zip(starts, edges, strict=True)]
    lead = head[: starts[0][0]] if starts else head
    return ([Field("", lead)] if lead else []) + fields, rest


def without(raw: bytes, names: Iterable[str]) -> bytes:
    """The same message with these header fields (lower-case names) cut out."""
    fields, rest = split(raw)
    unwanted = set(names)
    return b"".join(field.raw for field in fields if field.name not in unwanted) + rest


def values(raw: bytes, *names: str) -> list[str]:
    return [field.value for field in split(raw)[0] if field.name in names]


def addresses(raw: bytes, *names: str) -> list[str]:
    """Bare addresses of the named fields; malformed ones come out as they are, for the caller to refuse."""
    return [address for _, address in getaddresses(values(raw, *names)) if address]


def decoded(text: str) -> str:
    """A header value with its encoded words read (RFC 2047); as it came where they cannot be."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError):
        return text


def is_address(text: str) -> bool:
    return ADDRESS.fullmatch(text) is not None
