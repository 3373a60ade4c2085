"""The company's app registration as the sign-in needs it: stored settings plus the opened secret."""

import re
from dataclasses import dataclass, field

from accounts.models import Company
from core.errors import PostroomError
from mailsettings import app_credentials
from mailsettings.clouds import Cloud, cloud
from mailsettings.models import Credential, MicrosoftApp
from oauth.models import Provider

SEND = "Mail.Send"
SCOPES = (SEND, "User.Read")  # MSAL adds openid, profile and offline_access

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class SettingsIncomplete(PostroomError):
    """The company has no app registration, or no secret for it."""


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Registration:
    """`tenant` is the directory's id or one of its domains; `client_id` a UUID in small letters.

    `secret` is the client secret or, with `certificate` (PEM), the private key that belongs to it.
    """

    cloud: Cloud
    tenant: str
    client_id: str
    callback_url: str
    secret: str = field(repr=False)
    certificate: str = field(default="", repr=False)

    provider = Provider.MICROSOFT

    @property
    def name(self) -> list[str]:
        """What a sign-in under way was started with; when it changes, the sign-in counts no more."""
        return [self.cloud.name, self.tenant.lower(), self.client_id]

    @property
    def authority(self) -> str:
        return f"{self.cloud.authority.rstrip('/')}/{self.tenant}"

    @property
    def scopes(self) -> list[str]:
        """The scopes to ask for, written in full: national clouds do not know the short form of their Graph."""
        return [f"{self.cloud.graph.rstrip('/')}/{name}" for name in SCOPES]


def registration_of(company: Company, credential: Credential | None = None) -> Registration:
    """The company's registration with the credential in use, or with this one.

    Raises SettingsIncomplete, ConfigurationError (the cloud was taken out of the table), DecryptionFailed.
    """
    app = MicrosoftApp.objects.filter(company=company).first()
    credential = credential or app_credentials.current(company)
    if app is None or credential is None:
        raise SettingsIncomplete("The company's Office 365 settings are not filled in.")
    return Registration(
        cloud=cloud(app.cloud),
        tenant=app.tenant_id,
        client_id=str(app.client_id),
        callback_url=app.callback_url,
        secret=credential.reveal(),
        certificate=credential.certificate,
    )


def short_name(scope: str) -> str:
    """`Mail.Send` of `https://graph.microsoft.com/Mail.Send`; Microsoft answers in either form."""
    return scope.rstrip("/").rpartition("/")[2]
