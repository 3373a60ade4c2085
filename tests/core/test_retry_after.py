"""How long a server asks to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from core.retry_after import seconds

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("0", 0),
        (" 17 ", 17),
        ("Sat, 21 Nov 2026 08:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 08:01:30 -0000", 90),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Sat, 21 Nov 99999 08:01:30 GMT", None),
    ],
)
def test_seconds_and_dates_are_read_and_nothing_else(header, wanted):
    assert seconds(header, NOW) == wanted


@pytest.mark.parametrize("header", ["9" * 20, "9" * 5_000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_whatever_a_server_says_a_time_comes_of_it(header):
    assert NOW + timedelta(seconds=seconds(header, NOW))
