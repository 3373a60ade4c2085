"""Trying a credential by a real token request; one that waits takes over with success."""

from datetime import timedelta

from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import AuditEvent, Company
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError, PostroomError
from diagnosis.explain import Explanation, explain, explain_cause
from mailsettings import app_credentials
from mailsettings.models import Credential
from oauth import google_client, msal_app
from oauth.errors import MicrosoftError, ProviderError, RequestRefused
from oauth.google_client import GoogleTokens
from oauth.google_registration import GoogleRegistration
from oauth.registration import Registration, SettingsIncomplete, registration_of

# Refusals that come after Microsoft has accepted the credential: the app may do nothing by itself, or not now.
_PROVES = {"app_permission_not_configured", "consent_missing", "user_not_assigned_to_app"}


MOST_TRIES, TRIES_WITHIN = 10, timedelta(minutes=10)


class ReplacedMeanwhile(PostroomError):
    """Another one waits by now, or none: what was tried did not take over."""


def too_many(company: Company) -> bool:
    """Whether the company was refused so often that Microsoft would soon take it for an attack."""
    refused = AuditEvent.objects.filter(company=company, action="credential.refused")
    return refused.filter(at__gt=timezone.now() - TRIES_WITHIN).count() >= MOST_TRIES


def try_next(waiting: Credential, *, actor: Actor) -> Explanation | None:
    """Ask Microsoft for a token of the app itself; None when the credential works and has taken over.

    A token comes even where the app was granted nothing: it is empty then. Every failure leaves both
    credentials as they are, and is audited. Raises ReplacedMeanwhile.
    """
    company = waiting.company
    refusal = _refusal(company, waiting)
    if refusal is None and not app_credentials.take_over(waiting, actor=actor):
        raise ReplacedMeanwhile("The credential was replaced while it was tried.")
    if refusal is not None:
        record(
            actor,
            "credential.refused",
            company=company,
            label=str(company),
            kind=waiting.kind,
            fingerprint=waiting.fingerprint,
            cause=refusal.cause,
        )
    return refusal


def _refusal(company: Company, waiting: Credential) -> Explanation | None:
    try:
        registration = registration_of(company, waiting)
    except (SettingsIncomplete, ConfigurationError, DecryptionFailed):
        return explain_cause("settings_incomplete", provider="microsoft", flow="client_credentials")
    return asked(registration, registration.cloud.graph_scope)[1]


def asked(registration: Registration, scope: str) -> tuple[str, Explanation | None]:
    """A new token of the app itself for a resource's `.default`, or why Microsoft does not accept the app.

    ("", None): it accepts the credential, and the app may do nothing there, or not now.
    """
    try:
        return msal_app.app_token(registration, scope).access_token, None
    except MicrosoftError as error:
        found = explain(
            error.raw,
            stage="token",
            provider="microsoft",
            flow="client_credentials",
            http_status=error.http_status,
        )
        return "", None if found.cause in _PROVES else found


def google_refusal(registration: GoogleRegistration) -> Explanation | None:
    """Why Google does not accept the client and its secret; None when it does.

    It is asked for a token with a refresh token that never was. Google looks at the client first
    (developers.google.com/identity/protocols/oauth2/web-server#offline): `invalid_grant` is its word for the token.
    """
    never = GoogleTokens((), 0.0, None, "", "1//0-postroom-asks-whether-the-client-is-known")
    try:
        google_client.refresh(registration, never)
    except ProviderError as error:
        if isinstance(error, RequestRefused) and error.error == "invalid_grant":
            return None
        return explain(
            error.raw, stage="token", provider="google", flow="refresh", http_status=error.http_status
        )
    return None
