"""What the other apps and the pages ask about people's connections to Google."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Company, Membership
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from mailsettings import catalog, credentials
from mailsettings.models import CompanyMailSettings, CredentialKind, GoogleApp
from oauth import google_client
from oauth.google_client import GoogleTokens
from oauth.google_registration import google_registration_of
from oauth.models import Connection, ConnectionState, Provider, TokenCache
from oauth.registration import SettingsIncomplete


def connection_of(membership: Membership) -> Connection | None:
    """The person's connection to Google in whatever state; None when there never was one."""
    return Connection.objects.filter(membership=membership, provider=Provider.GOOGLE).first()


def app_of(membership: Membership) -> GoogleApp | None:
    """The company's app at Google, where it has one and the operator allows the way it sends."""
    app = GoogleApp.objects.filter(company=membership.company).first()
    return app if app and membership.company.allows(app.method) else None


def is_set_up(company: Company) -> bool:
    """Whether the company has an app at Google, and its secret."""
    secret = credentials.stored(company, CredentialKind.GOOGLE_CLIENT_SECRET)
    return secret is not None and GoogleApp.objects.filter(company=company).exists()


def can_connect(membership: Membership) -> list[str]:
    """Why the person cannot connect to Google now, as whole sentences; empty when he can."""
    company = membership.company
    if not any(company.allows(method) for method in catalog.OF_GOOGLE):
        return [_("The operator of this portal has not allowed Connect to Google for your company.")]
    app = app_of(membership)
    secret = credentials.stored(company, CredentialKind.GOOGLE_CLIENT_SECRET)
    if app is None or secret is None:
        return [_("Your company's Google settings are not filled in yet. Ask your administrator.")]
    policy = CompanyMailSettings.objects.filter(company=company).first()
    if policy and policy.method not in ("", app.method):
        return [_("Your company sends by %(way)s.") % {"way": catalog.METHODS[policy.method].label}]
    return []


def needs_more(connection: Connection, app: GoogleApp | None) -> bool:
    """Whether the company's way of sending needs a permission that the person has not given yet."""
    return connection.is_usable and app is not None and not app.is_enough(connection.scopes)


def revoke_after_commit(connection: Connection) -> None:
    """Tell Google that the grant is over, once the tokens are gone here. Best effort: nothing depends on it.

    Not while a colleague sends with the same account: Google would end that grant as well.
    """
    row = TokenCache.objects.filter(connection=connection).first()
    same = Connection.objects.filter(
        provider=Provider.GOOGLE,
        state=ConnectionState.CONNECTED,
        client_id=connection.client_id,
        object_id=connection.object_id,
    )
    if row is None or same.exclude(pk=connection.pk).exists():
        return
    try:
        token = GoogleTokens.from_bytes(row.unseal()).refresh_token
        registration = google_registration_of(connection.company)
    except (DecryptionFailed, ConfigurationError, SettingsIncomplete, ValueError):
        return
    transaction.on_commit(lambda: google_client.revoke(registration, token))
