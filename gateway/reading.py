"""Reading what a client sends: the paths of MAIL and RCPT, the message (RFC 5321 sections 4.1.1, 4.5.2)."""

import asyncio
import re
from collections.abc import Callable

from gateway import replies

_PATH = re.compile(r"<([^<>]*)>(?:\s+(.*))?|([^\s<>]+)(?:\s+(.*))?")
_ROUTE = re.compile(r"@[^:]*:")  # of former times, and to be ignored: RFC 5321 appendix F.2
_LINE_END, _DOT = b"\r\n", b".\r\n"
_FAR_TOO_MUCH = 2  # times the limit: who sends that much is not listened to any longer


class Refused(Exception):
    """The client is told `reply`; the session goes on."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply.partition(" ")[0])
        self.reply = reply


class FarTooMuch(Exception):
    """The client does not stop sending."""


def path(argument: str, keyword: str) -> tuple[str, dict[str, str]]:
    """(address, parameters in capitals) of `FROM:<a@b> SIZE=1`; the angle brackets may be missing.

    Raises Refused when there is no path at all.
    """
    rest = argument[len(keyword) :].strip() if argument.upper().startswith(keyword) else ""
    found = _PATH.fullmatch(rest)
    if not found:
        raise Refused(replies.BAD_ARGUMENTS)
    address = found[1] if found[1] is not None else found[3]
    words = [word.partition("=") for word in (found[2] or found[4] or "").split()]
    return _ROUTE.sub("", address, count=1) if address.startswith("@") else address, {
        name.upper(): value for name, _equals, value in words
    }


async def read_message(reader: asyncio.StreamReader, most_bytes: int, hold: Callable[[int], bool]) -> bytes:
    r"""All up to the final dot, which stands alone between two CRLF: `\n.\n` is text, as servers differ about it.

    `hold` is told of each further piece that is kept, and says whether there is room for it. Raises Refused when
    the message cannot be taken, after reading it to its end, and FarTooMuch when it has none.
    """
    # The end of the line with DATA, so that a message of no lines ends as the others do. Far faster than lines.
    reader._buffer[:0] = _LINE_END
    pieces: list[bytes] = []
    size_bytes, refusal, is_over = 0, "", False
    while not is_over:
        try:
            piece = await reader.readuntil(_LINE_END + _DOT)
            is_over = True
        except asyncio.LimitOverrunError as error:
            piece = await reader.readexactly(error.consumed)
        size_bytes += len(piece)
        if size_bytes > _FAR_TOO_MUCH * most_bytes:
            raise FarTooMuch
        if size_bytes > most_bytes + len(_LINE_END + _DOT):
            refusal = replies.TOO_LARGE
        if not refusal and not hold(len(piece)):
            refusal = replies.NO_MEMORY
        if refusal:
            pieces.clear()
        else:
            pieces.append(piece)
    if refusal:
        raise Refused(refusal)
    lines = b"".join(pieces)[: -len(_DOT)]
    return lines.replace(_LINE_END + b".", _LINE_END)[len(_LINE_END) :]
