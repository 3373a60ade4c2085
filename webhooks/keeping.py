"""How long what was told is kept: a month, so that a person can see it and have it sent again."""

from datetime import datetime, timedelta

from core.ids import first_of
from webhooks import secrets
from webhooks.models import Delivery, Event

KEPT = timedelta(days=30)
AT_ONCE = 500  # rows, so that nobody waits long for a write
MOST_A_ROUND = 100_000


def purge(now: datetime) -> int:
    """Remove old events with their deliveries, and old secrets that no longer sign; returns how many events."""
    secrets.drop_old(now)
    removed = 0
    while removed < MOST_A_ROUND:
        old = Event.objects.filter(pk__lt=first_of(now - KEPT)).order_by("pk")
        keys = list(old.values_list("pk", flat=True)[:AT_ONCE])
        Delivery.objects.filter(event__in=keys).delete()
        Event.objects.filter(pk__in=keys).delete()
        removed += len(keys)
        if len(keys) < AT_ONCE:
            break
    return removed
