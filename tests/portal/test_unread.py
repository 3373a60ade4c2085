"""Answers that are there before the body is, at the server that `make run` starts."""

import http.client
import socket
import time
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.http import HttpResponse

from portal.unread import ReadsToTheEnd
from tests.processes import environment, portal

PIECE = b"x" * 100_000
PIECES = 60


class Watched(BytesIO):
    """A body that knows whether it was asked for when nothing should have been."""

    was_read = False

    def read(self, size: int = -1) -> bytes:
        self.was_read = True
        return super().read(size)


@pytest.fixture
def port() -> Iterator[int]:
    with portal(environment()) as found:
        yield found


def head(port: int, path: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: localhost:{port}", "Content-Type: application/json"]
    lines += ["Authorization: Bearer pmk_none", f"Content-Length: {PIECES * len(PIECE)}"]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_client_that_writes_first_and_reads_then_gets_the_refusal(port):
    """As a proxy does: it hands on the body, and tells its client 502 when it cannot."""
    for path, status in (("/api/v1/messages", 401), ("/api/v1/nothing", 404), ("/accounts/login/", 403)):
        with socket.create_connection(("127.0.0.1", port), 30) as client:
            client.sendall(head(port, path))
            client.recv(1, socket.MSG_PEEK)  # the answer is there
            for _ in range(PIECES):
                client.sendall(PIECE)
                time.sleep(0.002)  # a server that hung up has the time to say so
            answer = http.client.HTTPResponse(client)
            answer.begin()
            answer.read()
            assert answer.status == status
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(15) == b"HTTP/1.1 200 OK"


def answered(status: int, body: BytesIO) -> tuple[HttpResponse, bytes]:
    response = HttpResponse(b"the answer", status=status)
    environ = {"CONTENT_LENGTH": str(len(body.getvalue())), "wsgi.input": body}
    parts = ReadsToTheEnd(lambda *_: response)(environ, lambda *_: None)
    return response, b"".join(parts)


def test_the_database_is_let_go_before_the_rest_is_read():
    class Rest(BytesIO):
        def read(self, size: int = -1) -> bytes:
            closed.append(response.closed)
            return super().read(size)

    closed: list[bool] = []
    response = HttpResponse(b"the answer")
    environ = {"CONTENT_LENGTH": "3", "wsgi.input": Rest(b"abc")}
    assert b"".join(ReadsToTheEnd(lambda *_: response)(environ, lambda *_: None)) == b"the answer"
    assert closed == [True, True]


def test_who_fell_silent_is_not_waited_for_again():
    body = Watched(b"abc")
    assert answered(408, body)[1] == b"the answer"
    assert not body.was_read


def test_a_client_that_hangs_up_has_its_answer():
    class Cut(BytesIO):
        def read(self, _size: int = -1) -> bytes:
            raise OSError

    assert answered(403, Cut(b"abc"))[1] == b"the answer"


def test_who_goes_on_sending_for_a_minute_is_hung_up_on(monkeypatch):
    class Endless(BytesIO):
        def read(self, _size: int = -1) -> bytes:
            passed.append(10)
            return b"x"

    passed: list[int] = []
    monkeypatch.setattr("portal.unread.monotonic", lambda: sum(passed))
    assert answered(403, Endless(b"abc"))[1] == b"the answer"
    assert len(passed) == 6
