"""When a look at it again is worth it: pure functions over a cause and two times, and the audit log's last change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE, record
from diagnosis import vocabulary
from sender.doctor import delays

NOW = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("cause", "changed_ago", "number", "again_in"),
    [
        ("smtp_auth_disabled_mailbox", 6, 1, 10),  # not twice within ten minutes
        ("smtp_auth_disabled_mailbox", 1, 1, 14),  # Microsoft's least, 15 minutes after the change
        ("smtp_auth_disabled_mailbox", 29, 3, 10),
        ("smtp_auth_disabled_mailbox", 31, 2, None),  # its time is over: something else is wrong
        ("smtp_auth_disabled_mailbox", 6, delays.MOST_LOOKS, None),
        ("app_access_policy_blocked", 0, 1, 30),
        ("client_secret_invalid", 3, 1, 5 / 3),
        ("user_password_wrong", 1, 1, None),
        ("", 1, 1, None),
    ],
)
def test_the_next_look_is_when_microsoft_may_have_caught_up(cause, changed_ago, number, again_in):
    found = delays.look_again_at(cause, NOW - minutes(changed_ago), NOW, number)
    assert found == (None if again_in is None else NOW + minutes(again_in))


def test_without_a_change_there_is_nothing_to_wait_for():
    assert delays.look_again_at("send_as_denied", None, NOW, 1) is None


@pytest.mark.parametrize(("ago", "words"), [(6, "6 minutes ago"), (0, "1 minute ago")])
def test_the_sentence_says_when_it_was_changed_and_when_it_is_looked_at(ago, words):
    with timezone.override("Europe/Riga"):
        said = delays.sentence("smtp_auth_disabled_mailbox", NOW - minutes(ago), NOW + minutes(10), NOW)
    assert words in said
    assert "15 to 30 minutes" in said
    assert "at 14:20" in said


def test_every_cause_that_waits_is_one_of_the_vocabulary():
    known = {cause.slug for cause in vocabulary.all_causes()}
    assert set(delays.MINUTES) <= known
    assert all(0 < least < most for least, most in delays.MINUTES.values())


def test_the_last_change_is_the_companys_or_the_persons_own(world):
    assert delays.changed_at(world.user) is None
    for label in (str(world.colleague.user), str(world.user.user)):
        record(COMMAND_LINE, "credential.set", company=world.company, label=label)
    mine = delays.changed_at(world.user)
    record(COMMAND_LINE, "credential.deleted", company=world.company, label=str(world.company))
    record(COMMAND_LINE, "message.retried", company=world.company, label=str(world.company))
    assert delays.changed_at(world.user) == mine
    record(COMMAND_LINE, "microsoft_app.changed", company=world.company, label=str(world.company))
    assert delays.changed_at(world.user) > mine
    assert delays.changed_at(world.stranger) is None
