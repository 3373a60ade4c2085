"""Endpoints for tests, and what was told to them."""

from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from webhooks import services, spreading
from webhooks.kinds import EventKind
from webhooks.models import Delivery, Endpoint, Event


def listener(
    company: Company,
    url: str = "https://hooks.firm.example/in",
    kinds: tuple[EventKind, ...] = tuple(EventKind),
) -> tuple[Endpoint, str]:
    """An endpoint with its secret; it wants everything unless said otherwise."""
    return services.add(company, url, kinds, COMMAND_LINE)


def told() -> list[tuple[str, str]]:
    """(kind, state) of the events so far, the oldest first."""
    return [(event.kind, event.facts.get("state", "")) for event in Event.objects.order_by("id")]


def posted_to(endpoint: Endpoint, state: str = "failed", **facts: object) -> Delivery:
    """One event that was tried there."""
    event = Event.objects.create(company=endpoint.company, kind=EventKind.MESSAGE_SENT, is_spread=True)
    facts = {"tries": 1, "tried_at": timezone.now(), "status": 500, "reply": "out of order"} | facts
    made = spreading.delivery(event, endpoint, timezone.now())
    for name, value in {"state": state, **facts}.items():
        setattr(made, name, value)
    made.save(force_insert=True)
    return made
