"""A server that says nothing any more in the middle of a message: who else has to wait, and for how long."""

import signal
from collections import Counter

import pytest

from sender import drain, leases, outbox
from sender.models import OutboxMessage, State
from tests.delivery.faults import workers
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
from tests.delivery.faults.sink import PATIENCE_S, Fault, Pause, Sink
from tests.sender.helpers import let_lapse

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING_AMISS = Balance(lost=0, doubled=0, unknown=0)


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "CONTENT", "DOT"])
def test_other_companies_and_other_slots_of_the_mailbox_go_on_meanwhile(phase):
    silent = Pause()
    with Sink(pauses={(phase, 1): silent}) as hanging, Sink() as other:
        person, stranger = sends_through(hanging), sends_through(other)
        hand_over(person, 3 * drain.FIRST)
        with worker_here():
            assert silent.reached.wait(PATIENCE_S)
            hand_over(stranger, 2)
            until(lambda: states_of(stranger) == ["sent"] * 2)
            until(lambda: states_of(person).count("sent") >= 2 * drain.FIRST)
            silent.go_on.set()
            until(lambda: set(states_of(person)) == {"sent"})
        assert balance(hanging, other) == NOTHING_AMISS


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
def test_a_worker_told_to_stop_waits_for_a_silent_server_no_longer_than_the_companys_limit(phase):
    """Each of these would be minutes by RFC 5321's advice: the worker would still be there when the test gives up."""
    with Sink(faults={(phase, 1): Fault(hangs=True)}) as sink:
        person = sends_through(sink, timeout_s=1)
        hand_over(person, 2)
        with worker_here() as worker:
            assert sink.wait_for(lambda: sink.reached[phase])
            worker.stop()
        assert states_of(person) == ["waiting", "waiting"]
        first = OutboxMessage.objects.order_by("id").first()
        assert [attempt.outcome for attempt in first.attempts.all()] == ["deferred"]
        assert first.cause == "smtp_connection_timeout"
        assert balance(sink) == NOTHING_AMISS


@pytest.mark.parametrize("phase", ["MAIL", "DOT"])
def test_what_was_taken_behind_it_waits_again_soon_and_can_be_cancelled(phase, monkeypatch):
    monkeypatch.setattr(leases, "HANGS_S", 0.3)
    monkeypatch.setattr(leases, "BEAT_S", 0.05)
    silent = Pause()
    with Sink(pauses={(phase, 3): silent}) as sink:
        person = sends_through(sink, max_connections=1)
        third, *_, last = hand_over(person, drain.FIRST + 5)[2:]
        with worker_here():
            assert silent.reached.wait(PATIENCE_S)
            until(lambda: Counter(states_of(person)) == {"sent": 2, "sending": 1, "waiting": drain.FIRST + 2})
            assert outbox.cancel(last)
            assert not outbox.cancel(third)
            silent.go_on.set()
            until(lambda: set(states_of(person)) == {"sent", "cancelled"})
        assert balance(sink) == NOTHING_AMISS
    assert OutboxMessage.objects.filter(attempts_made=1).count() == drain.FIRST + 4


def test_other_slots_send_what_one_left_that_hangs(monkeypatch):
    monkeypatch.setattr(leases, "HANGS_S", 0.3)
    monkeypatch.setattr(leases, "BEAT_S", 0.05)
    monkeypatch.setattr(leases, "WORTH_A_SLOT", 1)
    silent = Pause()
    with Sink(pauses={("DATA", 3): silent}) as sink:
        person = sends_through(sink, max_connections=2)
        hand_over(person, 10)
        with worker_here():
            assert silent.reached.wait(PATIENCE_S)
            until(lambda: Counter(states_of(person)) == {"sent": 9, "sending": 1})
            silent.go_on.set()
            until(lambda: set(states_of(person)) == {"sent"})
        assert balance(sink) == NOTHING_AMISS


@pytest.mark.processes
def test_a_second_signal_ends_the_worker_at_once_and_only_what_hangs_waits_for_its_lease(monkeypatch):
    short = {"sender__leases__HANGS_S": 0.3, "sender__leases__BEAT_S": 0.05}
    with Sink(faults={("MAIL", 3): Fault(hangs=True)}) as sink:
        person = sends_through(sink, max_connections=1)
        hand_over(person, drain.FIRST)
        with workers.running(**short) as [worker]:
            assert sink.wait_for(lambda: sink.reached["MAIL"] == 3)
            until(lambda: Counter(states_of(person)) == {"sent": 2, "sending": 1, "waiting": drain.FIRST - 3})
            worker.ask_to_stop()
            until(lambda: worker.ask_to_stop() or not worker.is_running)
            assert worker.exit_code() == 128 + signal.SIGTERM
        assert OutboxMessage.objects.filter(state=State.SENDING).count() == 1
        let_lapse()
        work()
        assert states_of(person) == ["sent"] * drain.FIRST
        assert balance(sink) == NOTHING_AMISS
