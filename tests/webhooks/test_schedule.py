from datetime import UTC, datetime, timedelta

from webhooks.schedule import AGAIN_AFTER_S, next_try

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
END = NOW + timedelta(days=3)


def waits(tries: int, **how) -> float:
    return (next_try(tries, NOW, END, **how) - NOW).total_seconds()


def test_the_waits_are_the_suggested_ones_a_tenth_to_and_fro():
    for tries, wait_s in enumerate(AGAIN_AFTER_S, start=1):
        assert 0.9 * wait_s <= waits(tries) <= 1.1 * wait_s
    assert len({waits(3) for _time in range(10)}) > 1


def test_from_the_last_wait_on_it_stays_the_same():
    assert waits(99) > 20 * 3600


def test_what_the_receiver_asks_for_wins_where_it_is_longer():
    assert waits(1, retry_after_s=600) == 600
    assert waits(3, retry_after_s=5) > 600


def test_the_last_try_is_when_the_time_is_over_and_none_comes_after_it():
    assert next_try(7, END - timedelta(hours=1), END) == END
    assert next_try(1, NOW, END, retry_after_s=10**9) == END
    assert next_try(8, END, END) is None
