"""The company's app at Google as the sign-in needs it: stored settings plus the opened secret."""

from dataclasses import dataclass, field

from accounts.models import Company
from mailsettings import credentials
from mailsettings.google import GoogleService, google
from mailsettings.models import CredentialKind, GoogleApp
from oauth.models import Provider
from oauth.registration import SettingsIncomplete

IDENTITY_SCOPES = ("openid", "email")


@dataclass(frozen=True, slots=True)
class GoogleRegistration:
    """`scope`: the permission to send, beside those that tell who signs in."""

    service: GoogleService
    client_id: str
    callback_url: str
    scope: str
    secret: str = field(repr=False)

    provider = Provider.GOOGLE

    @property
    def name(self) -> list[str]:
        """What a sign-in under way was started with; when it changes, the sign-in counts no more."""
        return [self.client_id, self.scope]

    @property
    def scopes(self) -> list[str]:
        return [*IDENTITY_SCOPES, self.scope]


def google_registration_of(company: Company) -> GoogleRegistration:
    """Raises SettingsIncomplete, ConfigurationError (the operator's file is wrong), DecryptionFailed."""
    app = GoogleApp.objects.filter(company=company).first()
    secret = credentials.stored(company, CredentialKind.GOOGLE_CLIENT_SECRET)
    if app is None or secret is None:
        raise SettingsIncomplete("The company's Google settings are not filled in.")
    return GoogleRegistration(google(), app.client_id, app.callback_url, app.scope, secret.reveal())
