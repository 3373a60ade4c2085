"""One message after another by Graph, and what each answer makes of it."""

import base64
import socket
import uuid
from datetime import UTC, datetime

import pytest
import trustme

from core import clock
from sender.mime import compose
from sender.transports import graph_calls
from sender.transports.base import Outcome, Phase, TransportError
from sender.transports.graph import MAX_REQUEST_BYTES, GraphSettings, GraphTransport
from tests.sender.messages import DATE, SENDER
from tests.sender.stub_servers import DROP, StubGraph, StubSmtp

TOKEN = "header.body.signature"


def letter(text="Hello"):
    return compose(sender=SENDER, to=["a@customer.example"], bcc=["b@customer.example"], text=text, date=DATE)


def send(server, frozen=None, token=lambda force: TOKEN, **changes):
    """(result, how often the handover was noted)."""
    notes = []
    with GraphTransport(GraphSettings(server.url, token=token, timeout_s=5, **changes)) as transport:
        return transport.send(frozen or letter(), lambda: notes.append(1)), len(notes)


def error_json(code):
    return b'{"error":{"code":"%s","message":"No."}}' % code.encode()


def test_the_message_is_posted_as_base64_with_ids_to_ask_microsoft_about():
    with StubGraph([(202, {"Date": "Sat, 21 Nov 2026 09:30:00 GMT"}, b"")]) as server:
        result, notes = send(server)
        ((path, headers, body),) = server.requests
    assert path == "/v1.0/me/sendMail"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Content-Type"] == "text/plain"
    assert headers["Content-Length"] == str(len(body))
    assert base64.b64decode(body, validate=True).startswith(b"Bcc: b@customer.example\r\nFrom: ")
    assert uuid.UUID(headers["client-request-id"])
    assert result.request_ids["client-request-id"] == headers["client-request-id"]
    assert result.request_ids["request-id"] == "r-1"
    assert (result.outcome, result.http_status, notes) == (Outcome.ACCEPTED, 202, 1)


def test_a_mailbox_other_than_the_persons_own_is_named_in_the_path():
    with StubGraph() as server:
        send(server, mailbox="invoices+it/x@nordicfreight.example")
        assert server.requests[0][0] == "/v1.0/users/invoices%2Bit%2Fx@nordicfreight.example/sendMail"


@pytest.mark.parametrize(
    ("status", "outcome", "phase"),
    [
        (200, Outcome.UNKNOWN, Phase.HANDED_OVER),
        (302, Outcome.FAILED, Phase.HANDED_OVER),
        (400, Outcome.REFUSED, Phase.HANDED_OVER),
        (401, Outcome.FAILED, Phase.SIGN_IN),
        (403, Outcome.REFUSED, Phase.HANDED_OVER),
        (404, Outcome.REFUSED, Phase.HANDED_OVER),
        (408, Outcome.DEFERRED, Phase.HANDED_OVER),
        (413, Outcome.REFUSED, Phase.HANDED_OVER),
        (429, Outcome.DEFERRED, Phase.HANDED_OVER),
        (500, Outcome.UNKNOWN, Phase.HANDED_OVER),
        (502, Outcome.UNKNOWN, Phase.HANDED_OVER),
        (503, Outcome.DEFERRED, Phase.HANDED_OVER),
        (504, Outcome.UNKNOWN, Phase.HANDED_OVER),
        (509, Outcome.DEFERRED, Phase.HANDED_OVER),
    ],
)
def test_every_status_has_its_meaning(status, outcome, phase):
    with StubGraph([(status, {"Location": "http://127.0.0.1:1/"}, error_json("ErrorCode"))]) as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, result.http_status, notes) == (outcome, phase, status, 1)
    assert "ErrorCode" in result.reply
    assert {item.outcome for item in result.recipients} == {outcome}


def test_an_answer_without_words_is_named_by_its_status():
    with StubGraph([(503, {}, b"")]) as server:
        assert send(server)[0].reply == "HTTP 503 Service Unavailable"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Sat, 21 Nov 2026 09:31:30 GMT", 90),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0),
        ("soon", None),
        (None, None),
        ("9" * 20, 10**9),
    ],
)
def test_retry_after_is_read_in_both_forms(monkeypatch, value, seconds):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    with StubGraph([(429, {"Retry-After": value} if value else {}, b"")]) as server:
        assert send(server)[0].retry_after_s == seconds


def test_a_token_that_ended_early_is_replaced_once_and_the_message_sent():
    forced = []

    def token(force):
        forced.append(force)
        return f"token-{force}"

    with StubGraph([(401, {}, error_json("InvalidAuthenticationToken")), (202, {}, b"")]) as server:
        result, notes = send(server, token=token)
        bearers = [headers["Authorization"] for _path, headers, _body in server.requests]
        first, second = (body for _path, _headers, body in server.requests)
    assert (result.outcome, notes) == (Outcome.ACCEPTED, 1)
    assert bearers == ["Bearer token-False", "Bearer token-True"]
    assert first == second
    assert forced == [False, True]


