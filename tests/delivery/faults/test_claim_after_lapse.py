"""On PostgreSQL a worker is frozen while the server works on its claim, and its lease lapses before it is answered."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from sender import drain
from sender.models import MailboxSlot, OutboxMessage, State
from tests.delivery.faults import workers
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    journals,
    sends_through,
    states_of,
    until,
    work,
)
from tests.delivery.faults.private_postgres import PrivatePostgres
from tests.delivery.faults.sink import PATIENCE_S, Pause, Sink
from tests.delivery.faults.workers import RealWorker
from tests.sender.helpers import let_lapse

pytestmark = pytest.mark.processes

ALL_SENT = Balance(lost=0, doubled=0, unknown=0)
AT_ONCE = drain.FIRST
_CLAIMS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE%claimed_by%'"
)


@contextmanager
def frozen_while_it_claims(server: PrivatePostgres, pause: Pause, worker: RealWorker) -> Iterator:
    """The slot's row is held by the connection that this gives, so that the claim waits; all else was answered."""
    assert pause.reached.wait(PATIENCE_S)
    with psycopg.connect(**server._address) as other:
        other.execute(f"SELECT 1 FROM {MailboxSlot._meta.db_table} FOR UPDATE")
        pause.go_on.set()
        until(is_claiming)
        until(lambda: journals().count("end ") == AT_ONCE)
        worker.freeze()
        yield other


def is_claiming() -> bool:
    """A claim waits for its slot."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMS)
        return cursor.fetchone() == (1,)


def left() -> int:
    """Messages that nobody took."""
    return OutboxMessage.objects.filter(state=State.WAITING).count()


def goes_on_normally(person, frozen: RealWorker, sink: Sink) -> None:
    """It notices that its lease is gone, hands over nothing under it, and takes a new one."""
    frozen.thaw()
    hand_over(person, 1)
    until(lambda: states_of(person) == ["sent"] * (2 * AT_ONCE + 1))
    frozen.ask_to_stop()
    assert frozen.exit_code() == 0
    assert balance(sink) == ALL_SENT


def test_what_it_is_given_in_its_sleep_is_settled_and_it_sends_none_of_it(private_postgres):
    pause = Pause()
    with Sink(pauses={("MAIL", 5): pause}) as sink:
        person = sends_through(sink, max_connections=1)
        hand_over(person, 2 * AT_ONCE)
        with workers.running() as [frozen]:
            with frozen_while_it_claims(private_postgres, pause, frozen) as other:
                other.rollback()
                until(lambda: left() == 0)
            let_lapse()
            work()
            assert states_of(person) == ["sent"] * 2 * AT_ONCE
            goes_on_normally(person, frozen, sink)


def test_a_claim_that_comes_to_a_slot_which_was_freed_takes_nothing(private_postgres):
    pause = Pause()
    with Sink(pauses={("MAIL", 5): pause}) as sink:
        person = sends_through(sink, max_connections=1)
        hand_over(person, 2 * AT_ONCE)
        with workers.running() as [frozen]:
            with frozen_while_it_claims(private_postgres, pause, frozen) as other:
                other.execute(f"UPDATE {MailboxSlot._meta.db_table} SET owner = '', until = NULL")
                other.commit()
                until(lambda: not is_claiming())
            assert left() == AT_ONCE
            work()
            assert states_of(person) == ["sent"] * 2 * AT_ONCE
            goes_on_normally(person, frozen, sink)
