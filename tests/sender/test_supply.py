"""Taking and reading the next batch beforehand."""

import threading

import pytest
from django.db import OperationalError, connections

from sender import drain, leases, sign_in
from sender.drain import Drain
from sender.limits import Limits
from sender.models import OutboxMessage
from sender.supply import Batch, Helpers, Supply
from tests.sender.helpers import hand_over, state_of
from tests.sender.test_drain import Scripted, accepted

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 20


@pytest.fixture
def helpers():
    made = Helpers()
    yield made
    made.stop()


def empty() -> Batch:
    return Batch([], iter(()), is_full=False)


def test_a_batch_that_was_begun_is_taken_by_another_thread(helpers):
    took: list[str] = []

    def take() -> Batch:
        took.append(threading.current_thread().name)
        return empty()

    supply = Supply(take, helpers)
    supply.begin()
    assert supply._ahead.result(PATIENCE_S) is supply.next()
    supply.next()
    assert took[0].startswith("supply-")
    assert took[1] == threading.current_thread().name


def test_with_all_helpers_busy_a_slot_takes_its_batch_itself(helpers):
    go_on, busy = threading.Event(), threading.Barrier(5)

    def hold() -> Batch:
        busy.wait(PATIENCE_S)
        go_on.wait(PATIENCE_S)
        return empty()

    holding = [helpers.begin(hold) for _ in range(4)]
    busy.wait(PATIENCE_S)
    took: list[str] = []
    supply = Supply(lambda: took.append(threading.current_thread().name) or empty(), helpers)
    supply.begin()
    supply.next()
    assert took == [threading.current_thread().name]
    go_on.set()
    assert all(future.result(PATIENCE_S) for future in holding)


def test_what_goes_wrong_beforehand_is_told_when_the_batch_is_asked_for(helpers):
    def fail() -> Batch:
        raise OperationalError("the connection ended")

    supply = Supply(fail, helpers)
    supply.begin()
    with pytest.raises(OperationalError):
        supply.next()


def test_what_was_taken_beforehand_is_given_back_when_the_turn_ends(world, helpers, monkeypatch):
    monkeypatch.setattr(drain, "FIRST", 2)
    messages = [hand_over(world.user, subject=str(number)) for number in range(6)]
    mailbox, began = messages[0].mailbox, threading.Event()
    begin = Supply.begin

    def seen(supply: Supply) -> None:
        begin(supply)
        supply._ahead.add_done_callback(lambda _: began.set())

    monkeypatch.setattr(Supply, "begin", seen)

    def after_the_next_was_taken(before_handover):
        assert began.wait(PATIENCE_S)
        assert OutboxMessage.objects.filter(state="sending").count() in (
            3,
            4,
        )  # the first may be written down
        before_handover()
        return accepted()

    monkeypatch.setattr(sign_in, "transport_for", lambda _: Scripted(accepted(), after_the_next_was_taken))
    lease = leases.take(mailbox, 1)
    turn = Drain(mailbox, lease, lambda: turn.outcomes.total() == 2, Limits(1), helpers)
    turn.run()
    lease.release()
    assert [state_of(message) for message in messages] == ["sent"] * 2 + ["waiting"] * 4
    connections.close_all()
