"""Endpoints for tests, and what was told to them."""

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from webhooks import services
from webhooks.kinds import EventKind
from webhooks.models import Endpoint, Event


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
