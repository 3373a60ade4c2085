"""`kill -9` of a real worker at every phase of a send by SMTP, with several messages taken by the slot."""

from contextlib import ExitStack

import pytest

from accounts.models import Membership
from sender.models import MailboxSlot, OutboxMessage, State
from sender.services import submit_many
from sender.transports.base import Outcome
from tests.delivery.faults import workers
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    held_writes,
    is_answered,
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

BEFORE_ANY = ("CONNECT", "EHLO", "STARTTLS", "AUTH")
BEFORE = (*BEFORE_ANY, "MAIL", "RCPT", "DATA", "CONTENT")
AFTER = ("DOT", "REPLY")  # REPLY: the worker has the answer, and cannot tell the database
COUNT = 4


def handed_over(sink: Sink, phase: str) -> Membership:
    """Four messages; the one that the worker is killed at is too large for the network's buffers, where it matters."""
    person = sends_through(sink)
    if phase != "CONTENT":
        hand_over(person, COUNT)
        return person
    orders = [order(number) for number in range(COUNT)]
    orders[1] = large(1)
    submit_many(person, orders, submitted_by="test")
    return person


def kill_at_every_phase(people: dict[str, Membership], pauses: dict[str, Pause]) -> None:
    """One worker is at a different phase with each company's mail when it dies."""
    second = OutboxMessage.objects.filter(membership=people["REPLY"]).order_by("id")[1]
    with workers.running() as [worker]:
        for phase in pauses:
            assert pauses[phase].reached.wait(PATIENCE_S), phase
        first_ones = len(pauses) - len(BEFORE_ANY)
        until(lambda: OutboxMessage.objects.filter(state=State.SENT).count() == first_ones)
        with held_writes():
            pauses["REPLY"].go_on.set()
            until(lambda: is_answered(second))
            worker.kill()


@pytest.mark.parametrize("pipelines", [True, False])
def test_killed_at_any_phase_nothing_is_lost_or_doubled_and_only_what_was_handed_over_is_unknown(
    trusted, pipelines
):
    with ExitStack() as open_sinks:
        pauses = {phase: Pause() for phase in BEFORE + AFTER}
        sinks, people = {}, {}
        for phase, pause in pauses.items():
            place = {"REPLY": "DOT"}.get(phase, phase)
            at = (place, 1 if phase in BEFORE_ANY else 2)
            goes_no_further = {("MAIL", 3): Pause()} if phase == "REPLY" else {}
            sink = Sink(trusted, pauses={at: pause, **goes_no_further}, pipelines=pipelines)
            sinks[phase] = open_sinks.enter_context(sink)
            people[phase] = handed_over(sink, phase)
        kill_at_every_phase(people, pauses)

        for phase, person in people.items():
            first = "sending" if phase in BEFORE_ANY else "sent"
            assert states_of(person) == [first, *["sending"] * 3], phase

        let_lapse()
        for pause in pauses.values():
            pause.go_on.set()
        work()
        for phase, person in people.items():
            second = "unknown" if phase == "DOT" else "sent"
            assert states_of(person) == ["sent", second, "sent", "sent"], phase
        assert balance(*sinks.values()) == Balance(lost=0, doubled=0, unknown=1)
    assert not MailboxSlot.objects.exclude(owner="").exists()
    for phase, person in people.items():
        check_attempts(phase, person)


def check_attempts(phase: str, person: Membership) -> None:
    """Only the message that the worker was at has a try more than the one that sent it."""
    messages = OutboxMessage.objects.filter(membership=person).order_by("id")
    tried = [[attempt.outcome for attempt in message.attempts.all()] for message in messages]
    expected: list[list[str]] = [[Outcome.ACCEPTED] for _ in range(COUNT)]
    place = 0 if phase in BEFORE_ANY else 2 if phase == "REPLY" else 1
    expected[place] = [Outcome.UNKNOWN] if phase == "DOT" else [Outcome.DEFERRED, Outcome.ACCEPTED]
    assert tried == expected, phase
