"""Calls to addresses that a company typed: where they may go, how long they last, what they follow."""

import socket
import ssl
import threading
from contextlib import suppress

import pytest
import requests
import trustme

from core import guarded
from core.net import OutgoingRefused
from tests.core.test_net import resolves_to
from tests.safety.test_outgoing import DISGUISED, INSIDE
from tests.sender.stub_servers import StubGraph

LOOPBACK = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def receiver():
    with StubGraph() as server:
        yield server


@pytest.mark.parametrize("host", [*INSIDE, *DISGUISED])
def test_a_host_inside_is_not_called(host, settings, monkeypatch):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    dialled = []
    monkeypatch.setattr(socket.socket, "connect", lambda _socket, address: dialled.append(address))
    with pytest.raises((OutgoingRefused, requests.RequestException)):
        guarded.post(f"https://[{host}]/" if ":" in host else f"https://{host}/", b"{}", {})
    assert dialled == []


def test_a_name_that_leads_inside_is_not_called(settings, monkeypatch):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    resolves_to(monkeypatch, "10.1.2.3")
    with pytest.raises(OutgoingRefused):
        guarded.post("https://hooks.example/", b"{}", {})


def test_the_answer_is_the_status_and_the_beginning_of_a_refusal(receiver, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    assert guarded.post(f"{receiver.url}/in", b"{}", {"X-One": "1"}) == (202, "", "")
    path, headers, body = receiver.requests[0]
    assert (path, headers["X-One"], body) == ("/in", "1", b"{}")
    receiver.answers[:] = [(500, {"Retry-After": "7"}, b"x" * 100_000)]
    assert guarded.post(receiver.url, b"{}", {}) == (500, "x" * guarded.ANSWER_BYTES, "7")


def test_a_redirect_is_not_followed(receiver, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    receiver.answers[:] = [(307, {"Location": f"{receiver.url}/elsewhere"}, b"")]
    assert guarded.post(receiver.url, b"{}", {})[0] == 307
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("scheme", "begins"), [("http", b"HTTP/1.1 "), ("https", b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")]
)
def test_a_server_that_drips_is_left_when_the_time_for_the_call_is_over(
    settings, monkeypatch, scheme, begins
):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    monkeypatch.setattr(guarded, "WHOLE_CALL_S", 0.5)
    left = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _address = server.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(begins)
            while not left.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        try:
            with pytest.raises(requests.RequestException):
                guarded.post(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        finally:
            left.set()
            thread.join()


def test_a_certificate_of_nobody_known_is_refused(settings):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    with StubGraph() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with pytest.raises(requests.exceptions.SSLError):
            guarded.post(f"https://127.0.0.1:{server.port}/", b"{}", {})
        assert server.requests == []


def test_several_calls_go_over_one_connection(receiver, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    receiver.answers[:] = [(200, {}, b"taken"), (204, {}, b""), (500, {}, b"no")]
    with guarded.caller() as call:
        statuses = [call(receiver.url, b"{}", {}).status for _number in range(3)]
    assert (statuses, receiver.connections) == ([200, 204, 500], 1)


def test_the_time_of_a_call_counts_anew_on_a_kept_connection(receiver, settings, monkeypatch):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    began = []
    timer = threading.Timer
    monkeypatch.setattr(threading, "Timer", lambda *how: began.append(timer(*how)) or began[-1])
    with guarded.caller() as call:
        for _number in range(2):
            call(receiver.url, b"{}", {})
        assert [one.finished.is_set() for one in began[:-1]] == [True] * (len(began) - 1)
        assert len(began) > 1
    assert began[-1].finished.is_set()
