"""Batches at the server that `make run` starts: bodies of no told length, clients that are slow or drop."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from sender.models import Batch, OutboxMessage
from sender.services import AT_ONCE
from tests.api.test_batches import order, written
from tests.processes import environment, portal
from tests.sender.helpers import open_relay

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def port(world) -> Iterator[int]:
    open_relay(world.user)
    with portal(environment()) as found:
        yield found


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("It did not come to that within half a minute.")


@pytest.fixture
def headers(world, port) -> dict[str, str]:
    _key, secret = keys.make(world.company, "ERP", [Scope.SEND, Scope.READ], actor=COMMAND_LINE)
    kind = {"Content-Type": "application/x-ndjson", "Host": f"localhost:{port}"}
    return {"Authorization": f"Bearer {secret}", "Idempotency-Key": "monday"} | kind


def begun(port: int, headers: dict[str, str], **more: str) -> socket.socket:
    """A connection on which the head of the request was sent."""
    client = socket.create_connection(("127.0.0.1", port), 30)
    lines = [f"{name}: {value}" for name, value in (headers | more).items()]
    client.sendall("\r\n".join(["POST /api/v1/batches HTTP/1.1", *lines, "", ""]).encode())
    return client


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def answered(client: socket.socket) -> tuple[int, list[dict]]:
    answer = http.client.HTTPResponse(client)
    answer.begin()
    return answer.status, [json.loads(line) for line in answer.read().splitlines()]


def test_a_body_of_no_told_length_comes_in_pieces(port, headers):
    body = written(order(1), order(2))
    with begun(port, headers, **{"Transfer-Encoding": "chunked"}) as client:
        for start in range(0, len(body), 50):
            client.sendall(chunk(body[start : start + 50]))
        client.sendall(chunk(b""))
        status, lines = answered(client)
    assert (status, [each["line"] for each in lines]) == (202, [1, 2])


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_client_that_drops_leaves_whole_parts_and_goes_on(port, headers, is_chunked):
    whole = written(*(order(number) for number in range(AT_ONCE + 20)))
    cut = whole[: len(whole) - 30]
    how = {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(len(whole))}
    with begun(port, headers, **how) as client:
        client.sendall(chunk(cut) if is_chunked else cut)
    wait_until(lambda: Batch.objects.exclude(stopped_why="").exists())
    batch = Batch.objects.get()
    assert (batch.lines, batch.stopped_why, batch.finished_at) == (AT_ONCE, "cut_off", None)
    assert OutboxMessage.objects.count() == AT_ONCE
    with begun(port, headers, **{"Content-Length": str(len(whole))}) as client:
        client.sendall(whole)
        status, lines = answered(client)
    assert (status, len(lines)) == (202, AT_ONCE + 20)
    assert OutboxMessage.objects.count() == AT_ONCE + 20


def test_a_client_that_says_nothing_keeps_no_other_waiting(port, headers):
    with begun(port, headers, **{"Content-Length": "1000000"}) as slow:
        slow.sendall(b'{"as"')
        with begun(port, headers | {"Idempotency-Key": "tuesday"}, **{"Content-Length": "2"}) as other:
            other.sendall(b"{}")
            assert answered(other)[0] == 202


def test_a_line_of_fifty_megabytes_is_told_and_the_next_is_taken(port, headers):
    with begun(port, headers, **{"Transfer-Encoding": "chunked"}) as client:
        for _ in range(50):
            client.sendall(chunk(b"x" * (1 << 20)))
        client.sendall(chunk(b"\n" + written(order(2))) + chunk(b""))
        status, lines = answered(client)
    assert status == 202
    assert lines[0]["problem"]["cause"] == "too_large"
    assert lines[1]["id"]
