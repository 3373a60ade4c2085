"""What is kept no longer than the company says; open messages stay whatever their age."""

from datetime import timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core.ids import first_of, uuid7
from sender import actions, housekeeping, retention
from sender.models import Attempt, Content, OutboxMessage, RecipientOutcome
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import begun, ended, hand_over, refused, state_of

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


def test_a_message_that_is_tried_again_at_that_very_moment_keeps_its_content(world):
    message = hand_over(world.user)
    refused(message, "550 5.1.1 User unknown")

    def tried_again(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if sql.startswith("SELECT") and Content._meta.db_table in sql:
            OutboxMessage.objects.update(state="waiting", finished_at=None)
        return found

    with connection.execute_wrapper(tried_again):
        retention.purge(timezone.now() + 100 * DAY)
    assert Content.objects.exists()


def test_what_has_no_content_any_more_is_not_tried_again(client, world):
    message = hand_over(world.user)
    refused(message, "550 5.1.1 User unknown")
    sign_in(client, world.user)
    page = reverse("message", args=[world.company.code, message.pk])
    assert b"Try again now" in client.get(page).content
    retention.purge(timezone.now() + 100 * DAY)
    assert b"Try again now" not in client.get(page).content
    message.refresh_from_db()
    assert not actions.retry(message)
    assert state_of(message) == "failed"


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
