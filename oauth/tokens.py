"""Access tokens for sending: from the stored cache, or by one refresh at a time.

Microsoft replaces the refresh token at each use (learn.microsoft.com/entra/identity-platform/refresh-tokens), so
the new cache is stored before the new access token is used. Only a definite refusal of the grant ends a
connection; a fault that passes never does. No database transaction is open while Microsoft is asked.
"""

from datetime import datetime, timedelta

from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.explain import explain
from diagnosis.retry import Retry
from diagnosis.vocabulary import PORTAL_AT_FAULT, UNRECOGNISED
from mailsettings.models import MicrosoftApp
from oauth import google_tokens, leases, msal_app, renewing, state
from oauth.errors import (
    MicrosoftError,
    MicrosoftRefused,
    MicrosoftUnavailable,
    NeedsReconnecting,
    PermissionMissing,
    SettingsRefused,
    TokenError,
    TokenUnavailable,
)
from oauth.models import Connection, ConnectionState, Provider, Resource, TokenCache
from oauth.registration import (
    SCOPES,
    SettingsIncomplete,
    is_guid,
    registration_of,
    scopes_of,
    short_name,
)

__all__ = [
    "NeedsReconnecting",
    "PermissionMissing",
    "SettingsRefused",
    "TokenError",
    "TokenUnavailable",
    "access_token",
    "expire_flows",
    "refresh_idle",
]

IDLE_AFTER = timedelta(days=7)  # long before Microsoft's 90 days, and Google's six months

_CONSENT = {"consent_missing", "admin_consent_required"}
_LEAST = {name.lower() for name in SCOPES}
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes, "Handling error codes"
_GRANT_IS_GONE = {"invalid_grant", "interaction_required", "consent_required", "login_required", "no_account"}


def access_token(connection: Connection, resource: str = Resource.GRAPH, *, force: bool = False) -> str:
    """A token good for at least five minutes; with `force` a new one, for when the provider refused the last.

    Of a connection to Google there is one token, whatever the resource. Raises NeedsReconnecting (the connection
    now says so, too), PermissionMissing (it stands, and has no token for this resource), SettingsRefused,
    TokenUnavailable.
    """
    if connection.provider == Provider.GOOGLE:
        return google_tokens.access_token(connection, force=force)
    row = _usable_row(connection, resource)
    cached = _cached(row, resource)
    if cached and not cached.is_aging and not force:
        return cached.access_token
    try:
        return _renewed(connection, resource, cached.access_token if cached else "")
    except TokenUnavailable:
        if cached and not force:
            return cached.access_token
        raise


def refresh_idle(moment: datetime, limit: int = 20) -> int:
    """Refresh connections that nobody used for a week, so that they do not die; returns how many were.

    In no order, so that some whose company has to mend its settings do not keep the others waiting.
    """
    idle = Connection.objects.filter(state=ConnectionState.CONNECTED, refreshed_at__lt=moment - IDLE_AFTER)
    refreshed = 0
    for connection in idle.order_by("?")[:limit]:
        try:
            access_token(connection, force=True)
        except TokenError:
            continue  # stored on the connection if it is for good; else the next round tries again
        refreshed += 1
    return refreshed


def expire_flows(moment: datetime) -> int:
    """Remove the sign-ins that were started and not finished in time; returns how many."""
    return state.expire(moment)


def _usable_row(connection: Connection, resource: str) -> TokenCache:
    """The stored tokens as they are now, with connection and company.

    Raises NeedsReconnecting, PermissionMissing, SettingsRefused.
    """
    row = renewing.connected_row(connection, "connection__company__microsoft_app")
    current = row.connection
    app: MicrosoftApp | None = getattr(current.company, "microsoft_app", None)
    if app is None:
        raise SettingsRefused("settings_incomplete")
    other_directory = is_guid(app.tenant_id) and app.tenant_id.lower() != current.tenant_id.lower()
    if str(app.client_id) != current.client_id or other_directory:
        raw = "The company now uses another app registration than the one that was connected to."
        renewing.end(current, "not_connected", raw)
        raise NeedsReconnecting("not_connected", raw)
    if not scopes_of(current, resource):
        raise PermissionMissing("consent_missing")
    return row


