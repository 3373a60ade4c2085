"""A worker that is frozen while it sends, until its lease has lapsed; two workers on one mailbox; clocks that jump."""

from datetime import timedelta

import pytest

from sender.models import MailboxSlot, OutboxMessage, State
from sender.services import submit_many
from tests.delivery.faults import workers
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    large,
    order,
    sends_through,
    states_of,
    until,
    work,
)
from tests.delivery.faults.sink import PATIENCE_S, Pause, Sink
from tests.sender.helpers import let_lapse

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

ALL_SENT = Balance(lost=0, doubled=0, unknown=0)


@pytest.mark.parametrize("phase", ["EHLO", "MAIL", "DATA", "CONTENT"])
def test_a_worker_frozen_before_the_dot_notices_that_its_lease_is_over_and_sends_nothing_more(phase):
    pause = Pause()
    with Sink(pauses={(phase, 1): pause}) as sink:
        person = sends_through(sink)
        submit_many(
            person,
            [large(0) if phase == "CONTENT" else order(0), *map(order, range(1, 5))],
            submitted_by="test",
        )
        with workers.running() as [frozen]:
            assert pause.reached.wait(PATIENCE_S)
            frozen.freeze()
            let_lapse()
            work()
            assert states_of(person) == ["sent"] * 5
            pause.go_on.set()
            frozen.thaw()
            assert sink.wait_for(lambda: sink.talking == 0)
            frozen.ask_to_stop()
            assert frozen.exit_code() == 0
        assert balance(sink) == ALL_SENT
    assert [message.attempts.count() for message in OutboxMessage.objects.order_by("id")] == [2, 1, 1, 1, 1]
    assert not MailboxSlot.objects.exclude(owner="").exists()


def test_a_worker_frozen_after_the_dot_leaves_it_unknown_until_it_can_say_the_answer():
    pause = Pause()
    with Sink(pauses={("DOT", 2): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 4)
        with workers.running() as [frozen]:
            assert pause.reached.wait(PATIENCE_S)
            frozen.freeze()
            let_lapse()
            work()
            assert sorted(states_of(person)[1:]) == ["sent", "sent", "unknown"]
            pause.go_on.set()
            frozen.thaw()
            until(lambda: states_of(person) == ["sent"] * 4)
            frozen.ask_to_stop()
            assert frozen.exit_code() == 0
        assert balance(sink) == ALL_SENT


def test_two_workers_on_one_mailbox_send_each_message_once():
    with Sink() as sink:
        person = sends_through(sink, max_connections=2)
        hand_over(person, 150)
        with workers.running(2, until_empty=True) as both:
            assert [worker.exit_code() for worker in both] == [0, 0]
        assert states_of(person) == ["sent"] * 150
        assert balance(sink) == ALL_SENT


def test_what_a_dead_worker_left_is_sent_by_the_other_once_its_lease_has_run_out():
    """Nothing is helped along here: only the times are shorter."""
    pause = Pause()
    short = {
        "sender__leases__LEASE": timedelta(seconds=1),
        "sender__worker__RECOVER_EVERY_S": 0.1,
        "sender__leases__BEAT_S": 0.1,
    }
    with Sink(pauses={("RCPT", 2): pause}) as sink:
        person = sends_through(sink, max_connections=1)
        hand_over(person, 10)
        with workers.running(2, **short) as both:
            assert pause.reached.wait(PATIENCE_S)
            until(lambda: states_of(person)[0] == "sent")
            owner = MailboxSlot.objects.get().owner
            for worker in both:  # the one that has no slot dies, too, and another comes in its place
                worker.kill()
            assert OutboxMessage.objects.filter(claimed_by=owner, state=State.SENDING).count() == 9
        with workers.running(**short):
            until(lambda: states_of(person) == ["sent"] * 10)
        assert balance(sink) == ALL_SENT
