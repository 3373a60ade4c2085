"""Storing, replacing and deleting secrets: each with an audit event, none with a value in it."""

import hmac
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import Company, Membership
from core import crypto
from mailsettings.certificates import Certificate
from mailsettings.models import Credential, CredentialState
from mailsettings.signals import settings_changed


def stored(
    company: Company,
    kind: str,
    membership: Membership | None = None,
    state: str = CredentialState.CURRENT,
) -> Credential | None:
    """The company's or, with `membership`, the person's secret of this kind."""
    rows = Credential.objects.filter(company=company, kind=kind, membership=membership, state=state)
    return rows.first()


@transaction.atomic
def store(
    company: Company,
    kind: str,
    value: str,
    *,
    actor: Actor,
    membership: Membership | None = None,
    expires_on: date | None = None,
    certificate: Certificate | None = None,
    state: str = CredentialState.CURRENT,
) -> Credential:
    """Set or replace a secret. The old value is gone at once.

    With `certificate`, the value is its private key, and the fingerprint the end of the thumbprint Entra shows.
    """
    credential = stored(company, kind, membership, state) or Credential(
        company=company, kind=kind, membership=membership, state=state
    )
    is_new = credential._state.adding
    credential.seal(value.encode())
    credential.certificate = certificate.pem if certificate else ""
    credential.fingerprint = (
        certificate.sha1[-8:] if certificate else crypto.fingerprint(value, f"{company.pk}:{kind}")
    )
    credential.set_by, credential.set_by_label = actor.user, str(actor)
    credential.set_at, credential.last_worked_at = timezone.now(), None
    credential.expires_on = expires_on
    credential.save()
    action = "credential.set" if is_new else "credential.replaced"
    tell(credential, actor, action)
    return credential


@transaction.atomic
def set_expiry(credential: Credential, expires_on: date | None, *, actor: Actor) -> bool:
    """Correct the day a secret ends; the secret stays. False when another is in its place by now."""
    rows = Credential.objects.filter(pk=credential.pk, fingerprint=credential.fingerprint)
    if not rows.update(expires_on=expires_on):
        return False
    before, credential.expires_on = credential.expires_on, expires_on
    days = [day and day.isoformat() for day in (before, expires_on)]
    tell(credential, actor, "credential.expiry_changed", expires_on=days)
    return True


def is_same(credential: Credential, value: str) -> bool:
    """Whether the stored secret is this one. One that cannot be read any more is not."""
    try:
        return hmac.compare_digest(credential.unseal(), value.encode())
    except crypto.DecryptionFailed:
        return False


@transaction.atomic
def remove(credential: Credential, actor: Actor) -> None:
    """Delete a secret for good."""
    tell(credential, actor, "credential.deleted")
    credential.delete()


def goes_with(membership: Membership, actor: Actor, **_more: object) -> None:
    """Signal receiver: the row's deletion takes the person's secrets along; each is told to the audit log."""
    for credential in membership.credentials.all():
        _note(credential, actor, "credential.deleted")


def mark_worked(credential: Credential) -> None:
    """Remember that a sign-in with it was accepted just now."""
    Credential.objects.filter(pk=credential.pk).update(last_worked_at=timezone.now())


def tell(credential: Credential, actor: Actor, action: str, **facts: object) -> None:
    """Audit what became of a secret, and let the apps above know once it is committed."""
    whose = {"company": credential.company, "membership": credential.membership}
    kind = credential.kind
    _note(credential, actor, action, **facts)
    transaction.on_commit(lambda: settings_changed.send(sender=Credential, kind=kind, **whose))


def _note(credential: Credential, actor: Actor, action: str, **facts: object) -> None:
    owner = credential.membership.user if credential.membership else credential.company
    waiting = {"waiting": True} if credential.is_next else {}
    facts = {"kind": credential.kind, "fingerprint": credential.fingerprint, **waiting, **facts}
    record(actor, action, company=credential.company, label=str(owner), **facts)
