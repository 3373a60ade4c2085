"""Which mailboxes and connections are in trouble, told so cheaply that a worker asks every few seconds.

Thousands stay in trouble for days after a company's secret has ended; only what changed is worth a look.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from accounts.models import Company
from oauth.models import Connection, ConnectionState
from sender.models import Health, SendingMailbox

Troubled = dict[UUID, set[tuple[UUID, str]]]  # company -> key and cause of each

MOST_BY_THEMSELVES = 20  # companies; of more, all together are looked at


def now() -> Troubled:
    found: Troubled = defaultdict(set)
    for company_id, pk, cause in _rows():
        found[company_id].add((pk, cause))
    return dict(found)


def _rows() -> Iterator[tuple[UUID, UUID, str]]:
    fields = ("company_id", "pk", "cause")
    yield from SendingMailbox.objects.filter(health=Health.NEEDS_ATTENTION).values_list(*fields)
    yield from Connection.objects.filter(state=ConnectionState.NEEDS_RECONNECTING).values_list(*fields)


def companies_to_look_at(before: Troubled, after: Troubled) -> Iterable[Company | None]:
    """Those in which something changed; None alone, which is all of them, where there are many."""
    changed = [one for one in before.keys() | after.keys() if before.get(one) != after.get(one)]
    if len(changed) > MOST_BY_THEMSELVES:
        return [None]
    return Company.objects.filter(pk__in=changed) if changed else []
