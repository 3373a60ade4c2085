"""The disk is full, when mail is handed over and when an answer has to be written. SQLite only.

PostgreSQL would need a file system of its own for that, which a test cannot have without administrator's rights.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.signals import connection_created

from sender import books
from sender.models import OutboxMessage
from sender.services import Draft, submit, submit_many
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    order,
    sends_through,
    states_of,
    until,
    work,
    worker_here,
)
from tests.delivery.faults.sink import PATIENCE_S, Fault, Pause, Sink

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING_AMISS = Balance(lost=0, doubled=0, unknown=0)


@pytest.fixture(autouse=True)
def _sqlite(monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("a full disk of PostgreSQL needs a file system of its own")
    monkeypatch.setattr(books, "_AGAIN_AFTER_S", 0.05)


@contextmanager
def full_disk() -> Iterator[None]:
    """No connection made from now on may let the file grow."""

    connections.close_all()
    connection_created.connect(_no_more)
    try:
        yield
    finally:
        room_again()


def room_again() -> None:
    connection_created.disconnect(_no_more)
    connections.close_all()


def _no_more(connection, **_facts: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1")  # which means: as many as there are


def fill_free_pages() -> None:
    """Room that earlier rows left in the file would be used first."""
    connections.close_all()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")


def test_what_finds_no_room_is_refused_whole_and_the_same_keys_store_it_once_there_is_some():
    fill_free_pages()
    with Sink() as sink:
        person = sends_through(sink)
        large = Draft(to=["rita@recipient.example"], subject="Order", text="One truck.\n" * 20_000)
        with full_disk():
            with pytest.raises(OperationalError, match="full"):
                submit(person, large, submitted_by="test", idempotency_key="order")
            with pytest.raises(OperationalError, match="full"):
                submit_many(person, [order(number) for number in range(300)], submitted_by="test")
            assert not OutboxMessage.objects.exists()
        for _ in range(2):
            submit(person, large, submitted_by="test", idempotency_key="order")
        work()
        assert states_of(person) == ["sent"]
        assert balance(sink) == NOTHING_AMISS


def test_an_answer_that_finds_no_room_is_written_as_soon_as_there_is_some(caplog):
    wordy, pause = Fault("250 2.0.0 " + "taken " * 300), Pause()
    with Sink(faults={("DOT", n): wordy for n in range(1, 9)}, pauses={("DOT", 1): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 8)
        fill_free_pages()
        with full_disk(), worker_here():
            assert pause.reached.wait(PATIENCE_S)
            pause.go_on.set()
            until(lambda: "an outcome is written as soon as it does" in caplog.text)
            room_again()
            until(lambda: states_of(person) == ["sent"] * 8)
        assert balance(sink) == NOTHING_AMISS
