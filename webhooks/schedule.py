"""When a delivery that failed is tried again.

The waits are those that https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
suggests, a tenth shorter or longer by chance, so that what failed together does not come together again.
"""

import random
from datetime import datetime, timedelta

AGAIN_AFTER_S = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
JITTER = 0.1


def next_try(tries: int, now: datetime, give_up_at: datetime, retry_after_s: int = 0) -> datetime | None:
    """After that many tries; the last one is at `give_up_at`, and None comes after it. Retry-After wins if longer."""
    if now >= give_up_at:
        return None
    wait_s = AGAIN_AFTER_S[min(tries, len(AGAIN_AFTER_S)) - 1]
    wait_s *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nothing secret hangs on it
    longest_s = (give_up_at - now).total_seconds()
    return now + timedelta(seconds=min(max(wait_s, retry_after_s), longest_s))
