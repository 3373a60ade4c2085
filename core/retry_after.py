"""The header Retry-After (RFC 9110 section 10.2.3), as seconds or as a date, whatever a server writes there."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MOST = 10**9  # 31 years: counted on from now it is still a time


def seconds(header: str | None, moment: datetime) -> int | None:
    """Seconds from `moment` on; None for no header, or one that is neither."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:20]), _MOST)
    try:
        until = parsedate_to_datetime(text)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max(round((until - moment).total_seconds()), 0), _MOST)
    except (TypeError, ValueError, OverflowError):
        return None
