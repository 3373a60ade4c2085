"""Who writes on SQLite takes a turn: threads and processes wait for each other, and never for ever."""

import fcntl
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction

from sender import turns
from sender.services import Draft, submit
from sender.turns import Turn
from tests.sender.helpers import open_relay

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="PostgreSQL takes many at once"
    ),
]
TIME_LIMIT_S = 60
HOLDS_IT = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("it is mine", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(monkeypatch, tmp_path) -> Path:
    path = tmp_path / "postroom.sqlite3"
    path.touch(mode=0o640)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    return path


@pytest.fixture
def held(database) -> Iterator[subprocess.Popen]:
    """Another process that has the turn, until it is told to end."""
    with Turn():
        pass  # makes the file
    command = [sys.executable, "-c", HOLDS_IT, str(database) + turns.ENDING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        yield process
        process.kill()


def is_free(database: Path) -> bool:
    with open(str(database) + turns.ENDING) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_a_turn_within_a_turn_ends_with_the_outer_one(database):
    turn = Turn()
    with turn:
        with turn:
            pass
        assert not is_free(database)
    assert is_free(database)


def test_a_process_waits_for_another_that_has_the_turn(database, held, monkeypatch):
    looked = []

    def sleep(_s: float) -> None:
        looked.append(is_free(database))
        held.kill()  # the system lets go of what a process held
        held.wait()

    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    with Turn():
        assert looked == [False]
        assert not is_free(database)


def test_who_keeps_the_turn_holds_nobody_up_for_ever(database, held, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_S", 0)
    with Turn():
        assert held.poll() is None
    assert not is_free(database)


def test_after_one_wait_in_vain_writes_wait_no_more_until_the_turn_is_free(database, held, monkeypatch):
    pauses, turn = [], Turn()
    clock = SimpleNamespace(monotonic=lambda: 1_000 + sum(pauses), sleep=pauses.append)
    monkeypatch.setattr(turns, "time", clock)
    monkeypatch.setattr(turns, "PAUSE_S", 1)
    for _write in range(5):
        with turn:
            pass
    assert sum(pauses) == turns.LONGEST_S
    pauses.append(turns.AGAIN_AFTER_S)
    with turn:
        pass
    assert sum(pauses) == 2 * turns.LONGEST_S + turns.AGAIN_AFTER_S
    held.kill()
    held.wait()
    with turn:
        assert not is_free(database)
    with open(str(database) + turns.ENDING) as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        with turn:
            pass
    assert sum(pauses) == 3 * turns.LONGEST_S + turns.AGAIN_AFTER_S


def test_the_file_is_for_all_who_may_write_the_database_and_no_others(database):
    with Turn():
        assert Path(str(database) + turns.ENDING).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
def test_a_database_in_memory_has_no_file(monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    with Turn():
        assert os.listdir(tmp_path) == []


def test_where_no_file_can_be_made_threads_still_take_turns(database):
    os.mkdir(str(database) + turns.ENDING)
    turn, has_it = Turn(), threading.Event()
    other = threading.Thread(target=lambda: turn.__enter__() or has_it.set() or turn.__exit__())
    with turn:
        other.start()
        assert not has_it.is_set()
    assert has_it.wait(TIME_LIMIT_S)
    other.join()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_takes_turns_of_its_own(database):
    fork = multiprocessing.get_context("fork")
    with turns.turn:
        child = fork.Process(target=_waits_in_vain)
        child.start()
        child.join(TIME_LIMIT_S)
        assert not is_free(database)
    assert child.exitcode == 0


def _waits_in_vain() -> None:
    turns.LONGEST_S = 0
    with turns.turn:
        pass


@pytest.fixture
def taken(monkeypatch) -> list[str]:
    """A word for each turn that is taken, after the connection was made."""
    connection.close()
    connection.ensure_connection()
    words = []

    class Told(Turn):
        def __enter__(self) -> None:
            words.append("turn")
            super().__enter__()

    monkeypatch.setattr(turns, "turn", Told())
    return words


def test_whatever_django_writes_takes_a_turn_and_what_it_reads_takes_none(world, taken):
    assert world.company.memberships.count()
    assert taken == []
    world.company.memberships.update(role="user")
    assert taken == ["turn"]


def test_a_transaction_takes_one_turn_to_begin(world, taken):
    with transaction.atomic():
        world.company.memberships.update(role="user")
        world.company.save()
    assert taken == ["turn"]


def test_within_a_transaction_nobody_waits_for_a_turn(world):
    """Who has the database and waited for the turn would wait for whoever has the turn and waits for the database."""
    open_relay(world.user)
    has_it, may_end = threading.Event(), threading.Event()

    def other() -> None:
        with turns.turn:
            has_it.set()
            assert may_end.wait(TIME_LIMIT_S)

    thread = threading.Thread(target=other)
    with transaction.atomic():
        thread.start()
        assert has_it.wait(TIME_LIMIT_S)
        submit(world.user, Draft(to=["rita@recipient.example"], text="One truck."), submitted_by="test")
        may_end.set()
    thread.join()
