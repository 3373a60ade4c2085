"""The queue is lost.

There is no queue file that could be deleted: what is due is the messages themselves, and each mailbox has the earliest
of their times beside it. Here that time, every slot, and the word that goes to workers are lost.
"""

import pytest

from sender import housekeeping, wakeups
from sender.models import MailboxSlot, SendingMailbox
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    sends_through,
    states_of,
    until,
    worker_here,
)
from tests.delivery.faults.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_due_is_found_again_by_the_messages_themselves(monkeypatch):
    monkeypatch.setattr(housekeeping, "ROUND_S", 0.1)
    monkeypatch.setattr(wakeups, "announce", lambda: None)
    with Sink() as sink:
        person = sends_through(sink)
        hand_over(person, 4)
        SendingMailbox.objects.update(next_due_at=None, last_turn_at=None)
        MailboxSlot.objects.all().delete()
        with worker_here():
            until(lambda: states_of(person) == ["sent"] * 4)
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)