@pytest.mark.parametrize(("kept_s", "asked"), [(30, 1), (-1, 4)])
def test_a_token_is_asked_for_once_in_a_while_and_not_for_each_message(monkeypatch, kept_s, asked):
    monkeypatch.setattr(graph_calls, "TOKEN_KEPT_S", kept_s)
    forced = []
    with (
        StubGraph() as server,
        GraphTransport(GraphSettings(server.url, token=lambda force: forced.append(force) or "t")) as opened,
    ):
        for _ in range(3):
            opened.send(letter(), lambda: None)
    assert forced == [False] * asked


def test_a_second_401_is_the_end():
    with StubGraph([(401, {}, error_json("InvalidAuthenticationToken"))]) as server:
        result, _notes = send(server)
        assert len(server.requests) == 2
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize("fails_when_forced", [False, True])
def test_without_a_token_nothing_is_sent_and_the_stage_says_why(fails_when_forced):
    def token(force):
        if force == fails_when_forced:
            raise TransportError(stage="token", reply="AADSTS50173")
        return TOKEN

    with StubGraph([(401, {}, b"")]) as server:
        with pytest.raises(TransportError) as caught:
            send(server, token=token)
        assert len(server.requests) == int(fails_when_forced)
    assert (caught.value.stage, caught.value.phase) == ("token", Phase.SIGN_IN)
    assert "AADSTS50173" not in str(caught.value)


def test_a_connection_cut_after_the_message_was_sent_is_unknown():
    with StubGraph([DROP]) as server:
        result, notes = send(server)
        assert len(server.requests) == 1
    assert (result.outcome, result.phase, notes) == (Outcome.UNKNOWN, Phase.HANDED_OVER, 1)
    assert set(result.request_ids) == {"client-request-id"}


def test_no_answer_within_the_time_limit_is_unknown():
    with StubSmtp(trustme.CA(), {"POST": "", "Host": ""}) as silent:
        silent.replies["GREETING"] = ""
        settings = GraphSettings(f"http://127.0.0.1:{silent.port}", token=lambda force: TOKEN, timeout_s=0.3)
        with GraphTransport(settings) as transport:
            result = transport.send(letter(), lambda: None)
    assert result.outcome is Outcome.UNKNOWN


def refuse(*_args, **_options):
    raise ConnectionRefusedError(111, "Connection refused")


def not_found(*_args, **_options):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [("connect", refuse, "ConnectionRefusedError"), ("getaddrinfo", not_found, "gaierror")],
)
def test_what_fails_before_the_message_is_on_its_way_is_deferred(monkeypatch, call, fault, words):
    monkeypatch.setattr(socket.socket if call == "connect" else socket, call, fault)
    notes = []
    with GraphTransport(GraphSettings("http://localhost:1", token=lambda force: TOKEN)) as transport:
        result = transport.send(letter(), lambda: notes.append(1))
    assert (result.outcome, result.phase, notes) == (Outcome.DEFERRED, Phase.CONNECT, [])
    assert words in result.reply
    assert TOKEN not in result.reply


def test_a_certificate_nobody_vouches_for_is_deferred_at_tls():
    notes = []
    with StubSmtp(trustme.CA(), implicit_tls=True) as server:
        settings = GraphSettings(f"https://127.0.0.1:{server.port}", token=lambda force: TOKEN)
        with GraphTransport(settings) as transport:
            result = transport.send(letter(), lambda: notes.append(1))
    assert (result.outcome, result.phase, notes) == (Outcome.DEFERRED, Phase.TLS, [])
    assert "certificate verify failed" in result.reply


def test_a_token_that_cannot_be_a_header_is_not_quoted():
    with GraphTransport(GraphSettings("http://127.0.0.1:1", token=lambda force: "bad\ntoken")) as transport:
        result = transport.send(letter(), lambda: None)
    assert result.outcome is Outcome.DEFERRED
    assert "bad" not in result.reply


def test_a_message_over_four_megabytes_is_refused_without_a_request():
    with StubGraph() as server:
        fits = letter("xxxxxxx\n" * 300_000)
        assert send(server, fits)[0].outcome is Outcome.ACCEPTED
        result, notes = send(server, letter("xxxxxxx\n" * 400_000))
        assert len(server.requests) == 1
        assert len(server.requests[0][2]) <= MAX_REQUEST_BYTES
    assert (result.outcome, notes) == (Outcome.REFUSED, 0)
    assert result.reply.startswith("ErrorMessageSizeExceeded")
    assert len(result.recipients) == 2


def test_the_connection_is_kept_for_the_next_message():
    with StubGraph() as server, GraphTransport(GraphSettings(server.url, token=lambda force: TOKEN)) as graph:
        for _ in range(2):
            assert graph.send(letter(), lambda: None).outcome is Outcome.ACCEPTED
        assert server.connections == 1
