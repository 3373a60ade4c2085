"""What a failure means for the message and its mailbox, and when the next try is due."""

from diagnosis.causes.shape import Retry
from diagnosis.vocabulary import cause

__all__ = ["Retry", "decision", "next_delay_s"]

_MINUTE_S = 60
_HOUR_S = 60 * _MINUTE_S
_DELAYS_S = (_MINUTE_S, 5 * _MINUTE_S, 15 * _MINUTE_S, 30 * _MINUTE_S, _HOUR_S, 2 * _HOUR_S, 4 * _HOUR_S)


def decision(cause_slug: str) -> Retry:
    """The usual decision for a cause. `Explanation.retry` knows the text as well, so prefer it.

    A slug outside the vocabulary counts as a passing fault: no message is given up over a word nobody knows.
    """
    return cause(cause_slug).retry


def next_delay_s(attempt_number: int, retry_after_s: int | None = None) -> int:
    """Seconds to wait after attempt `attempt_number` (counted from 1) failed.

    The server's Retry-After (RFC 9110 section 10.2.3) wins when longer: tries before it count as well.
    """
    step = min(max(attempt_number, 1), len(_DELAYS_S)) - 1
    return max(_DELAYS_S[step], retry_after_s or 0)
