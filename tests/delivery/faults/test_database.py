"""The database goes away while mail is sent, and comes back; on SQLite: somebody keeps it locked for long."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connection, connections

from sender import books, leases
from sender.models import MailboxSlot, OutboxMessage
from sender.services import Draft, submit
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    sends_through,
    states_of,
    until,
    work,
    worker_here,
)
from tests.delivery.faults.sink import PATIENCE_S, Pause, Sink

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING_AMISS = Balance(lost=0, doubled=0, unknown=0)
NOTICED = (
    "leases are renewed when it does",
    "an outcome is written as soon as it does",
    "the database went away",
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """A fiftieth of the time that is given to a database."""
    monkeypatch.setattr(leases, "BEAT_S", 0.05)
    monkeypatch.setattr(books, "_AGAIN_AFTER_S", 0.05)
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.4)
    connections.close_all()


@contextmanager
def out_of_reach() -> Iterator[None]:
    """PostgreSQL ends all connections and takes no new ones; SQLite is locked for longer than anybody waits."""
    name = connection.settings_dict["NAME"]
    connections.close_all()
    if connection.vendor == "sqlite":
        other = sqlite3.connect(name, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()
            other.close()
        return
    folder = connection.settings_dict["OPTIONS"]["host"]
    with psycopg.connect(dbname="postgres", user="postgres", host=folder, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_without_its_database_a_worker_waits_with_the_answers_it_has_and_goes_on_where_it_was(caplog):
    """One company's mail is before the marker, another's before the answer, a third's before its first command."""
    pauses = beginning, marking, answering = Pause(), Pause(), Pause()
    with (
        Sink(pauses={("RCPT", 2): marking}) as before,
        Sink(pauses={("DOT", 2): answering}) as after,
        Sink(pauses={("EHLO", 1): beginning}) as later,
    ):
        people = [sends_through(sink) for sink in (before, after, later)]
        for person in people:
            hand_over(person, 4)
        with worker_here() as worker:
            for pause in pauses:
                assert pause.reached.wait(PATIENCE_S)
            with out_of_reach():
                for pause in pauses:
                    pause.go_on.set()
                for words in NOTICED:
                    until(lambda words=words: words in caplog.text)
            connections.close_all()
            until(lambda: all(set(states_of(person)) == {"sent"} for person in people))
            assert worker._heartbeat.is_alive()
        assert balance(before, after, later) == NOTHING_AMISS
    assert not MailboxSlot.objects.exclude(owner="").exists()


def test_what_is_handed_over_meanwhile_is_refused_and_the_same_key_stores_it_afterwards():
    with Sink() as sink:
        person = sends_through(sink)
        message = Draft(to=["rita@recipient.example"], subject="Order 1", text="One truck.")
        with out_of_reach(), pytest.raises((DatabaseError, InterfaceError)):
            submit(person, message, submitted_by="test", idempotency_key="order-1")
        connections.close_all()
        assert not OutboxMessage.objects.exists()
        for _ in range(2):
            submit(person, message, submitted_by="test", idempotency_key="order-1")
        work()
        assert states_of(person) == ["sent"]
        assert balance(sink) == NOTHING_AMISS
