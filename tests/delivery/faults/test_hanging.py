"""A server that says nothing any more in the middle of a message: who else has to wait, and for how long."""

import pytest

from sender import drain
from sender.models import OutboxMessage
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    sends_through,
    states_of,
    until,
    worker_here,
)
from tests.delivery.faults.sink import PATIENCE_S, Fault, Pause, Sink

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
