"""How long what was told is kept: a month, so that a person can see it and have it sent again."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.ids import first_of
from webhooks import secrets
from webhooks.models import Condition, Delivery, Endpoint, Event

KEPT = timedelta(days=30)
AT_ONCE = 500  # rows, so that nobody waits long for a write
MOST_A_ROUND = 100_000


def purge(now: datetime) -> int:
    """Remove old events with their deliveries, removed endpoints, and old secrets; returns how many rows."""
    secrets.drop_old(now)
    removed = _in_parts(Event.objects.filter(pk__lt=first_of(now - KEPT)))
    for endpoint in Endpoint.objects.filter(condition=Condition.REMOVED).defer("ciphertext"):
        removed += _in_parts(Delivery.objects.filter(endpoint=endpoint))
        if not Delivery.objects.filter(endpoint=endpoint).exists():
            endpoint.delete()
    return removed


def _in_parts(rows: QuerySet) -> int:
    removed = 0
    while removed < MOST_A_ROUND:
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        rows.model.objects.filter(pk__in=keys).delete()
        removed += len(keys)
        if len(keys) < AT_ONCE:
            break
    return removed
