"""API keys: made, found by their secret, asked whom they may send as, revoked.

A secret is `pmk_<prefix>_<256 random bits>`. The beginning tells people and scanners of source code what it is.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import Company, Membership, User
from api.kept_rows import Query
from api.models import ApiKey
from api.scopes import Scope
from core.addresses import stored
from sender.statements import TROUBLE

BEGINNING = "pmk"
PREFIX_BYTES, SECRET_BYTES = 6, 32
MOST_OF_AN_ADDRESS = 320
USED_EVERY = timedelta(minutes=1)

_KEY = Query(
    (ApiKey, Company),
    "FROM api_apikey JOIN accounts_company ON accounts_company.id = company_id WHERE prefix = %(prefix)s",
)
_PERSON = (
    "FROM accounts_membership JOIN accounts_user ON accounts_user.id = user_id"
    " WHERE company_id = %(company)s AND email = %(email)s AND accounts_user.is_active"
)
_NAMED = (
    "SELECT 1 FROM api_apikey_people WHERE apikey_id = %(key)s AND membership_id = accounts_membership.id"
)
_ANYBODY = Query((Membership, User), _PERSON)
_SOMEBODY = Query((Membership, User), f"{_PERSON} AND EXISTS ({_NAMED})")

_BOTH = Query(
    (ApiKey, Company, Membership, User),
    "FROM api_apikey JOIN accounts_company ON accounts_company.id = api_apikey.company_id"
    " JOIN accounts_membership ON accounts_membership.company_id = accounts_company.id"
    " JOIN accounts_user ON accounts_user.id = accounts_membership.user_id"
    " WHERE prefix = %(prefix)s AND accounts_user.email = %(email)s AND accounts_user.is_active"
    " AND (is_for_all OR EXISTS (SELECT 1 FROM api_apikey_people"
    " WHERE apikey_id = api_apikey.id AND membership_id = accounts_membership.id))",
)

_FORM = re.compile(rf"{BEGINNING}_([0-9a-f]{{{2 * PREFIX_BYTES}}})_[A-Za-z0-9_-]{{43}}")


@transaction.atomic
def make(
    company: Company,
    name: str,
    scopes: Iterable[Scope],
    *,
    people: Iterable[Membership] | None = None,
    ends_on: date | None = None,
    actor: Actor,
) -> tuple[ApiKey, str]:
    """A new key with its secret, which cannot be had a second time. `people` None: all, also who comes later."""
    prefix = secrets.token_hex(PREFIX_BYTES)
    secret = f"{BEGINNING}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = ApiKey.objects.create(
        company=company,
        name=name,
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=[str(scope) for scope in Scope if scope in set(scopes)],
        is_for_all=people is None,
        ends_on=ends_on,
        made_by=actor.user,
        made_by_label=str(actor),
    )
    chosen = list(people or ())
    key.people.set(chosen)
    facts = {"prefix": prefix, "scopes": key.scopes, "ends_on": ends_on and ends_on.isoformat()}
    facts["people"] = "all" if people is None else len(chosen)
    record(actor, "key.made", company=company, label=name, **facts)
    return key, secret


def find(secret: str) -> ApiKey | None:
    """The key with this secret, also one that was revoked or has ended; None when there is none."""
    form = _FORM.fullmatch(secret)
    if form is None:
        return None
    key = _by_prefix(form[1])
    return key if key is not None and hmac.compare_digest(key.secret_hash, _hash(secret)) else None


def as_it_is_now(key: ApiKey) -> ApiKey | None:
    """Read again: it may have been changed, revoked or deleted since."""
    found = _by_prefix(key.prefix)
    return found if found == key else None


def _by_prefix(prefix: str) -> ApiKey | None:
    found = _KEY.one(prefix=prefix)
    if found is None:
        return None
    key, key.company = found
    return key


def key_of(secret: str) -> ApiKey | None:
    """The key with this secret that may be used now, with its company."""
    key = find(secret)
    return key if key is not None and key.is_usable else None


def used(key: ApiKey) -> None:
    """Remember that it was used, at most once a minute: many processes use the same key."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= USED_EVERY:
        before = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        with suppress(*TROUBLE):  # on a full disk what is only read can still be had
            ApiKey.objects.filter(before, pk=key.pk).update(last_used_at=now)
            key.last_used_at = now


def people_of(key: ApiKey) -> QuerySet[Membership]:
    """Whom the key may send as; whoever cannot sign in any more is not among them."""
    rows = Membership.objects if key.is_for_all else key.people
    return rows.filter(company=key.company_id, user__is_active=True).select_related("user", "company")


def person(key: ApiKey, address: str) -> Membership | None:
    """The person with this address whom the key may send as."""
    if not _may_be_asked(address):
        return None
    wanted = {"company": key.company_id, "email": stored(address)}
    found = _ANYBODY.one(**wanted) if key.is_for_all else _SOMEBODY.one(**wanted, key=key.pk)
    if found is None:
        return None
    membership, membership.user = found
    membership.company = key.company
    return membership


def with_person(key: ApiKey, address: str) -> tuple[ApiKey | None, Membership | None]:
    """What `as_it_is_now` and `person` find, by one question where both are there."""
    found = _BOTH.one(prefix=key.prefix, email=stored(address)) if _may_be_asked(address) else None
    if found is None or found[0] != key:
        return as_it_is_now(key), None
    now, now.company, membership, membership.user = found
    membership.company = now.company
    return now, membership


def _may_be_asked(address: str) -> bool:
    """A database cannot even be asked for a NUL."""
    return address.isprintable() and len(address) <= MOST_OF_AN_ADDRESS


def who(key: ApiKey, ip_address: str | None = None) -> Actor:
    """A program with this key: for the audit log, and as who submitted a message."""
    return Actor(label=f"API key {key.name}", ip_address=ip_address)


@transaction.atomic
def revoke(key: ApiKey, actor: Actor) -> bool:
    """The secret is dead at once; False when it was already."""
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        return False
    record(actor, "key.revoked", company=key.company, label=key.name, prefix=key.prefix)
    return True


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
