"""Whom messages go to, and whom the provider refused, of many messages in one question."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from sender.models import RecipientOutcome
from sender.transports.base import Outcome

_REFUSED = Q(outcome=Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Recipients:
    first: str  # one of To, where there is one
    others: int
    refused: int  # of all


def summed_up(messages: Collection[UUID]) -> dict[UUID, Recipients]:
    """What a list says of each message; a thousand recipients are not read for that."""
    first = Coalesce(Min("address", filter=Q(kind="to")), Min("address"))
    numbers = {"count": Count("address"), "refused": Count("address", filter=_REFUSED)}
    groups = _of(messages).values("message_id").annotate(first=first, **numbers).order_by()
    return {
        group["message_id"]: Recipients(group["first"], group["count"] - 1, group["refused"])
        for group in groups
    }


def refused_of(messages: Collection[UUID]) -> dict[UUID, int]:
    """How many recipients were refused, of the messages where some were."""
    groups = _of(messages).filter(_REFUSED).values("message_id").annotate(count=Count("address")).order_by()
    return dict(groups.values_list("message_id", "count"))


def all_of(messages: Collection[UUID]) -> dict[UUID, list[tuple[str, bool]]]:
    """Everybody each message goes to, and whether he was refused."""
    found: dict[UUID, list[tuple[str, bool]]] = {key: [] for key in messages}
    told = _of(messages).order_by("message", "place").values_list("message_id", "address", "outcome")
    for key, address, outcome in told:
        found[key].append((address, outcome == Outcome.REFUSED))
    return found


def _of(messages: Collection[UUID]) -> QuerySet[RecipientOutcome]:
    return RecipientOutcome.objects.filter(message__in=list(messages))
