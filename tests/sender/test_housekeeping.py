"""What a worker does beside sending goes on, whatever one part of it meets."""

import threading
from itertools import count

import pytest

from sender import housekeeping, outbox, resolver
from webhooks import delivering

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 20


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(housekeeping, "ROUND_S", 0.01)


@pytest.fixture
def stopping():
    event = threading.Event()
    yield event
    event.set()


def beginning(target, *arguments) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def test_a_thread_that_met_what_nobody_thought_of_begins_anew(stopping):
    tries, again = count(1), threading.Event()

    def fails_once(stopped: threading.Event) -> None:
        if next(tries) == 1:
            raise KeyError("cause")
        again.set()
        stopped.wait(PATIENCE_S)

    thread = beginning(housekeeping.serve, fails_once, stopping)
    assert again.wait(PATIENCE_S)
    stopping.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_a_job_that_fails_keeps_the_others_from_nothing(stopping, monkeypatch):
    done = threading.Event()

    def fails(_now) -> None:
        raise KeyError("cause")

    monkeypatch.setattr(housekeeping, "due", lambda _minute: (fails, lambda _now: done.set()))
    beginning(housekeeping.keep_house, stopping)
    assert done.wait(PATIENCE_S)


def test_mail_that_no_worker_knows_of_is_found_while_a_server_hangs():
    assert resolver.look in housekeeping.ASKING_SERVERS
    assert outbox.sweep in housekeeping.EACH_MINUTE
    assert not set(housekeeping.ASKING_SERVERS) & set(housekeeping.due(0))
    beside = housekeeping.threads_beside()
    assert {housekeeping.keep_house, housekeeping.ask_servers, delivering.serve} <= set(beside)
