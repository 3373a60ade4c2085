"""Access tokens of a person's connection to Google: from the stored ones, or by one refresh at a time.

https://developers.google.com/identity/protocols/oauth2/web-server#offline. Google leaves the refresh token as it
is. All it says when a grant is over is `invalid_grant`, so the likeliest reason is told from the dates.
https://developers.google.com/identity/protocols/oauth2#expiration
"""

from datetime import timedelta

from core.clock import now
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.explain import explain
from diagnosis.retry import Retry
from diagnosis.vocabulary import PORTAL_AT_FAULT, UNRECOGNISED
from mailsettings.models import GoogleApp
from oauth import google_client, leases, renewing
from oauth.errors import (
    NeedsReconnecting,
    ProviderError,
    ProviderUnavailable,
    RequestRefused,
    SettingsRefused,
    TokenError,
    TokenUnavailable,
)
from oauth.google_client import GoogleTokens
from oauth.google_registration import google_registration_of
from oauth.models import Connection, TokenCache
from oauth.registration import SettingsIncomplete

TESTING_LIFETIME = timedelta(days=7)
_ABOUT_TESTING = (timedelta(days=6, hours=22), timedelta(days=8))  # a refusal may be noticed late
IDLE_LIFETIME = timedelta(days=180)
_GRANT_IS_GONE = {"invalid_grant", "no_account"}


def access_token(connection: Connection, *, force: bool = False) -> str:
    """A token good for at least five minutes; with `force` a new one, for when Google refused the last.

    Raises NeedsReconnecting (the connection now says so, too), SettingsRefused, TokenUnavailable.
    """
    cached = _stored(_usable_row(connection))
    if cached and not force:
        return cached
    return renewing.renewed(lambda: _usable_row(connection), _stored, _refresh, cached or "")


def _usable_row(connection: Connection) -> TokenCache:
    """The stored tokens as they are now. Raises NeedsReconnecting, SettingsRefused."""
    row = renewing.connected_row(connection)
    current = row.connection
    app = GoogleApp.objects.filter(company=current.company).first()
    if app is None:
        raise SettingsRefused("settings_incomplete")
    if app.client_id != current.client_id:
        raw = "The company now uses another app at Google than the one that was connected to."
        renewing.end(current, "not_connected", raw)
        raise NeedsReconnecting("not_connected", raw)
    return row


def _stored(row: TokenCache) -> str | None:
    tokens = GoogleTokens.from_bytes(renewing.opened(row))
    return tokens.access_token if tokens.is_good else None


def _refresh(row: TokenCache, owner: str) -> str:
    """Ask Google, holding the lease, and store the answer."""
    try:
        registration = google_registration_of(row.connection.company)
        tokens = google_client.refresh(registration, GoogleTokens.from_bytes(renewing.opened(row)))
    except SettingsIncomplete:
        raise SettingsRefused("settings_incomplete") from None
    except (ConfigurationError, DecryptionFailed) as error:
        raise TokenUnavailable(PORTAL_AT_FAULT, str(error)) from None
    except ProviderUnavailable as error:
        raise TokenUnavailable(_cause_of(error)[0], error.raw, error.retry_after_s) from None
    except RequestRefused as error:
        raise _refusal(row, owner, error) from None
    if not renewing.keep(row, owner, tokens.to_bytes(), scopes=list(tokens.scopes)):
        _usable_row(row.connection)  # raises when the person disconnected meanwhile
    return tokens.access_token


def _refusal(row: TokenCache, owner: str, error: RequestRefused) -> TokenError:
    """What a refusal means for the connection."""
    cause, retry = _cause_of(error)
    if error.error not in _GRANT_IS_GONE:
        passes = retry is Retry.WAIT and cause != UNRECOGNISED
        return (TokenUnavailable if passes else SettingsRefused)(cause, error.raw)
    if cause == "refresh_token_revoked":
        cause = likeliest_end(row.connection)
    if leases.let_go(row, owner):  # otherwise the person connected anew while we asked for the old grant
        renewing.end(row.connection, cause, error.raw)
    return NeedsReconnecting(cause, error.raw)


def likeliest_end(connection: Connection) -> str:
    """The cause of a grant that is over, as Google has one word for all of them."""
    moment, age = now(), now() - connection.connected_at
    is_in_testing = is_testing(connection) or (
        connection.ends_at is None and _ABOUT_TESTING[0] <= age <= _ABOUT_TESTING[1]
    )
    if is_in_testing and age >= _ABOUT_TESTING[0]:
        return "google_app_not_verified"
    if moment - connection.refreshed_at >= IDLE_LIFETIME:
        return "refresh_token_expired"
    return "refresh_token_revoked"


def is_testing(connection: Connection) -> bool:
    """Whether Google foretold an end after seven days, as it does for an app in testing."""
    if connection.ends_at is None:
        return False
    lifetime = connection.ends_at - connection.connected_at
    return abs(lifetime - TESTING_LIFETIME) < timedelta(hours=1)


def _cause_of(error: ProviderError) -> tuple[str, Retry]:
    if isinstance(error, RequestRefused) and error.error == "no_account":
        return "refresh_token_not_issued", Retry.PAUSE_MAILBOX
    status = error.http_status
    found = explain(error.raw, stage="token", provider="google", flow="refresh", http_status=status)
    return found.cause, found.retry
