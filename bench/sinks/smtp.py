"""An SMTP server over TLS that takes every message: EHLO, AUTH PLAIN and XOAUTH2, pipelining, a slow network.

`python -m bench.sinks.smtp --certificate FILE --round-trip-ms 20 --connections 3`
"""

import argparse
import asyncio
import base64
from collections.abc import Iterator

from bench.sinks.books import Books
from bench.sinks.serving import serve

_END = b"\r\n.\r\n"
_EHLO = b"250-sink\r\n250-SIZE 50000000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN XOAUTH2\r\n"


class Sink(asyncio.Protocol):
    """One connection. What was read at once is answered at once, a round trip later."""

    def __init__(self, books: Books, round_trip_s: float, connections: int, pipelining: bool) -> None:
        self.books, self.round_trip_s, self.connections = books, round_trip_s, connections
        books.answer_s = round_trip_s
        self.ehlo = _EHLO + (b"250-PIPELINING\r\n" if pipelining else b"") + b"250 HELP\r\n"
        self.unread = bytearray()
        self.looked_at = 0
        self.in_content = False
        self.mailbox = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self._say(b"220 sink\r\n")

    def connection_lost(self, _error: Exception | None) -> None:
        if self.mailbox:
            self.books.leave(self.mailbox)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if answers := b"".join(self._answers()):
            self._say(answers)

    def _say(self, answer: bytes) -> None:
        if self.round_trip_s:
            self.loop.call_later(self.round_trip_s, self.transport.write, answer)
        else:
            self.transport.write(answer)

    def _answers(self) -> Iterator[bytes]:
        while True:
            if self.in_content:
                if not (answer := self._content()):
                    return
                yield answer
                continue
            end = self.unread.find(b"\r\n")
            if end < 0:
                return
            line = bytes(self.unread[:end])
            del self.unread[: end + 2]
            yield self._command(line)

    def _content(self) -> bytes:
        """b"" until all of the message is here."""
        end = self.unread.find(_END, self.looked_at)
        if end < 0:
            self.looked_at = max(0, len(self.unread) - len(_END) + 1)
            return b""
        self.books.accept(self.unread[: min(end, 8_192)])
        del self.unread[: end + len(_END)]
        self.in_content, self.looked_at = False, 0
        return b"250 2.0.0 taken\r\n"

    def _command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"MAIL":
            self.books.begin()
            return b"250 2.1.0 ok\r\n" if self.mailbox else b"530 5.7.57 not authenticated\r\n"
        if verb == b"RCPT":
            return b"250 2.1.5 ok\r\n"
        if verb == b"DATA":
            self.in_content = True
            return b"354 go on\r\n"
        if verb == b"AUTH":
            return self._sign_in(line)
        if verb == b"EHLO":
            return self.ehlo
        if verb == b"QUIT":
            self.loop.call_later(self.round_trip_s + 0.01, self.transport.close)
            return b"221 bye\r\n"
        return b"250 ok\r\n" if verb in (b"RSET", b"NOOP") else b"502 5.5.1 unknown\r\n"

    def _sign_in(self, line: bytes) -> bytes:
        _auth, kind, response = line.split(b" ", 2)
        text = base64.b64decode(response)
        name = text.split(b"\0")[1] if kind == b"PLAIN" else text.split(b"\x01")[0].removeprefix(b"user=")
        mailbox = name.decode()
        if self.books.open_now[mailbox] >= self.connections:
            self.books.refused += 1
            return b"432 4.3.2 Concurrent connections limit exceeded.\r\n"
        self.mailbox = mailbox
        self.books.enter(mailbox)
        self.books.signed_in += 1
        return b"235 2.7.0 welcome\r\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--round-trip-ms", type=float, default=0)
    parser.add_argument("--connections", type=int, default=10_000, help="a mailbox may have at once")
    parser.add_argument("--no-pipelining", action="store_true")
    options = parser.parse_args()
    limits = (options.round_trip_ms / 1000, options.connections, not options.no_pipelining)
    serve(lambda books: Sink(books, *limits), options.certificate)


if __name__ == "__main__":
    main()