def _cached(row: TokenCache, resource: str) -> msal_app.CachedToken | None:
    scopes = scopes_of(row.connection, resource)
    return msal_app.cached_token(renewing.opened(row), row.connection.client_id, scopes)


def _renewed(connection: Connection, resource: str, old: str) -> str:
    """Another token than `old`: somebody else's refresh if one is under way, else our own."""

    def stored(row: TokenCache) -> str | None:
        cached = _cached(row, resource)
        return cached.access_token if cached else None

    def refresh(row: TokenCache, owner: str) -> str:
        return _refresh(row, owner, resource)

    return renewing.renewed(lambda: _usable_row(connection, resource), stored, refresh, old)


def _refresh(row: TokenCache, owner: str, resource: str) -> str:
    """Ask Microsoft, holding the lease, and store the answer."""
    connection = row.connection
    try:
        renewal = _asked(row, resource)
    except SettingsIncomplete:
        raise SettingsRefused("settings_incomplete") from None
    except (ConfigurationError, DecryptionFailed) as error:
        raise TokenUnavailable(PORTAL_AT_FAULT, str(error)) from None
    except MicrosoftUnavailable as error:
        raise TokenUnavailable(_cause_of(error)[0], error.raw, error.retry_after_s) from None
    except MicrosoftRefused as error:
        raise _refusal(row, owner, resource, error) from None
    scopes = _without(connection, resource) + list(renewal.scopes)
    if not renewing.keep(row, owner, renewal.cache, scopes=scopes):
        _usable_row(connection, resource)  # raises when the person disconnected meanwhile
    return renewal.access_token


def _asked(row: TokenCache, resource: str) -> msal_app.Renewal:
    """By all that was granted; when a permission of it was taken back, by those that sending needs alone."""
    registration = registration_of(row.connection.company)
    granted = scopes_of(row.connection, resource)
    least = [scope for scope in granted if short_name(scope).lower() in _LEAST]
    try:
        return msal_app.refresh(registration, renewing.opened(row), granted)
    except MicrosoftRefused as error:
        if len(least) in (0, len(granted)) or _cause_of(error)[0] not in _CONSENT:
            raise
        return msal_app.refresh(registration, renewing.opened(row), least)


def _without(connection: Connection, resource: str) -> list[str]:
    """The scopes of the other resource."""
    gone = scopes_of(connection, resource)
    return [scope for scope in connection.scopes if scope not in gone]


def _refusal(row: TokenCache, owner: str, resource: str, error: MicrosoftRefused) -> TokenError:
    """What a refusal means for the connection, by Microsoft's `error`; the text only tells what will pass."""
    cause, retry = _cause_of(error)
    if retry is Retry.WAIT and cause != UNRECOGNISED:  # a lock-out, a loop it saw: the grant is still good
        return TokenUnavailable(cause, error.raw)
    if resource == Resource.OUTLOOK and cause in _CONSENT:
        if leases.let_go(row, owner):
            scopes = _without(row.connection, resource)
            Connection.objects.filter(pk=row.connection.pk).update(scopes=scopes)
        return PermissionMissing(cause, error.raw)
    if error.error not in _GRANT_IS_GONE:
        return SettingsRefused(cause, error.raw)
    if leases.let_go(row, owner):  # otherwise the person connected anew while we asked for the old grant
        renewing.end(row.connection, cause, error.raw)
    return NeedsReconnecting(cause, error.raw)


def _cause_of(error: MicrosoftError) -> tuple[str, Retry]:
    if isinstance(error, MicrosoftRefused) and error.error == "no_account":
        return "refresh_token_not_issued", Retry.PAUSE_MAILBOX
    status = error.http_status
    found = explain(error.raw, stage="token", provider="microsoft", flow="refresh", http_status=status)
    return found.cause, found.retry
