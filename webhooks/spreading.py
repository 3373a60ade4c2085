"""From events to deliveries: one for each endpoint that wants it. What nobody wants any more is thrown away."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from webhooks.models import Condition, Delivery, Endpoint, Event

AT_ONCE = 200
GIVE_UP_AFTER = timedelta(days=3)


def spread(now: datetime) -> int:
    """Write the deliveries of the next events; returns how many events that were."""
    if not Event.objects.filter(is_spread=False).exists():  # mostly so, and then nothing is locked
        return 0
    with transaction.atomic():
        fresh = Event.objects.select_for_update(skip_locked=True).filter(is_spread=False)
        found = list(fresh.order_by("id")[:AT_ONCE])
        _spread(found, now)
    return len(found)


def _spread(found: list[Event], now: datetime) -> None:
    endpoints = _endpoints({event.company_id for event in found})
    made = [
        delivery(event, endpoint, now)
        for event in found
        for endpoint in endpoints[event.company_id]
        if event.kind in endpoint.events
    ]
    Delivery.objects.bulk_create(made)
    wanted = {each.event_id for each in made}
    Event.objects.filter(pk__in=wanted).update(is_spread=True)
    if unwanted := [event.pk for event in found if event.pk not in wanted]:
        Event.objects.filter(pk__in=unwanted).delete()


def delivery(event: Event, endpoint: Endpoint, now: datetime) -> Delivery:
    return Delivery(event=event, endpoint=endpoint, due_at=now, give_up_at=now + GIVE_UP_AFTER)


def _endpoints(companies: Iterable[UUID]) -> dict[UUID, list[Endpoint]]:
    found: dict[UUID, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(company__in=companies, condition=Condition.ON).defer(
        "ciphertext"
    ):
        found[endpoint.company_id].append(endpoint)
    return found
