"""What the company's app registration signs in with: a client secret or a client certificate, and a next one.

The next one stands beside the one in use until it has been tried with success (`oauth.trial`); then it takes over.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import Company
from mailsettings import credentials
from mailsettings.certificates import Certificate, KeyPair
from mailsettings.models import APP_KINDS, Credential, CredentialKind, CredentialState


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What somebody brings. `value` is the secret, or the private key that belongs to `certificate`."""

    kind: str
    expires_on: date | None
    certificate: Certificate | None = None
    value: str = field(default="", repr=False)


def of_secret(value: str, expires_on: date | None) -> NewCredential:
    return NewCredential(CredentialKind.CLIENT_SECRET, expires_on, value=value)


def of_pair(pair: KeyPair) -> NewCredential:
    certificate = pair.certificate
    kind = CredentialKind.CLIENT_CERTIFICATE
    return NewCredential(kind, certificate.ends_on, certificate, value=pair.key_pem)


def current(company: Company) -> Credential | None:
    """What the app registration signs in with now."""
    return _of_state(company, CredentialState.CURRENT)


def upcoming(company: Company) -> Credential | None:
    """What waits to take over."""
    return _of_state(company, CredentialState.NEXT)


@transaction.atomic
def put(company: Company, new: NewCredential, *, actor: Actor) -> Credential:
    """Store it beside the one in use, in place of another that waited; the first of all is in use at once."""
    _lock(company)
    state = CredentialState.NEXT if current(company) else CredentialState.CURRENT
    return _store(company, new, state, actor)


@transaction.atomic
def replace(company: Company, new: NewCredential, *, actor: Actor) -> dict[str, tuple[object, object]]:
    """Put it in the place of the one in use, untried; {} when it is the same. The old one is gone at once."""
    _lock(company)
    before = current(company)
    if before and _is_same(before, new):
        return {}
    _store(company, new, CredentialState.CURRENT, actor)
    return {str(new.kind): ("stored" if before else None, "replaced" if before else "stored")}


@transaction.atomic
def take_over(tried: Credential, *, actor: Actor) -> bool:
    """Let the credential that has just been tried with success be the one in use; the old one is deleted.

    False when it was replaced or deleted meanwhile: what waits now has not been tried.
    """
    company = tried.company
    _lock(company)
    rows = Credential.objects.filter(pk=tried.pk, state=CredentialState.NEXT, set_at=tried.set_at)
    following = rows.first()
    if following is None:
        return False
    before = current(company)
    if before:
        before.delete()
    following.state, following.last_worked_at = CredentialState.CURRENT, timezone.now()
    following.save(update_fields=["state", "last_worked_at"])
    instead_of = {"instead_of": f"{before.kind} {before.fingerprint}"} if before else {}
    credentials.tell(following, actor, "credential.took_over", **instead_of)
    return True


def _of_state(company: Company, state: str) -> Credential | None:
    rows = Credential.objects.filter(company=company, membership=None, kind__in=APP_KINDS, state=state)
    return rows.first()


def _is_same(before: Credential, new: NewCredential) -> bool:
    if before.kind != new.kind:
        return False
    if new.certificate:
        return before.certificate == new.certificate.pem
    return credentials.is_same(before, new.value)


def _store(company: Company, new: NewCredential, state: str, actor: Actor) -> Credential:
    before = _of_state(company, state)
    if before and before.kind != new.kind:
        credentials.remove(before, actor)
    return credentials.store(
        company,
        new.kind,
        new.value,
        actor=actor,
        expires_on=new.expires_on,
        certificate=new.certificate,
        state=state,
    )


def _lock(company: Company) -> None:
    """One change of a company's settings at a time; two first saves would both insert."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
