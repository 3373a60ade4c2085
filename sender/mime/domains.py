"""Domains in a finished message's addresses: in the form that every server takes (IDNA, RFC 5891)."""

import re
from dataclasses import replace

import idna

from sender.mime.frozen import Frozen
from sender.mime.header import read_header

_ADDRESS_FIELDS = ("from", "sender", "reply-to", "to", "cc")
# A quoted name is passed over whole; after an at sign, a domain with at least one byte over 127.
_DOMAIN = re.compile(
    rb'"(?:[^"\\]++|\\.)*+"|@([^\s"<>\[\]()\\,:;@]*[\x80-\xff][^\s"<>\[\]()\\,:;@]*)', re.DOTALL
)


def with_ascii_domains(frozen: Frozen) -> Frozen:
    """The message for a server without SMTPUTF8: such domains in its address fields rewritten.

    Local parts stay as they are, and so does every byte of a message that has no such domain.
    """
    if not frozen.is_8bit:
        return frozen
    kept, position = [], 0
    for field in read_header(frozen.mime):
        if field.name.removeprefix("resent-") in _ADDRESS_FIELDS and not field.value.isascii():
            lines = _DOMAIN.sub(_rewritten, frozen.mime[field.start : field.end])
            kept += [frozen.mime[position : field.start], lines]
            position = field.end
    return replace(frozen, mime=b"".join([*kept, frozen.mime[position:]])) if kept else frozen


def _rewritten(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return found[0]
    try:
        return b"@" + idna.encode(found[1].decode("utf-8"), uts46=True)
    except UnicodeError:  # also idna's own errors; what cannot be an address is for the server to refuse
        return found[0]
