"""Who gets in: keys of every state, how often, how large; and that each refusal is a problem document."""

import gzip
from datetime import date
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.test import Client, RequestFactory

from api import bodies, keys, limits
from api.models import ApiKey
from api.problems import Problem
from api.scopes import Scope
from sender.models import OutboxMessage
from tests.api.test_messages import ORDER

MB = 1024 * 1024


def test_without_a_key_nobody_gets_in(world):
    answer = Client().get("/api/v1/messages")
    assert (answer.status_code, answer.json()["cause"]) == (401, "key_missing")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"


def test_a_session_of_the_pages_is_no_key(world, client):
    client.force_login(world.admin.user)
    assert client.get("/api/v1/messages").status_code == 401


@pytest.mark.parametrize(
    "header", ["Basic x", "Bearer", "Bearer x", "Bearer pmk_0_0", "pmk_0_0", "Bearer \x00"]
)
def test_what_is_no_key_is_refused(world, header):
    answer = Client().get("/api/v1/messages", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["status"]) == (401, 401)


def test_a_key_that_is_over_says_why(world, program):
    over = program(ends_on=date(2020, 1, 1))
    assert over.get("/messages")["cause"] == "key_ended"
    revoked = program()
    keys.revoke(revoked.key, keys.who(revoked.key))
    assert revoked.get("/messages")["cause"] == "key_revoked"
    closed = program()
    world.company.is_active = False
    world.company.save()
    assert closed.get("/messages")["cause"] == "company_closed"
    assert {each.status for each in (over, revoked, closed)} == {401}


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Scope.SEND, "POST", "/messages"),
        (Scope.READ, "GET", "/messages"),
        (Scope.READ, "GET", "/messages/00000000-0000-7000-8000-000000000000"),
        (Scope.ACT, "POST", "/messages/00000000-0000-7000-8000-000000000000/cancel"),
    ],
)
def test_a_key_does_only_what_it_may(world, program, scope, method, path):
    others = [each for each in Scope if each != scope]
    without = program(*others)
    assert without.call(method, path)["cause"] == "permission_missing"
    assert without.status == 403
    program(scope).call(method, path)
    assert ApiKey.objects.exclude(last_used_at=None).count() == 1


class Away:
    """A common cache that nobody answers for."""

    def incr(self, _name: str) -> int:
        raise ConnectionError("nobody answers there")


def test_while_the_common_cache_is_away_messages_are_taken_uncounted(world, program, monkeypatch, caplog):
    monkeypatch.setattr(limits, "cache", Away())
    erp = program()
    erp.post("/messages", ORDER)
    assert (erp.status, "RateLimit-Limit" in erp.headers) == (202, False)
    assert "the cache does not answer" in caplog.text


def test_the_count_is_told_and_kept(world, program, settings, monkeypatch):
    settings.API_REQUESTS_A_MINUTE = 2
    # No minute ends meanwhile.
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_795_248_030.0))
    erp = program()
    for left in ("1", "0"):
        erp.get("/messages")
        assert (erp.status, erp.headers["RateLimit-Limit"], erp.headers["RateLimit-Remaining"]) == (
            200,
            "2",
            left,
        )
    said = erp.get("/messages")
    assert (erp.status, said["cause"]) == (429, "too_many_requests")
    assert 1 <= int(erp.headers["Retry-After"]) <= 60
    assert erp.headers["RateLimit-Reset"] == erp.headers["Retry-After"]
    other = program()
    other.get("/messages")
    assert other.status == 200


class Counting(BytesIO):
    taken = 0

    def read(self, size: int = -1) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def test_a_body_that_is_too_large_is_refused_unread(world, program, settings):
    erp = program()
    body = Counting(b"x" * (50 * MB))
    answer = Client().generic(
        "POST", "/api/v1/messages", b"",
        headers={"Authorization": f"Bearer {erp.secret}"},
        **{"CONTENT_LENGTH": str(50 * MB), "wsgi.input": body, "CONTENT_TYPE": "application/json"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["cause"]) == (413, "too_large")
    assert body.taken == 0


def chunked(body: Counting, **more: object):
    request = RequestFactory().generic("POST", "/", b"")
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body} | more
    return request


def test_a_body_without_a_length_is_read_to_the_limit_and_no_further():
    body = Counting(b"x" * (5 * MB))
    with pytest.raises(Problem) as refused:
        bodies.read(chunked(body, **{"wsgi.input_terminated": True}), MB)
    assert refused.value.status == 413
    assert body.taken <= MB + bodies.PIECE_BYTES
    small = chunked(Counting(b"{}"), **{"wsgi.input_terminated": True})
    assert bodies.read(small, MB) == small.body == b"{}"


def test_a_body_without_a_length_that_the_server_does_not_end_is_refused():
    body = Counting(b"x")
    with pytest.raises(Problem) as refused:
        bodies.read(chunked(body), MB)
    assert (refused.value.status, body.taken) == (411, 0)


def test_a_whole_message_without_a_length_is_refused_as_it_may_be_a_part(world, program):
    erp = program()
    request = chunked(
        Counting(b"To: rita@recipient.example\r\n\r\nHalf of i"), **{"wsgi.input_terminated": True}
    )
    answer = Client().generic(
        "POST", "/api/v1/messages?as=bob@people.example", b"",
        headers={"Authorization": f"Bearer {erp.secret}"},
        **{name: request.META[name] for name in ("HTTP_TRANSFER_ENCODING", "wsgi.input", "wsgi.input_terminated")},
        CONTENT_TYPE="message/rfc822",
    )  # fmt: skip
    assert answer.status_code == 411
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("path", ["/messages", "/batches"])
def test_a_compressed_body_is_refused_as_such(world, program, path):
    erp = program()
    headers = {"Content-Encoding": "gzip", "Idempotency-Key": "monday"}
    media_type = "application/x-ndjson" if path == "/batches" else "application/json"
    said = erp.post(path, gzip.compress(b"{}"), content_type=media_type, headers=headers)
    assert (erp.status, said["field"]) == (415, "Content-Encoding")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "²"])
def test_a_length_that_is_no_number_is_refused(length):
    request = RequestFactory().generic("POST", "/", b"")
    request.META["CONTENT_LENGTH"] = length
    with pytest.raises(Problem) as refused:
        bodies.read(request, MB)
    assert refused.value.status == 400


def test_a_body_that_was_cut_off_is_refused():
    request = RequestFactory().generic("POST", "/", b"half")
    request.META["CONTENT_LENGTH"] = "8"
    with pytest.raises(Problem) as refused:
        bodies.read(request, MB)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/messages", 405), ("GET", "/messages/1", 404), ("GET", "/", 404)],
)
def test_what_is_not_there_is_a_problem_document_too(world, program, method, path, status):
    erp = program()
    said = erp.call(method, path)
    assert (erp.status, said["status"]) == (status, status)
    if status == 405:
        assert sorted(erp.headers["Allow"].split(", ")) == ["GET", "POST"]


def test_an_error_of_the_portal_is_a_problem_document_without_details(world, program, monkeypatch):
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("canary of an error")

    monkeypatch.setattr("api.v1.messages.submit", broken)
    erp = program()
    answer = Client(raise_request_exception=False).post(
        "/api/v1/messages", ORDER, "application/json", headers={"Authorization": f"Bearer {erp.secret}"}
    )
    assert (answer.status_code, answer.json()["cause"]) == (500, "error")
    assert "canary" not in answer.content.decode()
