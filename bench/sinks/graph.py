"""A Graph over TLS that takes every message after a while, and hands out tokens, counted.

`python -m bench.sinks.graph --certificate FILE --answer-ms 150 --at-once 4`
"""

import argparse
import asyncio
import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs

from bench.cloud import client_info
from bench.sinks.books import Books
from bench.sinks.serving import serve

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_TOKEN = re.compile(rb"(?i)\r\nauthorization: bearer ([^\r]+)")
_BEGINNING = 8_192  # of the base64 text: enough for the header lines
TOKEN_SECONDS = 3_600


class Sink(asyncio.Protocol):
    """One connection; requests are answered in turn."""

    def __init__(self, books: Books, answer_s: float, at_once: int) -> None:
        self.books, self.answer_s, self.at_once = books, answer_s, at_once
        self.unread = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self.unread += data
        for head, body in self._requests():
            self._answer(head, body)

    def _requests(self) -> Iterator[tuple[bytes, bytes]]:
        while (end := self.unread.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.unread[:end])
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.unread) < whole:
                return
            body = bytes(self.unread[end + 4 : whole])
            del self.unread[:whole]
            yield head, body

    def _answer(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1].decode()
        if path.endswith("/sendMail"):
            self._send_mail(head, body)
        elif path.endswith("/token"):
            self.books.tokens += 1
            self._say(200, _token(body))
        else:
            self._say(200, self._discovery(head, path))

    def _send_mail(self, head: bytes, body: bytes) -> None:
        self.books.begin()
        mailbox = _TOKEN.search(head)[1].decode()  # a token is one mailbox's
        if self.books.open_now[mailbox] >= self.at_once:
            self.books.refused += 1
            self._say(429, {"error": {"code": "ApplicationThrottled"}}, "Retry-After: 1\r\n")
            return
        self.books.enter(mailbox)
        self.loop.call_later(self.answer_s, self._taken, mailbox, body)

    def _taken(self, mailbox: str, body: bytes) -> None:
        self.books.leave(mailbox)
        try:
            self.books.accept(base64.b64decode(body[:_BEGINNING]))
        except binascii.Error:
            self._say(400, {"error": {"code": "ErrorMimeContentInvalidBase64String"}})
            return
        self._say(202, None)

    def _discovery(self, head: bytes, path: str) -> dict[str, str]:
        host = re.search(rb"(?i)\r\nhost: *([^\r]+)", head)[1].decode()
        directory = path.strip("/").split("/")[0]
        base = f"https://{host}/{directory}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        }

    def _say(self, status: int, data: dict | None, more: str = "") -> None:
        content = json.dumps(data).encode() if data is not None else b""
        head = f"HTTP/1.1 {status} As told\r\nContent-Type: application/json\r\n{more}"
        self.transport.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)


def _token(body: bytes) -> dict[str, object]:
    """A new one for the mailbox whose refresh token this is, for the permissions that were asked for."""
    form = parse_qs(body.decode())
    number = form["refresh_token"][0].removeprefix("refresh-")
    return {
        "token_type": "Bearer",
        "access_token": f"access-{number}",
        "refresh_token": f"refresh-{number}",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(scope for scope in form["scope"][0].split() if "/" in scope),
        "client_info": client_info(number),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--answer-ms", type=float, default=150)
    parser.add_argument("--at-once", type=int, default=4, help="requests of one mailbox")
    options = parser.parse_args()
    serve(lambda books: Sink(books, options.answer_ms / 1000, options.at_once), options.certificate)


if __name__ == "__main__":
    main()
