"""Primary keys: unique, of version 7, in the order they were made."""

import time
import uuid
from datetime import UTC, datetime, timedelta

from core.ids import first_of, moment_of, uuid7


def test_keys_made_in_a_row_sort_in_that_row():
    keys = [uuid7() for _ in range(5000)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_a_key_says_its_version_and_when_it_was_made():
    before_ms = time.time_ns() // 1_000_000
    key = uuid7()
    assert (key.version, key.variant) == (7, uuid.RFC_4122)
    assert 0 <= (key.int >> 80) - before_ms < 1000


def test_a_clock_that_is_set_back_does_not_break_the_order(monkeypatch):
    later = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert uuid7() > later


def test_a_key_tells_when_it_was_made():
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert before <= moment_of(uuid7()) <= datetime.now(UTC) + timedelta(seconds=1)
    moment = datetime(2026, 11, 21, 9, 30, 0, 125_000, tzinfo=UTC)
    assert moment_of(first_of(moment)) == moment
