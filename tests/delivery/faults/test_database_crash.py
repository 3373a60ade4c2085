"""PostgreSQL itself is killed while mail is sent, and started again: the workers live through it."""

from contextlib import ExitStack

import pytest
from django.db import connections

from sender.models import MailboxSlot, OutboxMessage
from tests.delivery.faults import workers
from tests.delivery.faults.places import (
    OPEN,
    Balance,
    balance,
    hand_over,
    sends_through,
    states_of,
    until,
    work,
)
from tests.delivery.faults.private_postgres import PrivatePostgres
from tests.delivery.faults.sink import PATIENCE_S, Pause, Sink
from tests.sender.helpers import let_lapse

pytestmark = pytest.mark.processes

COMPANIES, EACH, CONNECTIONS = 3, 120, 2
A_LEASE_S = 90  # and more: a slot may have been taken without its worker being told
OFTEN = {"sender__housekeeping__ROUND_S": 0.2}  # what is done each minute


def crash(server: PrivatePostgres) -> None:
    server.kill()
    connections.close_all()
    server.start()


def test_killed_twice_in_the_middle_of_hundreds_of_messages_its_workers_go_on_by_themselves(
    private_postgres,
):
    with ExitStack() as open_sinks:
        sinks = [open_sinks.enter_context(Sink()) for _ in range(COMPANIES)]
        people = [sends_through(sink, max_connections=CONNECTIONS) for sink in sinks]
        for person in people:
            hand_over(person, EACH)
        with workers.running(2, **OFTEN) as both:
            for share in (COMPANIES * EACH // 4, COMPANIES * EACH // 2):
                until(lambda share=share: sum(sink.messages.total() for sink in sinks) >= share)
                crash(private_postgres)
            until(lambda: not OutboxMessage.objects.filter(state__in=OPEN).exists(), A_LEASE_S)
            for person in people:
                hand_over(person, 1)
                until(lambda person=person: states_of(person)[-1] == "sent")
            until(lambda: not MailboxSlot.objects.exclude(owner="").exists(), A_LEASE_S)
            for worker in both:
                worker.ask_to_stop()
            assert [worker.exit_code() for worker in both] == [0, 0]
        found = balance(*sinks)
        assert (found.lost, found.doubled) == (0, 0)
        assert found.unknown <= 2 * COMPANIES * CONNECTIONS  # a marker's commit whose answer was cut off


def test_what_was_taken_outlives_it_and_the_answer_is_written_when_it_is_back(private_postgres):
    pause = Pause()
    with Sink(pauses={("DOT", 2): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 4)
        with workers.running():
            assert pause.reached.wait(PATIENCE_S)
            crash(private_postgres)
            assert states_of(person)[1:] == ["sending"] * 3
            pause.go_on.set()
            until(lambda: states_of(person) == ["sent"] * 4)
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)


def test_killed_together_with_its_worker_only_what_was_handed_over_is_unknown(private_postgres):
    pause = Pause()
    with Sink(pauses={("DOT", 2): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 4)
        with workers.running() as [worker]:
            assert pause.reached.wait(PATIENCE_S)
            worker.freeze()
            crash(private_postgres)
            worker.kill()
        pause.go_on.set()
        let_lapse()
        work()
        assert states_of(person) == ["sent", "unknown", "sent", "sent"]
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=1)
