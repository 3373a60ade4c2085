"""What is stored of a message, and why one is not taken."""

import re
from dataclasses import dataclass, field

from core.errors import InputError

_END_OF_HEADER = re.compile(rb"(?:\A|\r\n)\r\n")


class MessageRefused(InputError):
    """The message cannot be sent as it is; nothing was stored.

    `field` is the parameter or header at fault (lower case; "message" for the whole),
    `message` a sentence for the person who handed it over. Neither holds text of the body.
    """


@dataclass(frozen=True, slots=True)
class Frozen:
    """A message and its envelope, ready to go over the wire; every attempt sends these very bytes.

    To send to a part of the recipients only (after a partial refusal), use `dataclasses.replace` on
    `to`, `cc` and `bcc`; the message stays as it is.
    """

    mime: bytes = field(repr=False)  # CRLF line ends, no Bcc, always a From, Date and Message-ID
    envelope_from: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    message_id: str  # with angle brackets, as in the header
    subject: str = field(repr=False)  # decoded, on one line, for display

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address transmitted, once each."""
        return self.to + self.cc + self.bcc

    @property
    def size_bytes(self) -> int:
        return len(self.mime)

    @property
    def is_8bit(self) -> bool:
        """Whether the server must take bytes over 127 (8BITMIME, RFC 6152)."""
        return not self.mime.isascii()

    @property
    def needs_utf8_address(self) -> bool:
        """Whether an address itself is not ASCII, so that no server without SMTPUTF8 can be used."""
        return not all(address.isascii() for address in (self.envelope_from, *self.recipients))

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address or the header section holds UTF-8 (RFC 6531 section 3.4)."""
        if self.needs_utf8_address or not self.is_8bit:
            return self.needs_utf8_address
        end = _END_OF_HEADER.search(self.mime)
        header = self.mime[: end.start()] if end else self.mime
        return not header.isascii() and _is_utf8(header)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def kinds_without_doubles(
    to: list[str], cc: list[str], bcc: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The three kinds with each address once, kept where it is seen by most: To before Cc before Bcc."""
    seen: set[str] = set()
    kinds = []
    for kind in (to, cc, bcc):
        fresh = []
        for address in kind:
            if address.casefold() not in seen:
                seen.add(address.casefold())
                fresh.append(address)
        kinds.append(tuple(fresh))
    return kinds[0], kinds[1], kinds[2]
