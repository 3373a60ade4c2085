"""A program of a company that takes webhooks: over TLS, with a certificate of an authority of its own."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import trustme

from tests.sender.stub_servers import StubGraph

OK = (204, {}, b"")


class Receiver(StubGraph):
    def __init__(self, ca: trustme.CA, answers: list | None = None) -> None:
        super().__init__(answers or [OK])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/in"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _path, headers, _body in self.requests]


@contextmanager
def raw(begins: bytes, goes_on: bytes = b"") -> Iterator[str]:
    """The address of a server without TLS that says this to each caller, and goes on for as long as it is let."""
    left = threading.Event()

    def talk(caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.recv(65_536)
            caller.sendall(begins)
            while not left.wait(0.02):
                caller.sendall(goes_on or b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_accept, args=[server, talk, left])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/in"
        finally:
            left.set()
            socket.create_connection(server.getsockname()).close()  # so that it looks once more
            thread.join()


def _accept(server: socket.socket, talk: Callable[[socket.socket], None], left: threading.Event) -> None:
    callers = []
    while not left.is_set():
        caller, _address = server.accept()
        callers.append(threading.Thread(target=talk, args=[caller]))
        callers[-1].start()
    for each in callers:
        each.join()


def never_written(*_args: object) -> None:
    """In the place of `outcomes.write`: the answer came, and what came of it is never committed."""
    threading.Event().wait()
