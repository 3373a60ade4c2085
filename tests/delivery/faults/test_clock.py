"""The clock of a host jumps an hour, while its worker sends or before."""

import time
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from core import ids
from sender import outbox
from sender.models import MailboxSlot, OutboxMessage, SendingMailbox
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
from tests.delivery.faults.sink import PATIENCE_S, Pause, Sink
from tests.sender.helpers import take_slot

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_jump_of_the_workers_clock_loses_and_doubles_nothing_and_new_mail_goes_at_once(monkeypatch, jump):
    real_now, pause = timezone.now, Pause()
    with Sink(pauses={("DATA", 2): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 4)
        with worker_here():
            assert pause.reached.wait(PATIENCE_S)
            monkeypatch.setattr(timezone, "now", lambda: real_now() + jump)
            pause.go_on.set()
            until(lambda: states_of(person) == ["sent"] * 4)
            hand_over(person, 2)
            until(lambda: states_of(person) == ["sent"] * 6)
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)
    mailbox = SendingMailbox.objects.get()
    assert (mailbox.health, mailbox.paused_until) == ("ready", None)


def test_what_was_handed_over_and_taken_while_the_clock_was_an_hour_ahead_does_not_wait_for_that_hour(
    monkeypatch,
):
    real_now, real_ns = timezone.now, time.time_ns
    with Sink() as sink:
        person = sends_through(sink)
        with monkeypatch.context() as ahead:
            ahead.setattr(timezone, "now", lambda: real_now() + HOUR)
            ahead.setattr(time, "time_ns", lambda: real_ns() + 3_600_000_000_000)
            ahead.setattr(ids, "_last", ids._last)  # keys of a process never go back
            hand_over(person, 2)
        assert OutboxMessage.objects.first().due_at > timezone.now() + HOUR / 2
        take_slot(OutboxMessage.objects.first())
        MailboxSlot.objects.update(until=timezone.now() + HOUR)
        outbox.look_again(SendingMailbox.objects.get().pk)
        outbox.sweep(timezone.now())
        work()
        assert states_of(person) == ["sent"] * 2
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)
    assert not MailboxSlot.objects.exclude(owner="").exists()


def test_leases_that_seem_to_have_lapsed_long_ago_are_kept_by_the_worker_that_holds_them():
    """As after a jump of the database's clock; a second worker may take its messages, and then only one sends them."""
    pause = Pause()
    with Sink(pauses={("DATA", 2): pause}) as sink:
        person = sends_through(sink)
        hand_over(person, 6)
        with worker_here():
            assert pause.reached.wait(PATIENCE_S)
            MailboxSlot.objects.exclude(owner="").update(until=F("until") - HOUR)
            work()
            assert states_of(person)[1:] == ["sent"] * 5
            pause.go_on.set()
            assert sink.wait_for(lambda: sink.talking == 0)
        until(lambda: states_of(person) == ["sent"] * 6)
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)
