"""What may have changed in a finished message when it arrives: a reading of its own, apart from the product's.

Changed may be: bare line ends, an mbox line, Bcc, a missing From, Date or Message-ID; at Graph also the lines
that name recipients, where the message goes to others. Everything else has to arrive byte by byte.
"""

import re

_LINE_END = re.compile(rb"\r+\n|\r|\n")
_MBOX_LINE = re.compile(rb"\AFrom (?! *:).*\r\n")
_NEW_FIELD = re.compile(rb"(?<=\r\n)(?![ \t])")
_BLIND = {b"bcc", b"resent-bcc"}
_NEEDED = {b"from", b"date", b"message-id"}
_SHOWN = {b"to", b"cc", b"resent-to", b"resent-cc"}


def difference(raw: bytes, arrived: bytes, *, replaces_recipients: bool = False) -> str:
    """What else than that differs; "" when nothing does."""
    fields, body = _parts(_MBOX_LINE.sub(b"", _LINE_END.sub(b"\r\n", raw)))
    gone = _BLIND | (_SHOWN if replaces_recipients else set())
    kept = b"".join(field for field in fields if _name(field) not in gone) + body
    if not arrived.endswith(kept):
        return f"the message is not the same: {arrived!r:.300}"
    added = [_name(field) for field in _parts(arrived[: -len(kept)])[0]]
    missing = _NEEDED - {_name(field) for field in fields}
    return "" if set(added) - _SHOWN == missing else f"on top stand {added}, needed were {missing}"


def ended(raw: bytes) -> bytes:
    """SMTP ends the last line; a message cannot arrive without."""
    return raw if raw.endswith((b"\r", b"\n")) else raw + b"\r\n"


def _parts(message: bytes) -> tuple[list[bytes], bytes]:
    head, empty_line, body = message.partition(b"\r\n\r\n")
    head = head + b"\r\n" if empty_line else head
    return [field for field in _NEW_FIELD.split(head) if field], empty_line[2:] + body


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()
