"""Time-ordered primary keys (UUID version 7, RFC 9562 section 5.7)."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A new UUID that begins with the time, so that rows sort as they were made.

    48 bits of milliseconds and, in the next 12, their fraction (RFC 9562 section 6.2, method 3); within one
    process each is greater than the one before, even when the clock stands still or is set back. Python has
    `uuid.uuid7` only from 3.14 on.
    """
    global _last
    milliseconds, rest_ns = divmod(time.time_ns(), 1_000_000)
    moment = milliseconds << 12 | rest_ns * 4096 // 1_000_000
    with _lock:
        _last = moment = max(moment, _last + 1)
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=moment >> 12 << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0b10 << 62 | random)


def first_of(moment: datetime) -> uuid.UUID:
    """Every `uuid7` made at `moment` or later is greater or equal; for finding rows by age through their key."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)


def moment_of(key: uuid.UUID) -> datetime:
    """When a `uuid7` was made, to the millisecond."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
