"""How often a link may be used: each look and each try asks a provider, who would soon take us for an attack."""

from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from accounts.models import AuditEvent
from handover.models import Link

WITHIN = timedelta(minutes=10)
MOST_LOOKS = 10
MOST_TRIES = 10
MOST_MISSES, MISSES_WITHIN_S = 60, 60


def missed(ip_address: str) -> None:
    """Somebody at this network address asked for a link that is not there."""
    key = _misses(ip_address)
    cache.add(key, 0, MISSES_WITHIN_S)
    try:
        cache.incr(key)
    except ValueError:  # it ended between the two
        cache.set(key, 1, MISSES_WITHIN_S)


def too_many_misses(ip_address: str) -> bool:
    """Whether addresses of links are being guessed from there; nobody could, and nobody shall keep us busy with it."""
    return cache.get(_misses(ip_address), 0) >= MOST_MISSES


def _misses(ip_address: str) -> str:
    return f"handover-misses:{ip_address}"


def too_many_looks(link: Link) -> bool:
    return _count(link, "handover.looked") >= MOST_LOOKS


def too_many_tries(link: Link) -> bool:
    """Values that were refused; the right ones are taken once."""
    return _count(link, "handover.refused") >= MOST_TRIES


def _count(link: Link, action: str) -> int:
    rows = AuditEvent.objects.filter(company=link.company_id, action=action, details__link=str(link.pk))
    return rows.filter(at__gt=timezone.now() - WITHIN).count()
