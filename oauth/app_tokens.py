"""Access tokens of a company's app itself, with no person.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
There is no refresh token: the app's secret or certificate brings a new one.
"""

from accounts.models import Company
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.explain import explain
from diagnosis.retry import Retry
from diagnosis.vocabulary import PORTAL_AT_FAULT, UNRECOGNISED
from oauth import issued, msal_app
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


def app_token(company: Company, resource: Resource, *, force: bool = False) -> str:
    """A token good for at least five minutes; with `force` a new one, for when the last was refused.

    Raises SettingsRefused, TokenUnavailable.
    """
    names = {"company": company, "resource": resource}
    return issued.token_of(lambda: issued.find_or_make(AppToken(**names), **names), _ask, force=force)


def roles(token: str) -> frozenset[str]:
    """The application permissions a token shows; empty when it cannot be read.

    Rights given in Exchange (RBAC for Applications) do not stand in it.
    """
    found = issued.claim(token, "roles")
    return frozenset(str(role) for role in found) if isinstance(found, list) else frozenset()


def settings_changed(company: Company, membership: object = None, **_more: object) -> None:
    """Signal receiver: forget the tokens, so that the next message shows whether the new settings are right."""
    if membership is None:
        AppToken.objects.filter(company=company).delete()


def _ask(row: AppToken) -> msal_app.IssuedToken:
    try:
        registration = registration_of(row.company)
        return msal_app.app_token(registration, scope_of(registration, row.resource))
    except SettingsIncomplete:
        raise SettingsRefused("settings_incomplete") from None
    except (ConfigurationError, DecryptionFailed) as error:
        raise TokenUnavailable(PORTAL_AT_FAULT, str(error)) from None
    except MicrosoftUnavailable as error:
        raise TokenUnavailable(_cause_of(error)[0], error.raw, error.retry_after_s) from None
    except MicrosoftRefused as error:
        raise _refusal(error) from None


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
