"""What is kept no longer than the company says; open messages stay whatever their age."""

from datetime import timedelta

from django.utils import timezone

from core.ids import first_of, uuid7
from sender import housekeeping, retention
from sender.models import Attempt, Content, OutboxMessage, RecipientOutcome
from tests.sender.helpers import begun, ended, hand_over

DAY = timedelta(days=1)


def test_keys_tell_the_time():
    before = timezone.now()
    assert first_of(before) <= uuid7() < first_of(before + timedelta(seconds=1))


def test_content_goes_after_the_companys_time_and_the_facts_a_year_later(world):
    message = hand_over(world.user)
    ended(begun(message))
    now, kept = timezone.now(), world.company.retention_days * DAY
    assert retention.purge(now + kept - DAY) == 0
    assert retention.purge(now + kept + DAY) == 1
    assert not Content.objects.exists()
    assert retention.purge(now + kept + 300 * DAY) == 0
    assert retention.purge(now + kept + 366 * DAY) == 1
    for model in (OutboxMessage, Attempt, RecipientOutcome):
        assert not model.objects.exists()


def test_a_message_that_still_waits_keeps_its_content(world):
    hand_over(world.user)
    assert retention.purge(timezone.now() + 4000 * DAY) == 0
    assert Content.objects.exists()


def test_many_are_removed_in_parts(world, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    messages = [hand_over(world.user, subject=str(number)) for number in range(5)]
    for message in messages:
        ended(begun(message))
    assert retention.purge(timezone.now() + 100 * DAY) == 5


def test_the_retention_time_is_looked_after_each_hour_and_the_rest_each_minute():
    assert retention.purge in housekeeping.due(0)
    assert retention.purge in housekeeping.due(60)
    assert retention.purge not in housekeeping.due(59)
    assert set(housekeeping.EACH_MINUTE) <= set(housekeeping.due(59))
