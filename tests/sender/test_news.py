"""What becomes of a message is told in the transaction that makes it so, and costs nothing where nobody listens."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from sender import batches, news, outbox, recovery
from sender.batches import Line
from sender.models import OutboxMessage, State
from sender.services import Draft, Submission, submit, submit_many
from sender.transports.base import Outcome
from tests.sender.helpers import (
    begun,
    ended,
    hand_over,
    handed_over,
    left_without_an_answer,
    let_lapse,
    open_relay,
    refused,
    sent_to_some,
    state_of,
    take_slot,
)
from tests.webhooks.listeners import listener, told
from webhooks import events, listening, spreading
from webhooks.kinds import EventKind
from webhooks.models import Endpoint, Event

ACCEPTED = ("message.accepted", "waiting")


def test_nobody_listens_and_nothing_is_written(world):
    listener(world.stranger.company)
    message = hand_over(world.user)
    ended(handed_over(message))
    outbox.cancel(hand_over(world.user))
    assert not Event.objects.exists()


def test_a_message_that_was_taken_is_told_twice_with_thin_facts(world):
    listener(world.company)
    message = hand_over(world.user, idempotency_key="order-1", kind="order", subject="Secret plans")
    ended(handed_over(message))
    assert told() == [ACCEPTED, ("message.sent", "sent")]
    sent = Event.objects.get(kind="message.sent")
    events.complete([sent])
    assert sent.facts == {
        "company": "Alpha",
        "id": str(message.pk),
        "person": "bob@people.example",
        "message_id": message.message_id,
        "idempotency_key": "order-1",
        "kind": "order",
        "submitted_at": sent.facts["submitted_at"],
        "refused_recipients": 0,
        "state": "sent",
        "cause": "",
        "attempts": 1,
    }
    assert sent.facts["submitted_at"][:16] == message.submitted_at.isoformat()[:16]


def test_a_failure_is_told_with_its_cause(world):
    listener(world.company)
    refused(hand_over(world.user), "550 5.1.1 unknown")
    event = Event.objects.get(kind="message.failed")
    assert (event.facts["state"], event.facts["cause"]) == ("failed", "recipient_invalid")


def test_a_program_is_told_that_a_message_was_not_sent_to_all(world):
    listener(world.company)
    sent_to_some(
        hand_over(world.user, to=("rita@recipient.example", "gone@recipient.example")),
        "gone@recipient.example",
    )
    sent = Event.objects.get(kind="message.sent")
    events.complete([sent])
    assert sent.facts["refused_recipients"] == 1


def test_an_outcome_that_nobody_knows_is_told_once_and_so_is_its_end(world):
    listener(world.company)
    message = hand_over(world.user)
    left_without_an_answer(message)
    assert told() == [ACCEPTED, ("message.unknown", "unknown")]
    outbox.resolve_as_sent(message)
    assert told()[2:] == [("message.sent", "sent")]


def test_a_late_answer_settles_what_was_told_as_unknown(world):
    listener(world.company)
    taken = handed_over(hand_over(world.user))
    let_lapse()
    recovery.recover()
    ended(taken)
    ended(taken)
    assert told() == [ACCEPTED, ("message.unknown", "unknown"), ("message.sent", "sent")]


def test_the_same_unknown_outcome_is_not_told_again(world):
    listener(world.company)
    taken = handed_over(hand_over(world.user))
    for _time in range(2):
        ended(taken, state=State.UNKNOWN, outcome=Outcome.UNKNOWN, cause="unknown_outcome")
    assert told() == [ACCEPTED, ("message.unknown", "unknown")]


def test_a_message_that_waits_again_is_no_news(world):
    listener(world.company)
    again = {"state": State.WAITING, "outcome": Outcome.DEFERRED, "due_at": timezone.now()}
    ended(begun(hand_over(world.user)), **again)
    assert told() == [ACCEPTED]


def test_what_is_not_this_leases_any_more_is_not_told(world):
    listener(world.company)
    message = hand_over(world.user)
    taken = begun(message)
    let_lapse()
    recovery.recover()
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.CANCELLED, finished_at=timezone.now())
    ended(taken)
    assert told() == [ACCEPTED]


def test_what_is_cancelled_and_what_is_given_up_is_told(world):
    listener(world.company)
    outbox.cancel(hand_over(world.user))
    hand_over(world.user)
    OutboxMessage.objects.filter(state=State.WAITING).update(give_up_at=timezone.now() - timedelta(minutes=1))
    outbox.give_up(timezone.now())
    assert ("message.cancelled", "cancelled") in told()
    assert Event.objects.get(kind="message.failed").facts["cause"] == "gave_up_waiting"
    assert not outbox.cancel(OutboxMessage.objects.first())
    assert len(told()) == 4


def test_what_is_stopped_with_its_batch_is_told_each(world):
    listener(world.company)
    open_relay(world.user)
    batch = batches.begin(world.company, "monday", submitted_by="test", api_key="")
    drafts = [Draft(to=["rita@recipient.example"], subject=f"{n}", text="x") for n in range(3)]
    batches.store(batch, [Line(n, world.user, Submission(each)) for n, each in enumerate(drafts)])
    ended(handed_over(OutboxMessage.objects.earliest("id")))
    batches.cancel(batch, COMMAND_LINE, OutboxMessage.objects.all())
    waited = OutboxMessage.objects.filter(state=State.CANCELLED).values_list("pk", flat=True)
    events = Event.objects.filter(kind="message.cancelled").values_list("about", flat=True)
    assert len(waited) == 2
    assert set(events) == set(waited)


def test_what_waits_again_just_after_it_was_looked_at_is_not_stopped_untold(world, monkeypatch):
    """As between two statements of PostgreSQL, when a worker gives a message back."""
    listener(world.company)
    message = hand_over(world.user)
    lease = take_slot(message)
    lease.claim(1, timezone.now())
    look = news.locked

    def then_given_back(*args):
        found = look(*args)
        lease.give_back()
        return found

    monkeypatch.setattr(news, "locked", then_given_back)
    assert not outbox.cancel(message)
    assert state_of(message) == "waiting"
    assert told() == [ACCEPTED]


def test_many_at_once_are_told_each(world):
    listener(world.company)
    hand_over(world.user)
    drafts = [Submission(Draft(to=["rita@recipient.example"], subject=f"{n}", text="x")) for n in range(3)]
    made = submit_many(world.user, drafts, submitted_by="test")
    about = Event.objects.order_by("id").values_list("about", flat=True)
    assert list(about)[1:] == [message.pk for message in made]


def test_a_message_that_is_not_stored_is_not_told(world):
    listener(world.company)
    with transaction.atomic():
        hand_over(world.user)
        transaction.set_rollback(True)
    assert told() == []


def test_a_repeat_of_the_same_key_is_told_once(world):
    listener(world.company)
    for _time in range(2):
        hand_over(world.user, idempotency_key="order-1")
    assert told() == [ACCEPTED]


def test_only_what_was_chosen_is_written(world):
    listener(world.company, kinds=(EventKind.MESSAGE_FAILED,))
    ended(handed_over(hand_over(world.user)))
    assert told() == []


def test_an_endpoint_that_went_meanwhile_breaks_nothing(world):
    endpoint, _secret = listener(world.company)
    first = hand_over(world.user)
    Endpoint.objects.filter(pk=endpoint.pk).delete()
    ended(handed_over(first))
    assert submit(
        world.user, Draft(to=["rita@recipient.example"], subject="2", text="x"), submitted_by="test"
    ).pk
    assert spreading.spread(timezone.now()) == 3
    assert not Event.objects.exists()


def test_without_a_webhook_handing_over_asks_the_database_nothing_more(world):
    hand_over(world.user)
    with CaptureQueriesContext(connection) as captured:
        hand_over(world.user)
    assert not [query for query in captured.captured_queries if "webhooks_" in query["sql"]]


def test_many_threads_at_once_look_only_once_who_listens(monkeypatch):
    looks, together = [], threading.Barrier(8)

    def read() -> dict:
        looks.append(1)
        return {}

    def ask(_number: int) -> list:
        together.wait()
        return listening.companies(EventKind.MESSAGE_SENT)

    monkeypatch.setattr(listening, "_read", read)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [[]] * 8
    assert looks == [1]


def test_a_message_that_is_deferred_too_long_is_told_only_once(world):
    about = hand_over(world.user).pk
    row = {"company": world.company, "kind": EventKind.MESSAGE_DEFERRED, "about": about}
    Event.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(**row)
