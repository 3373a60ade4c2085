"""What is said of a message that waits: why, and until when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from alarms.models import WorkerSeen
from sender import limits, waits
from sender.models import OutboxMessage, Priority, SendingMailbox, State
from sender.transports.base import Outcome, Phase
from sender.waits import Reason, Wait
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import begun, ended, hand_over
from tests.sender.test_outbox_indexes import history, plan

__all__ = ["history"]
LIST = "/Alpha/outbox/"


@pytest.fixture
def user(world) -> Client:
    return sign_in(Client(), world.user)


def page(client: Client, path: str = "") -> str:
    return " ".join(client.get(LIST + path).content.decode().split())


def wait_of(message: OutboxMessage) -> Wait:
    message = OutboxMessage.objects.get(pk=message.pk)
    return waits.of([message])[message.pk]


def deferred(message: OutboxMessage) -> OutboxMessage:
    """It was tried, and it and its whole mailbox wait an hour now."""
    at = timezone.now() + timedelta(hours=1)
    facts = {
        "due_at": at,
        "cause": "provider_throttled",
        "raw": "4.7.1 Too many from <rita@recipient.example>",
    }
    ended(begun(message), state=State.WAITING, outcome=Outcome.DEFERRED, phase=Phase.ENVELOPE, **facts)
    SendingMailbox.objects.update(paused_until=at)
    message.refresh_from_db()
    return message


def test_a_message_that_is_due_waits_for_those_before_it(world, user):
    first = hand_over(world.user, subject="first")
    urgent = hand_over(world.user, subject="urgent", priority=Priority.HIGH)
    last = hand_over(world.user, subject="last")
    hand_over(world.user, not_before=timezone.now() + timedelta(hours=1), priority=Priority.HIGH)
    assert [wait_of(each) for each in (first, urgent, last)] == [Wait(Reason.LINE)] * 3
    assert [waits.ahead_of(each) for each in (first, urgent, last)] == [1, 0, 2]
    assert "1 other message of the same mailbox goes first." in page(user, f"{first.pk}/")
    assert "2 other messages of the same mailbox go first." in page(user, f"{last.pk}/")
    assert "On its way." in page(user, f"{urgent.pk}/")


def test_a_long_line_is_not_counted_to_its_end(world, user, monkeypatch):
    monkeypatch.setattr(waits, "COUNTED", 2)
    for _number in range(4):
        last = hand_over(world.user)
    assert waits.ahead_of(last) == 3
    assert "More than 2 other messages of the same mailbox go first." in page(user, f"{last.pk}/")


def test_a_message_for_later_says_when(world, user):
    at = timezone.now() + timedelta(days=1)
    message = hand_over(world.user, not_before=at)
    assert wait_of(message) == Wait(Reason.HELD, message.due_at)
    assert "Not to be sent before" in page(user, f"{message.pk}/")
    assert "Not to be sent before" in page(user)


def test_the_others_of_a_mailbox_that_pauses_say_why_and_until_when(world, user):
    tried = deferred(hand_over(world.user))
    other = hand_over(world.user, subject="other")
    assert wait_of(tried) == Wait(Reason.RETRY, tried.due_at, "provider_throttled")
    assert wait_of(other) == Wait(Reason.PAUSE, tried.due_at, "provider_throttled")
    for text in (page(user, f"{other.pk}/"), page(user)):
        assert "The whole mailbox waits until" in text
    assert page(user).count("Next try") == 1
    about_it = user.get(f"{LIST}{other.pk}/")
    assert about_it.context["explanation"].cause == "provider_throttled"
    assert "rita@recipient.example&gt;" not in about_it.content.decode()


def test_a_pause_whose_message_was_stopped_is_told_without_its_cause(world, user):
    tried = deferred(hand_over(world.user))
    OutboxMessage.objects.filter(pk=tried.pk).update(state="cancelled", finished_at=timezone.now())
    assert wait_of(hand_over(world.user)) == Wait(Reason.PAUSE, tried.due_at)


@pytest.mark.parametrize("field", ["next_due_at", "paused_until"])
def test_a_mailbox_at_its_limit_says_when_it_goes_on(world, user, field):
    message = hand_over(world.user)
    at = limits.next_day(timezone.now())
    SendingMailbox.objects.update(**{field: at})
    assert wait_of(message) == Wait(Reason.LIMIT, at)
    assert "has sent as much as it may for now" in page(user, f"{message.pk}/")


def test_what_needs_mending_has_no_time(world, user):
    message = hand_over(world.user)
    SendingMailbox.objects.update(health="needs_attention", cause="mailbox_missing")
    assert wait_of(message) == Wait(Reason.MENDING, cause="mailbox_missing")
    assert "Waits until the cause is mended" in page(user, f"{message.pk}/")


def test_where_no_worker_runs_it_is_said_above_what_waits(world, user):
    message = hand_over(world.user)
    seen = WorkerSeen.objects.create(host="mail1", seen_at=timezone.now())
    words = "The people who run this portal have to start it; your mail is kept until then."
    for path in ("", f"{message.pk}/"):
        assert words not in page(user, path)
    WorkerSeen.objects.filter(pk=seen.pk).update(seen_at=timezone.now() - timedelta(hours=1))
    for path in ("", f"{message.pk}/"):
        assert words in page(user, path)


def test_only_what_waits_is_asked_about(world, django_assert_num_queries):
    sent = hand_over(world.user)
    ended(begun(sent))
    sent.refresh_from_db()
    with django_assert_num_queries(0):
        assert waits.of([sent]) == {}
    rows = [hand_over(world.user) for _number in range(3)]
    deferred(rows[0])
    waiting = list(OutboxMessage.objects.all())
    with django_assert_num_queries(2):
        assert len(waits.of(waiting)) == 3


def test_the_line_and_the_cause_of_a_pause_are_found_by_the_index_of_what_is_due(history):
    box = history.mailbox
    box.paused_until = timezone.now() + timedelta(hours=1)
    # All that waits here is due at one moment: for PostgreSQL the index of what is open costs as little.
    indexes = ["OUTBOX_DUE"] if connection.vendor == "sqlite" else ["OUTBOX_DUE", "OUTBOX_OPEN"]
    for rows in (*waits._first(history, timezone.now()), waits._pausing([box])):
        said = plan(rows)
        assert any(index in said for index in indexes), said
        assert "SEQ SCAN" not in said, said
