"""The link itself: made, found by its address, given a new address, revoked. Whoever has the address has the page.

The address is 256 random bits, signed, so that one nobody made is refused before the database is asked; stored is its
SHA-256. A link that is over cannot be told from one that never was.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import Company
from handover.models import Link
from handover.ways import Way

DAYS, LEAST_DAYS, MOST_DAYS = 7, 1, 30


@transaction.atomic
def make(
    company: Company, way: Way, made_for: str, *, days: int = DAYS, takes_over: bool = False, actor: Actor
) -> tuple[Link, str]:
    """A new link with its address, which cannot be had a second time."""
    token = _new_token()
    link = Link.objects.create(
        company=company,
        way=way.slug,
        made_for=made_for,
        token_hash=_hash(token),
        made_by=actor.user,
        made_by_label=str(actor),
        ends_at=timezone.now() + timedelta(days=days),
        takes_over=takes_over,
    )
    note(link, actor, "handover.made", days=days, takes_over=takes_over)
    return link, _address(token)


def find(token: str) -> Link | None:
    """The open link with this address; None for one that was not made here, was revoked or has ended.

    Nor is it found while the operator allows none of its methods.
    """
    try:
        _signer().unsign(token)  # compares in constant time
    except BadSignature:
        return None
    rows = Link.objects.select_related("company", "made_by").filter(company__is_active=True)
    link = rows.filter(token_hash=_hash(token)).first()
    return link if link is not None and link.is_open and link.kind.is_for(link.company) else None


@transaction.atomic
def renew(link: Link, *, days: int = DAYS, actor: Actor) -> str:
    """A new address, and time anew; the old address is dead at once."""
    token = _new_token()
    link.token_hash, link.revoked_at = _hash(token), None
    link.ends_at = timezone.now() + timedelta(days=days)
    link.save(update_fields=["token_hash", "revoked_at", "ends_at"])
    note(link, actor, "handover.renewed", days=days)
    return _address(token)


@transaction.atomic
def revoke(link: Link, actor: Actor) -> None:
    """The address is dead at once."""
    link.revoked_at = timezone.now()
    link.save(update_fields=["revoked_at"])
    note(link, actor, "handover.revoked")


def opened(link: Link) -> None:
    Link.objects.filter(pk=link.pk).update(opened_at=timezone.now())


def who(link: Link, ip_address: str | None = None) -> Actor:
    """Whoever has the address, for the audit log."""
    return Actor(label=f"hand-over link for {link.made_for}", ip_address=ip_address)


def note(link: Link, actor: Actor, action: str, **facts: object) -> None:
    facts = {"way": link.way, "link": str(link.pk), **facts}
    record(actor, action, company=link.company, label=link.made_for, **facts)


def _signer() -> Signer:
    return Signer(salt="handover", sep="~")


def _new_token() -> str:
    return _signer().sign(secrets.token_urlsafe(32))


def _address(token: str) -> str:
    return settings.PUBLIC_URL + reverse("handover", args=[token])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
