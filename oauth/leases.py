"""One refresh of a token at a time, over threads, processes and hosts: a lease on the row that keeps it.

Taken by a conditional update; a holder that died loses it when it runs out. Nothing is locked meanwhile.
"""

from datetime import timedelta

from django.db.models import Q

from core.clock import now
from oauth.models import LeasedRow

LEASE_S = 30


def is_free(row: LeasedRow) -> bool:
    return row.lease_until is None or row.lease_until <= now()


def take(row: LeasedRow, owner: str) -> bool:
    """Whether `owner` holds the lease from now on, for LEASE_S seconds."""
    free = Q(lease_until=None) | Q(lease_until__lte=now())
    until = now() + timedelta(seconds=LEASE_S)
    return bool(type(row).objects.filter(free, pk=row.pk).update(lease_owner=owner, lease_until=until))


def let_go(row: LeasedRow, owner: str, **changes: object) -> bool:
    """Give the lease back, writing `changes` into the row in the same step.

    False when it was lost: it ran out and another took it, or the person connected anew or disconnected
    meanwhile, or the settings were changed. Then nothing is written, so an outdated cache never replaces a newer one.
    """
    held = type(row).objects.filter(pk=row.pk, lease_owner=owner)
    return bool(held.update(lease_owner="", lease_until=None, **changes))
