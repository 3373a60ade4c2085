"""The disk is full, when mail is handed over and when an answer has to be written."""

import base64
import random
from typing import Protocol

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.signals import connection_created

from sender import books
from sender.models import Attempt, OutboxMessage
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
from tests.delivery.faults.private_postgres import PrivatePostgres
from tests.delivery.faults.sink import PATIENCE_S, Fault, Pause, Sink

NOTHING_AMISS = Balance(lost=0, doubled=0, unknown=0)
WORDS = "taken " * 300
LARGE = base64.encodebytes(random.Random(7).randbytes(1_200_000)).decode()  # no compressing makes it small
MANY = 20  # answers; not so many fit into what is left of the last page


class Disk(Protocol):
    def fill(self) -> None:
        """No connection made from now on finds room for more than some rows."""

    def make_room(self) -> None: ...


class SqliteDisk:
    def fill(self) -> None:
        connections.close_all()
        with connection.cursor() as cursor:  # room that earlier rows left in the file would be used first
            cursor.execute("VACUUM")
        connections.close_all()
        connection_created.connect(self._no_more)

    def make_room(self) -> None:
        connection_created.disconnect(self._no_more)
        connections.close_all()

    @staticmethod
    def _no_more(connection, **_facts: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1")  # which means: as many as there are


class PostgresDisk:
    """The table of attempts has a file of 1 MB, and no file may be larger: the table can have no page more.

    The log, whose own files of 1 MB are full only as often as PostgreSQL wants, must still be written.
    """

    def __init__(self, server: PrivatePostgres) -> None:
        self._server = server

    def fill(self) -> None:
        self._server.limit_files(max(1_048_576, self._grow()))
        connections.close_all()

    def make_room(self) -> None:
        self._server.limit_files()
        connections.close_all()

    def _grow(self) -> int:
        """What is rolled back keeps its room until somebody vacuums; returns the file's size."""
        message = OutboxMessage.objects.first()
        with transaction.atomic(), connection.cursor() as cursor:
            if message:
                facts = {"message": message, "method": "company_smtp", "phase": "connect", "reply": WORDS}
                Attempt.objects.bulk_create(Attempt(number=number, **facts) for number in range(100, 800))
            cursor.execute("SELECT pg_relation_size(%s)", [Attempt._meta.db_table])
            size_bytes = cursor.fetchone()[0]
            transaction.set_rollback(True)
        return size_bytes


DISKS = ["postgresql"]
if connection.vendor == "sqlite":
    DISKS.append(pytest.param("sqlite", marks=pytest.mark.django_db(transaction=True)))


@pytest.fixture(params=DISKS)
def disk(request, monkeypatch) -> Disk:
    monkeypatch.setattr(books, "_AGAIN_AFTER_S", 0.05)
    if request.param == "postgresql":
        return PostgresDisk(request.getfixturevalue("private_postgres"))
    return SqliteDisk()


def test_what_finds_no_room_is_refused_whole_and_the_same_keys_store_it_once_there_is_some(disk):
    with Sink() as sink:
        person = sends_through(sink)
        large = Draft(to=["rita@recipient.example"], subject="Order", text=LARGE)
        disk.fill()
        with pytest.raises(DatabaseError):
            submit(person, large, submitted_by="test", idempotency_key="order")
        with pytest.raises(DatabaseError):
            submit_many(
                person, [order(number, html=LARGE[:20_000]) for number in range(300)], submitted_by="test"
            )
        assert not OutboxMessage.objects.exists()
        disk.make_room()
        for _ in range(2):
            submit(person, large, submitted_by="test", idempotency_key="order")
        work()
        assert states_of(person) == ["sent"]
        assert balance(sink) == NOTHING_AMISS


def test_an_answer_that_finds_no_room_is_written_as_soon_as_there_is_some(disk, caplog):
    wordy, pause = Fault(f"250 2.0.0 {WORDS}"), Pause()
    with Sink(faults={("DOT", n): wordy for n in range(1, MANY)}, pauses={("DOT", 1): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, MANY)
        disk.fill()
        with worker_here():
            assert pause.reached.wait(PATIENCE_S)
            pause.go_on.set()
            until(lambda: "an outcome is written as soon as it does" in caplog.text)
            disk.make_room()
            until(lambda: states_of(person) == ["sent"] * MANY)
        assert balance(sink) == NOTHING_AMISS
