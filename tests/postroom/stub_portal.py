"""A portal that answers as it is told, one answer for each request, and remembers what it was asked."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STORED = (202, {}, b'{"id": "0192"}')
HANG_UP = None  # read the request, and close the connection without an answer


class StubPortal(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *answers: tuple[int, dict[str, str], bytes] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def use_tls(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def given(self, number: int = 0) -> dict[str, object]:
        return json.loads(self.asked[number][2])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StubPortal

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else STORED
        if answer is HANG_UP:
            self.close_connection = True
            return
        status, headers, text = answer
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(text))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def portal(*answers: tuple[int, dict[str, str], bytes] | None) -> Iterator[StubPortal]:
    """The last answers are all STORED."""
    stub = StubPortal(*answers)
    thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stub
    stub.shutdown()
    stub.server_close()
    thread.join()
