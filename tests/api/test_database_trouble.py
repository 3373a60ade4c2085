"""The database is full, read only or away: each door says so as a problem, and stores nothing until it works again."""

import base64
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from api.models import ApiKey
from api.v1 import taking
from sender import batches
from sender.models import Batch, BatchLine, Content, OutboxMessage
from tests.api.test_batches import order, send, written
from tests.api.test_messages import ORDER
from tests.sender.helpers import hand_over

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = base64.encodebytes(random.Random(7).randbytes(1_200_000)).decode()  # no compressing makes it small
Trouble = Callable[[], object]


@contextmanager
def full() -> Iterator[None]:
    """SQLite's file may not grow."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # room that earlier rows left in the file would be used first
        cursor.execute("PRAGMA max_page_count = 1")  # which means: as many as there are
        yield
        cursor.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def read_only() -> Iterator[None]:
    is_sqlite = connection.vendor == "sqlite"
    setting = "PRAGMA query_only = {}" if is_sqlite else "SET default_transaction_read_only = {}"
    with connection.cursor() as cursor:
        cursor.execute(setting.format("on"))
        yield
        cursor.execute(setting.format("off"))


@contextmanager
def cut() -> Iterator[None]:
    """PostgreSQL ends the connection, as when it is stopped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    other.close()
    yield
    connections.close_all()


@contextmanager
def refusing() -> Iterator[None]:
    """It takes no connection."""
    places = connection.settings_dict
    before = dict(places)
    connections.close_all()
    if connection.vendor == "sqlite":
        places["NAME"] = "/proc/no-such-folder/postroom.sqlite3"
    else:
        places["PORT"] = "1"
    yield
    connections.close_all()
    places.update(before)


TROUBLES = [full, read_only, refusing] if connection.vendor == "sqlite" else [read_only, cut, refusing]
AWAY = [each for each in TROUBLES if each in (cut, refusing)]


def assert_says_so(status: int, headers: object, problem: dict) -> None:
    assert (status, problem["status"], problem["cause"]) == (503, 503, "database_unavailable")
    assert problem["type"].endswith("#problem-unavailable")
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Retry-After"] == "30"
    assert "Send the request again later" in problem["detail"]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_message_that_cannot_be_stored_is_a_problem_and_is_taken_later(program, trouble):
    erp, named = program(), {"headers": {"Idempotency-Key": "order"}}
    with trouble():
        said = erp.post("/messages", ORDER | {"text": LARGE}, **named)
    assert_says_so(erp.status, erp.headers, said)
    assert not OutboxMessage.objects.exists()
    assert not Content.objects.exists()
    stored = erp.post("/messages", ORDER | {"text": LARGE}, **named)
    assert (erp.status, stored["id"]) == (202, str(OutboxMessage.objects.get().pk))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_batch_that_cannot_be_stored_is_a_problem_and_is_taken_later(program, trouble):
    erp, body = program(), written(order(1, text=LARGE), order(2))
    with trouble():
        answer, said = send(erp, body)
    assert_says_so(answer.status_code, answer, said)
    assert not OutboxMessage.objects.exists()
    answer, lines = send(erp, body)
    assert (answer.status_code, len(lines), OutboxMessage.objects.count()) == (202, 2, 2)


@pytest.mark.parametrize("may_still_note_it", [True, False])
def test_what_a_batch_had_stored_before_is_at_its_address_and_the_rest_comes_later(
    program, monkeypatch, may_still_note_it
):
    erp, body = program(), written(*(order(number) for number in range(5)))
    monkeypatch.setattr(taking, "AT_ONCE", 2)

    def full_disk(*_facts: object) -> None:
        raise OperationalError("database or disk is full")

    def two_and_no_more(batch: Batch, lines: list) -> list[BatchLine]:
        return full_disk() if OutboxMessage.objects.exists() else store(batch, lines)

    store = batches.store
    with monkeypatch.context() as broken:
        broken.setattr(batches, "store", two_and_no_more)
        if not may_still_note_it:
            broken.setattr(batches, "stop", full_disk)
        answer, said = send(erp, body)
    assert_says_so(answer.status_code, answer, said)
    found = erp.get(answer["Location"].removeprefix("/api/v1"))
    assert (found["lines"], found["accepted"], found["finished_at"]) == (2, 2, None)
    assert found["stopped_why"] == ("database_unavailable" if may_still_note_it else "")
    answer, lines = send(erp, body)
    assert (answer.status_code, len(lines), OutboxMessage.objects.count()) == (202, 5, 5)


@pytest.mark.parametrize("trouble", AWAY)
@pytest.mark.parametrize("path", ["/messages", "/batches", "/people", "/webhooks", "/health"])
def test_reading_is_a_problem_while_the_database_is_away(world, program, trouble, path):
    erp = program()
    with trouble():
        said = erp.get(path)
    assert_says_so(erp.status, erp.headers, said)
    erp.get(path)
    assert erp.status == 200


def test_what_is_only_read_can_be_had_while_nothing_can_be_written(world, program):
    """That the key was used is noted each minute; that much may be missing."""
    message, erp = hand_over(world.user), program()
    with read_only():
        found = erp.get(f"/messages/{message.pk}")
        assert (erp.status, found["id"]) == (200, str(message.pk))
        assert ApiKey.objects.get().last_used_at is None
        said = erp.post(f"/messages/{message.pk}/cancel")
        assert_says_so(erp.status, erp.headers, said)
    erp.post(f"/messages/{message.pk}/cancel")
    assert erp.status == 200
    assert ApiKey.objects.get().last_used_at < timezone.now()


def test_a_program_reads_of_it_in_the_document(client, db):
    document = client.get("/api/v1/openapi.json").json()
    for methods in document["paths"].values():
        for told in methods.values():
            answer = told["responses"]["503"]
            assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
            assert "Retry-After" in answer["headers"]
