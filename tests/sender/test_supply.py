"""Taking and reading the next batch beforehand."""

import threading

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connections

from sender import drain, leases, sign_in
from sender.drain import Drain
from sender.helpers import Helpers
from sender.limits import Limits
from sender.models import OutboxMessage, SendingMailbox
from sender.supply import ALL_BYTES, MOST_BYTES, Batch, Supply, share
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
    return Batch([], 1)


def test_a_batch_that_was_begun_is_taken_by_another_thread(helpers):
    took: list[str] = []

    def take() -> Batch:
        took.append(threading.current_thread().name)
        return empty()

    supply = Supply(take, helpers)
    supply.begin()
    assert supply._ahead.result(PATIENCE_S) is supply.next()
    supply.next()
    assert all(name.startswith("helper-") for name in took)
    assert len(took) == 2


def test_a_helper_whose_connection_broke_does_the_next_job_with_another(world, helpers):
    def break_it() -> None:
        connections["default"].ensure_connection()
        connections["default"].connection.close()
        SendingMailbox.objects.count()

    with pytest.raises((OperationalError, InterfaceError, ProgrammingError)):
        [helpers.do(break_it) for _ in range(10)]
    assert [helpers.do(SendingMailbox.objects.count) for _ in range(10)] == [0] * 10


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


def test_the_more_slots_send_the_less_each_of_them_holds_in_memory():
    assert share(0) == share(1) == MOST_BYTES
    assert all(2 * slots * share(slots) <= ALL_BYTES for slots in (10, 32, 200))
