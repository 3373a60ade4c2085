"""The session that all mailboxes of a provider share."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sender.mime import compose
from sender.transports import https
from sender.transports.base import Outcome
from sender.transports.graph import GraphSettings, GraphTransport
from tests.sender.messages import DATE, SENDER
from tests.sender.stub_servers import StubGraph


def transport(server, mailbox="ulla@nordic.example"):
    return GraphTransport(
        GraphSettings(server.url, token=lambda force: f"token of {mailbox}", mailbox=mailbox)
    )


def send(to_send):
    frozen = compose(sender=SENDER, to=["a@customer.example"], subject="s", text="Hello", date=DATE)
    return to_send.send(frozen, lambda: None).outcome


def test_one_mailbox_after_another_uses_the_same_connection():
    with StubGraph() as server:
        for mailbox in ("ulla@nordic.example", "una@nordic.example"):
            with transport(server, mailbox) as opened:
                assert send(opened) is Outcome.ACCEPTED
        assert server.connections == 1
        tokens = [headers["Authorization"] for _path, headers, _body in server.requests]
    assert tokens == ["Bearer token of ulla@nordic.example", "Bearer token of una@nordic.example"]


def test_mailboxes_at_once_have_a_connection_each_and_their_own_token():
    start = threading.Barrier(8)

    def work(number):
        with transport(server, f"m{number}@nordic.example") as opened:
            start.wait(10)
            return [send(opened) for _ in range(5)]

    with StubGraph() as server, ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for outcomes in pool.map(work, range(8)) for outcome in outcomes]
        assert outcomes == [Outcome.ACCEPTED] * 40
        assert server.connections <= 8
        for path, headers, _body in server.requests:
            mailbox = path.split("/users/")[1].split("/")[0]
            assert headers["Authorization"] == f"Bearer token of {mailbox}"


def test_a_cookie_of_one_mailbox_is_not_told_by_another():
    with StubGraph([(202, {"Set-Cookie": "who=ulla; Path=/"}, b"")]) as server:
        for mailbox in ("ulla@nordic.example", "una@nordic.example"):
            with transport(server, mailbox) as opened:
                send(opened)
        assert not any("Cookie" in headers for _path, headers, _body in server.requests)


def test_a_connection_that_the_provider_ended_meanwhile_is_made_anew():
    with StubGraph() as server, transport(server) as opened:
        assert send(opened) is Outcome.ACCEPTED
        for connection in list(server.kept):
            connection.shutdown(2)
        while server.kept:
            threading.Event().wait(0.01)
        assert send(opened) is Outcome.ACCEPTED
        assert server.connections == 2


def test_a_connection_idle_for_long_is_not_trusted(monkeypatch):
    with StubGraph() as server, transport(server) as opened:
        assert [send(opened), send(opened)] == [Outcome.ACCEPTED] * 2
        assert server.connections == 1
        monkeypatch.setattr(https, "MOST_IDLE_S", -1)
        assert send(opened) is Outcome.ACCEPTED
        assert server.connections == 2


def test_a_redirect_is_not_followed():
    with StubGraph([(307, {"Location": "https://elsewhere.example/"}, b"")]) as server:
        session = https.session_for(server.url, None)
        answer = https.send(session, "POST", server.url, b"body", {}, 5)
        assert (answer.status_code, len(server.requests)) == (307, 1)


def test_a_header_that_would_become_two_is_refused():
    with StubGraph() as server, pytest.raises(requests.exceptions.InvalidHeader):
        https.send(https.session_for(server.url, None), "POST", server.url, b"", {"A": "x\r\nB: y"}, 5)


def test_each_set_of_authorities_has_a_session_of_its_own(tmp_path):
    plain = https.session_for("graph.example", None)
    assert https.session_for("graph.example", None) is plain
    assert https.session_for("graph.example", tmp_path) is not plain
    https.close_sessions()
    assert https.session_for("graph.example", None) is not plain
