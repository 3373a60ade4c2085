"""Access tokens of a company's app itself, with no person: stored sealed, renewed by one process at a time.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
There is no refresh token: the app's secret or certificate brings a new one. Nothing is kept in a process's
memory, where a token would outlive the secret it was made with.
"""

import base64
import json
import time
import uuid
from datetime import timedelta

from django.db.models import F

from accounts.models import Company
from core.clock import now
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.explain import explain
from diagnosis.retry import Retry
from diagnosis.vocabulary import UNRECOGNISED
from oauth import leases, msal_app
from oauth.errors import (
    MicrosoftError,
    MicrosoftRefused,
    MicrosoftUnavailable,
    SettingsRefused,
    TokenError,
    TokenUnavailable,
)
from oauth.models import AppToken, Resource
from oauth.registration import Registration, SettingsIncomplete, registration_of
from oauth.tokens import POLL_S, WAIT_S

LEAST_LIFE = timedelta(seconds=msal_app.LEAST_LIFE_S)


def app_token(company: Company, resource: Resource, *, force: bool = False) -> str:
    """A token good for at least five minutes; with `force` a new one, for when the last was refused.

    Raises SettingsRefused, TokenUnavailable.
    """
    row = _row(company, resource)
    if _lives(row) and not force:
        return _opened(row)
    return _renewed(company, resource, row.version)


def roles(token: str) -> frozenset[str]:
    """The application permissions a token shows; empty when it cannot be read.

    Only to choose among calls: rights given in Exchange (RBAC for Applications) do not stand in it.
    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        payload = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("roles", [])
    except (IndexError, ValueError, AttributeError):
        return frozenset()
    return frozenset(str(role) for role in found) if isinstance(found, list) else frozenset()


def settings_changed(company: Company, membership: object = None, **_more: object) -> None:
    """Signal receiver: forget the tokens, so that the next message shows whether the new settings are right."""
    if membership is None:
        AppToken.objects.filter(company=company).delete()


def _row(company: Company, resource: Resource) -> AppToken:
    found = AppToken.objects.filter(company=company, resource=resource).first()
    if found:
        return found
    blank = AppToken(company=company, resource=resource)
    blank.seal(b"")
    AppToken.objects.bulk_create([blank], ignore_conflicts=True)
    return AppToken.objects.get(company=company, resource=resource)


def _lives(row: AppToken) -> bool:
    return row.expires_at is not None and row.expires_at - now() > LEAST_LIFE


def _opened(row: AppToken) -> str:
    try:
        return row.unseal().decode()
    except DecryptionFailed as error:  # a key is missing: the operator brings it back
        raise TokenUnavailable(UNRECOGNISED, str(error)) from None


def _renewed(company: Company, resource: Resource, seen: int) -> str:
    """A token newer than version `seen`: somebody else's request if one is under way, else our own."""
    owner, deadline = str(uuid.uuid4()), time.monotonic() + WAIT_S
    while True:
        row = _row(company, resource)
        if row.version != seen and _lives(row):
            return _opened(row)
        if leases.is_free(row) and leases.take(row, owner):
            break
        if time.monotonic() > deadline:
            raise TokenUnavailable("provider_temporarily_unavailable", "A token request did not end.")
        time.sleep(POLL_S)
    try:
        row = _row(company, resource)
        if row.version != seen and _lives(row):
            return _opened(row)
        return _asked(row, owner)
    finally:
        leases.let_go(row, owner)


def _asked(row: AppToken, owner: str) -> str:
    """Ask Microsoft, holding the lease, and store the answer."""
    try:
        registration = registration_of(row.company)
        issued = msal_app.app_token(registration, scope_of(registration, row.resource))
    except SettingsIncomplete:
        raise SettingsRefused("settings_incomplete") from None
    except (ConfigurationError, DecryptionFailed) as error:
        raise TokenUnavailable(UNRECOGNISED, str(error)) from None
    except MicrosoftUnavailable as error:
        raise TokenUnavailable(_cause_of(error)[0], error.raw, error.retry_after_s) from None
    except MicrosoftRefused as error:
        raise _refusal(error) from None
    row.seal(issued.access_token.encode())
    changes = {"ciphertext": row.ciphertext, "key_id": row.key_id, "version": F("version") + 1}
    leases.let_go(row, owner, expires_at=now() + timedelta(seconds=issued.lives_s), **changes)
    return issued.access_token


def scope_of(registration: Registration, resource: str) -> str:
    cloud = registration.cloud
    return cloud.graph_scope if resource == Resource.GRAPH else cloud.outlook_scope


def _refusal(error: MicrosoftRefused) -> TokenError:
    """A lock-out or a loop Microsoft saw passes; everything else is in the registration or our copy of it."""
    cause, retry = _cause_of(error)
    if retry is Retry.WAIT and cause != UNRECOGNISED:
        return TokenUnavailable(cause, error.raw)
    return SettingsRefused(cause, error.raw)


def _cause_of(error: MicrosoftError) -> tuple[str, Retry]:
    status = error.http_status
    found = explain(
        error.raw, stage="token", provider="microsoft", flow="client_credentials", http_status=status
    )
    return found.cause, found.retry
