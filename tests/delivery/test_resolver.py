"""A message sent through Graph whose answer was lost is found in Sent Items, or left to a person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.ids import uuid7
from core.sentences import said
from sender import resolver
from sender.models import OutboxMessage
from tests.delivery.outbox import answers, order, state

ULLA = "ulla.user@nordicfreight.example"
SOON = timedelta(minutes=1)


@pytest.fixture
def may_read(office):
    return office.connect_with_drafts(ULLA)


def lost(office, person, *, was_sent: bool) -> OutboxMessage:
    """Handed over; the answer does not come."""
    office.world.add_fault("graph.send", times=1, action="drop", store=was_sent)
    message = office.send(person, order())
    assert state(message)[0] == "unknown"
    return message


def test_what_lies_in_sent_items_was_sent(office, may_read):
    message = lost(office, may_read, was_sent=True)
    assert resolver.look(timezone.now()) == 0  # too early
    assert resolver.look(timezone.now() + SOON) == 1
    assert state(message)[0] == "sent"
    assert set(answers(message).values()) == {"accepted"}
    assert said(message.attempts.get().note) == "Found in Sent Items."
    assert len(office.arrived(message)) == 1


def test_what_is_not_there_is_looked_for_again_and_never_sent_again(office, may_read):
    message = lost(office, may_read, was_sent=False)
    for minutes in (1, 5, 14, 16):
        assert resolver.look(timezone.now() + timedelta(minutes=minutes)) == 0
    assert office.world.requests()["graph.find"] == 3
    office.work()
    assert (state(message)[0], office.arrived(message)) == ("unknown", [])


def test_without_the_permission_nobody_asks(office):
    office.connect(ULLA)
    lost(office, office.person(ULLA, "NordicFreight"), was_sent=True)
    assert resolver.look(timezone.now() + SOON) == 0
    assert office.world.requests().get("graph.find", 0) == 0


@pytest.mark.parametrize("fault", [{"status": 503}, {"action": "drop"}])
def test_a_passing_fault_while_looking_is_tried_again(office, may_read, fault):
    message = lost(office, may_read, was_sent=True)
    office.world.add_fault("graph.find", times=1, **fault)
    assert resolver.look(timezone.now() + SOON) == 0
    assert resolver.look(timezone.now() + 2 * SOON) == 1
    assert state(message)[0] == "sent"


def test_those_that_are_not_there_keep_no_other_from_being_looked_for(office, may_read, monkeypatch):
    monkeypatch.setattr(resolver, "MOST_A_ROUND", 1)
    lost(office, may_read, was_sent=False)
    there = lost(office, may_read, was_sent=True)
    now = timezone.now()
    assert sum(resolver.look(now + minutes * SOON) for minutes in (1, 2)) == 1
    assert state(there)[0] == "sent"


def test_only_what_went_through_graph_takes_a_place(office, may_read, monkeypatch):
    monkeypatch.setattr(resolver, "MOST_A_ROUND", 1)
    by_smtp = lost(office, may_read, was_sent=True)
    mailbox = by_smtp.mailbox
    mailbox.pk, mailbox.method, mailbox._state.adding = uuid7(), "microsoft_smtp", True
    mailbox.save()
    OutboxMessage.objects.filter(pk=by_smtp.pk).update(mailbox=mailbox)
    there = lost(office, may_read, was_sent=True)
    assert resolver.look(timezone.now() + SOON) == 1
    assert state(there)[0] == "sent"
