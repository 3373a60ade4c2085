"""The heartbeat keeps every lease of a worker, whatever happens to one of its drains."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from sender import leases
from sender.leases import Heartbeat, Lease
from sender.models import MailboxSlot, SendingMailbox
from tests.sender.helpers import hand_over, take_slot

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 20


@pytest.fixture
def heartbeat(monkeypatch):
    monkeypatch.setattr(leases, "BEAT_S", 0.01)
    made = Heartbeat()
    yield made
    made.stop()
    if made.is_alive():
        made.join(PATIENCE_S)


def failing(error: Exception):
    def on_beat() -> None:
        raise error

    return on_beat


def nearly_over(lease: Lease) -> None:
    MailboxSlot.objects.filter(pk=lease.slot_id).update(until=timezone.now() + timedelta(seconds=2))


@pytest.mark.parametrize("error", [SendingMailbox.DoesNotExist(), KeyError("x"), RuntimeError("x")])
def test_an_error_in_one_drain_neither_ends_it_nor_keeps_the_others_from_their_beat(world, heartbeat, error):
    first, second = take_slot(hand_over(world.user)), take_slot(hand_over(world.user))
    nearly_over(second)
    beats, enough = [], threading.Event()

    def on_beat() -> None:
        beats.append(1)
        if len(beats) == 3:
            enough.set()

    heartbeat.add(first, failing(error))
    heartbeat.add(second, on_beat)
    heartbeat.start()
    assert enough.wait(PATIENCE_S)
    assert heartbeat.is_alive()
    left = MailboxSlot.objects.get(pk=second.slot_id).until - timezone.now()
    assert left > timedelta(seconds=10)
