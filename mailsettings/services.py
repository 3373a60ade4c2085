"""Changing the mail settings: what the pages and `manage.py apply` both call.

The values come cleaned from the forms. Each change is one transaction and one audit event with old and new
values; nothing is written, and nobody told, when nothing changed. A secret of "" keeps the stored one.
"""

from collections.abc import Mapping
from datetime import date

from django.db import models, transaction

from accounts.audit import Actor, record
from accounts.models import Company, Membership
from mailsettings import app_credentials, catalog, credentials, email_password
from mailsettings.certificates import KeyPair
from mailsettings.models import (
    AppOnlySettings,
    CompanyMailSettings,
    CredentialKind,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from mailsettings.signals import settings_changed

Changes = dict[str, tuple[object, object]]  # field -> old and new value; for a secret words instead of values


@transaction.atomic
def save_company(company: Company, values: Mapping[str, object], *, actor: Actor) -> Changes:
    """Open a company (a row not saved yet) or change what the operator decides about it."""
    return _save(company, values, actor, "company", company, label=str(company))


@transaction.atomic
def save_smtp_server(
    company: Company, values: Mapping[str, object], *, password: str = "", actor: Actor
) -> Changes:
    """Store the company's mail server, and its password if one is given.

    Without one, the stored password goes when server or user name become others: it must never be told to those,
    not even after a while in which the server needed none.
    """
    _lock(company)
    server = SmtpServer.objects.filter(company=company).first() or SmtpServer(company=company)
    email_password.bind_to_first_server(company, server.host or str(values.get("host", "")))
    was_for = (server.host, server.user_name)
    changes = _save(server, values, actor, "smtp_server", company, label=str(company))
    stored = credentials.stored(company, CredentialKind.SMTP_PASSWORD)
    if stored and not password and was_for != (server.host, server.user_name):
        credentials.remove(stored, actor)
        return changes | {"password": ("stored", "deleted")}
    return changes | _keep_secret(company, CredentialKind.SMTP_PASSWORD, password, actor, "password")


@transaction.atomic
def save_microsoft_app(
    company: Company,
    values: Mapping[str, object],
    *,
    client_secret: str = "",
    secret_expires_on: date | None = None,
    pair: KeyPair | None = None,
    actor: Actor,
) -> Changes:
    """Store the company's app registration, its secret or certificate if one is given, and the day a secret ends.

    What is given is in use at once; `app_credentials.put` stores one to be tried first.
    """
    _lock(company)
    app = MicrosoftApp.objects.filter(company=company).first() or MicrosoftApp(company=company)
    changes = _save(app, values, actor, "microsoft_app", company, label=str(company))
    if client_secret:
        new = app_credentials.of_secret(client_secret, secret_expires_on)
        changes |= app_credentials.replace(company, new, actor=actor)
    elif pair:
        changes |= app_credentials.replace(company, app_credentials.of_pair(pair), actor=actor)
    stored = app_credentials.current(company)
    if stored and not stored.is_certificate and stored.expires_on != secret_expires_on:
        changes["secret_expires_on"] = (stored.expires_on, secret_expires_on)
        credentials.set_expiry(stored, secret_expires_on, actor=actor)
    return changes


@transaction.atomic
def save_google_app(
    company: Company, values: Mapping[str, object], *, client_secret: str = "", actor: Actor
) -> Changes:
    """Store the company's app at Google, and its secret if one is given."""
    _lock(company)
    app = GoogleApp.objects.filter(company=company).first() or GoogleApp(company=company)
    changes = _save(app, values, actor, "google_app", company, label=str(company))
    kind = CredentialKind.GOOGLE_CLIENT_SECRET
    return changes | _keep_secret(company, kind, client_secret, actor, "client_secret")


@transaction.atomic
def save_app_only(company: Company, values: Mapping[str, object], *, actor: Actor) -> Changes:
    """Store how the company's app sends by itself."""
    _lock(company)
    row = AppOnlySettings.objects.filter(company=company).first() or AppOnlySettings(company=company)
    return _save(row, values, actor, "app_only", company, label=str(company))


@transaction.atomic
def save_policy(company: Company, values: Mapping[str, object], *, actor: Actor) -> Changes:
    """Store which ways are on, whose name mail carries, and how long to try."""
    _lock(company)
    policy = CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings(
        company=company
    )
    return _save(policy, values, actor, "mail_policy", company, label=str(company))


@transaction.atomic
def save_person(membership: Membership, values: Mapping[str, object], *, actor: Actor) -> Changes:
    """Store any of `method`, `user_name`, `from_name` of one person."""
    _lock(membership.company)
    person = UserMailSettings.objects.filter(membership=membership).first() or UserMailSettings(
        membership=membership, company=membership.company
    )
    return _save(
        person, values, actor, "person_settings", membership.company, membership, label=str(membership.user)
    )


@transaction.atomic
def save_password(
    membership: Membership, method: str, values: Mapping[str, object], *, secret: str = "", actor: Actor
) -> Changes:
    """Store a person's password for the method (a slug of the catalogue), with the names that go with it.

    If he chose another way, or has a password for another way, this one becomes his choice: what somebody
    has just typed is what he wants to be used. One typed for Microsoft does so always, so that no mail server
    the company sets up later is told it.
    """
    if method == catalog.GRAPH_PASSWORD or _has_another_way(membership, method):
        values = {**values, "method": method}
    changes = save_person(membership, values, actor=actor)
    return changes | store_password(membership, method, secret, actor=actor)


@transaction.atomic
def store_password(membership: Membership, method: str, secret: str, *, actor: Actor) -> Changes:
    """Store a person's password for the method, whatever way of sending he chose."""
    _lock(membership.company)
    kind = CredentialKind(catalog.METHODS[method].credential_kind)
    if kind != CredentialKind.USER_PASSWORD:
        return _keep_secret(membership.company, kind, secret, actor, kind.value, membership)
    changes = _keep_secret(membership.company, kind, secret, actor, "email_password", membership)
    stored = credentials.stored(membership.company, kind, membership)
    if secret and stored and email_password.bind(stored, method) and not changes:
        credentials.tell(stored, actor, "credential.replaced")  # the same password, for another server
        changes = {"email_password": ("stored", "replaced")}
    return changes


def _has_another_way(membership: Membership, method: str) -> bool:
    person = UserMailSettings.objects.filter(membership=membership).first()
    kind = catalog.METHODS[method].credential_kind
    return bool(person and person.method not in ("", method)) or (
        membership.credentials.exclude(kind=kind).exists()
    )


def _lock(company: Company) -> None:
    """One change of a company's settings at a time; two first saves would both insert."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def _save(
    row: models.Model,
    values: Mapping[str, object],
    actor: Actor,
    thing: str,
    company: Company,
    membership: Membership | None = None,
    *,
    label: str,
) -> Changes:
    is_new = row._state.adding
    changes = {
        name: (None if is_new else getattr(row, name), value)
        for name, value in values.items()
        if is_new or getattr(row, name) != value
    }
    if not changes:
        return {}
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    details = {name: [_plain(old), _plain(new)] for name, (old, new) in changes.items()}
    record(actor, f"{thing}.{'added' if is_new else 'changed'}", company=company, label=label, **details)
    transaction.on_commit(
        lambda: settings_changed.send(sender=type(row), company=company, membership=membership)
    )
    return changes


def _keep_secret(
    company: Company,
    kind: str,
    value: str,
    actor: Actor,
    name: str,
    membership: Membership | None = None,
) -> Changes:
    """Store the secret unless it is empty or the same as before."""
    before = credentials.stored(company, kind, membership)
    if not value or (before and credentials.is_same(before, value)):
        return {}
    credentials.store(company, kind, value, actor=actor, membership=membership)
    return {name: ("stored" if before else None, "replaced" if before else "stored")}


def _plain(value: object) -> object:
    """A value as JSON holds it."""
    return value if isinstance(value, str | int | bool | list | None) else str(value)
