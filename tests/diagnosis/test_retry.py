"""What a failure means for the message, and when the next try is due."""

import pytest

from diagnosis.retry import Retry, decision, next_delay_s
from diagnosis.vocabulary import all_causes


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("provider_throttled", Retry.WAIT),
        ("smtp_connection_timeout", Retry.WAIT),
        ("recipient_invalid", Retry.STOP_MESSAGE),
        ("message_too_large", Retry.STOP_MESSAGE),
        ("unknown_outcome", Retry.STOP_MESSAGE),
        ("client_secret_expired", Retry.PAUSE_MAILBOX),
        ("user_password_wrong", Retry.PAUSE_MAILBOX),
        ("smtp_auth_disabled_mailbox", Retry.PAUSE_MAILBOX),
        ("no_such_cause", Retry.WAIT),
    ],
)
def test_the_cause_decides(slug, expected):
    assert decision(slug) is expected


def test_what_needs_nobody_is_tried_again_and_what_the_sender_mends_ends_the_message():
    for row in all_causes():
        if row.who == "wait":
            assert row.retry is Retry.WAIT, row.slug
        if row.who == "sender":
            assert row.retry is Retry.STOP_MESSAGE, row.slug


def test_delays_grow_to_four_hours_and_stay_there():
    minutes = [next_delay_s(number) // 60 for number in range(1, 10)]
    assert minutes == [1, 5, 15, 30, 60, 120, 240, 240, 240]


def test_a_number_below_the_first_attempt_counts_as_the_first():
    assert next_delay_s(0) == 60


@pytest.mark.parametrize(("retry_after_s", "expected_s"), [(None, 60), (10, 60), (600, 600)])
def test_retry_after_wins_when_it_is_longer(retry_after_s, expected_s):
    assert next_delay_s(1, retry_after_s) == expected_s
