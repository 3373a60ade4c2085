"""Saying that something happened: a row in the transaction that makes it so, where a program listens.

Apps above tell with the event what only that moment knows; what stays the same of its subject is looked up when the
event is posted, through what they register here.
"""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from accounts.models import Company
from core.ids import uuid7
from webhooks import listening
from webhooks.models import Event

Facts = Mapping[str, object]
LookUp = Callable[[Collection[UUID]], Mapping[UUID, Facts]]

_details: dict[str, LookUp] = {}  # beginning of a kind -> what is told of its subjects besides


def publish(company_id: UUID, kind: str, about: UUID | None, facts: Facts) -> bool:
    """Tell it, if anybody listens; call it in the transaction of what happened. Facts are plain values."""
    if not listening.hears(company_id, kind):
        return False
    Event.objects.create(company_id=company_id, kind=kind, about=about, facts=dict(facts))
    return True


def row(company_id: UUID, kind: str, about: UUID, facts: Facts) -> dict[str, object]:
    """The row that `publish` writes, for who writes by SQL, and asks himself whether anybody listens."""
    told = {"company_id": company_id, "kind": kind, "about": about, "facts": facts}
    return {"id": uuid7(), **told, "is_spread": False}


def describe(subject: str, look_up: LookUp) -> None:
    """Have `look_up` add facts to events whose kind begins with `subject`, by their keys."""
    _details[subject] = look_up


def complete(some: Collection[Event]) -> None:
    """Say with each event, before it is posted, whose it is and what stays the same of its subject."""
    codes = dict(Company.objects.filter(pk__in={one.company_id for one in some}).values_list("pk", "code"))
    details = _details_of(some)
    for event in some:
        about = {"id": str(event.about)} if event.about else {}
        event.facts = {
            "company": codes[event.company_id],
            **about,
            **details.get(event.pk, {}),
            **event.facts,
        }


def _details_of(some: Collection[Event]) -> dict[UUID, Facts]:
    """By the event's key."""
    found: dict[UUID, Facts] = {}
    for subject, look_up in _details.items():
        ours = [event for event in some if event.about and event.kind.partition(".")[0] == subject]
        known = look_up({event.about for event in ours}) if ours else {}
        found |= {event.pk: known[event.about] for event in ours if event.about in known}
    return found
