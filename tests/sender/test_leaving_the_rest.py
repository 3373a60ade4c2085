"""A slot that hangs at one message leaves the others that it took, and sends none of them any more by itself."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from sender import claims, leases
from sender.books import Books
from sender.drain import Drain
from sender.leases import Lease
from sender.limits import Limits
from sender.models import OutboxMessage, SendingMailbox
from sender.worker import Worker
from tests.sender.helpers import hand_over, state_of, take_slot

NO_LIMITS = Limits(1)


@pytest.fixture
def messages(world, monkeypatch) -> list[OutboxMessage]:
    monkeypatch.setattr(leases, "HANGS_S", 0)
    return [hand_over(world.user, subject=str(number)) for number in range(3)]


def hanging(message: OutboxMessage, allowed: Limits = NO_LIMITS) -> tuple[Drain, Lease, list[claims.Claimed]]:
    """All were taken, and the first is being sent."""
    lease = take_slot(message)
    drain = Drain(SendingMailbox.objects.get(pk=message.mailbox_id), lease, lambda: False, allowed)
    batch = drain._next().claimed
    assert lease.turn_to(batch[0])
    return drain, lease, batch


def states(messages: list[OutboxMessage]) -> list[str]:
    return [state_of(message) for message in messages]


def test_only_the_message_that_is_being_sent_stays(messages, django_capture_on_commit_callbacks):
    drain, lease, batch = hanging(messages[0])
    with django_capture_on_commit_callbacks(execute=True):
        drain.on_beat()
    assert states(messages) == ["sending", "waiting", "waiting"]
    assert not lease.hangs()
    assert not lease.turn_to(batch[1])
    Books(lease).begin(batch[0])
    assert batch[0].is_begun


def test_one_that_was_handed_over_stays_as_well(messages):
    drain, lease, batch = hanging(messages[0])
    Books(lease).begin(batch[0])
    drain.on_beat()
    assert states(messages) == ["sending", "waiting", "waiting"]


def test_they_are_found_by_workers_at_once(messages):
    drain, _lease, _batch = hanging(messages[0])
    SendingMailbox.objects.update(next_due_at=None)
    drain.on_beat()
    assert SendingMailbox.objects.get().next_due_at <= timezone.now()


def test_one_that_takes_little_time_leaves_nothing(messages, monkeypatch):
    monkeypatch.setattr(leases, "HANGS_S", 60)
    drain, _lease, _batch = hanging(messages[0])
    drain.on_beat()
    assert states(messages) == ["sending"] * 3


def test_between_two_messages_nothing_hangs(messages):
    _drain, lease, _batch = hanging(messages[0])
    assert lease.hangs()
    lease.turn_away()
    assert not lease.hangs()


def test_what_goes_back_has_used_up_nothing_of_a_limit(messages):
    drain, _lease, _batch = hanging(messages[0], Limits(1, messages_a_minute=30, recipients_a_day=100))
    drain.on_beat()
    mailbox = SendingMailbox.objects.get()
    assert mailbox.recipients_counted == 1
    assert 29 <= mailbox.allowance <= 30


def test_a_commit_whose_answer_was_lost_leaves_them_unsent_by_this_slot_and_is_made_again(
    messages, monkeypatch
):
    drain, lease, batch = hanging(messages[0])
    give_back = claims.give_back

    def lost(*facts):
        raise OperationalError("the connection ended")

    monkeypatch.setattr(claims, "give_back", lost)
    with pytest.raises(OperationalError):
        drain.on_beat()
    assert not lease.turn_to(batch[1])
    assert lease.hangs()
    monkeypatch.setattr(claims, "give_back", give_back)
    drain.on_beat()
    assert states(messages) == ["sending", "waiting", "waiting"]


def test_one_that_another_slot_took_meanwhile_is_not_given_back_by_this_one(messages):
    drain, lease, _batch = hanging(messages[0])
    drain.on_beat()
    other = take_slot(messages[0])
    assert len(other.claim(5, timezone.now() + timedelta(seconds=1))) == 2
    lease.release()
    assert states(messages) == ["waiting", "sending", "sending"]


def test_one_that_came_back_to_this_slot_is_sent_as_it_is_now_and_not_as_it_was(messages):
    """Another slot may have served some of its recipients in between."""
    drain, lease, batch = hanging(messages[0])
    drain.on_beat()
    OutboxMessage.objects.filter(pk=batch[1].pk).update(attempts_made=1)
    anew = next(one for one in lease.claim(5, timezone.now()) if one.pk == batch[1].pk)
    assert not lease.turn_to(batch[1])
    assert lease.turn_to(anew)
    assert anew.number == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("allowed", [NO_LIMITS, Limits(1, recipients_a_day=100)])
def test_what_was_taken_is_not_certain_before_its_commit_was_answered(messages, monkeypatch, allowed):
    drain, lease, _batch = hanging(messages[0], allowed)
    drain.on_beat()
    seen, claim = [], claims.claim

    def claimed(*facts) -> list[claims.Claimed]:
        found = claim(*facts)
        transaction.on_commit(lambda: seen.append(lease.is_unsure))
        return found

    monkeypatch.setattr(claims, "claim", claimed)
    drain._take()
    assert seen == [True]
    assert not lease.is_unsure


def test_a_mailbox_whose_slot_came_free_is_looked_at_again_at_once(messages):
    """A further slot was tried for what went back; a worker that ends when nothing is due would go before its time."""
    worker, lease = Worker(threads=1, until_empty=True), take_slot(messages[0])
    worker._not_now[lease.mailbox_id] = time.monotonic() + 60
    worker._release(lease)
    assert lease.mailbox_id not in worker._not_now
