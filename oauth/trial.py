"""Trying the credential that waits: a real token request with it, and with success it takes over."""

from datetime import timedelta

from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import AuditEvent, Company
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError, PostroomError
from diagnosis.explain import Explanation, explain, explain_cause
from mailsettings import app_credentials
from mailsettings.models import Credential
from oauth import msal_app
from oauth.errors import MicrosoftError
from oauth.registration import SettingsIncomplete, registration_of

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
        msal_app.app_token(registration, f"{registration.cloud.graph.rstrip('/')}/.default")
    except (SettingsIncomplete, ConfigurationError, DecryptionFailed):
        return explain_cause("settings_incomplete", provider="microsoft", flow="client_credentials")
    except MicrosoftError as error:
        found = explain(
            error.raw,
            stage="token",
            provider="microsoft",
            flow="client_credentials",
            http_status=error.http_status,
        )
        return None if found.cause in _PROVES else found
    return None
