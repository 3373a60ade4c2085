"""The company's app registration as the sign-in needs it: stored settings plus the opened secret."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import Company
from core.errors import PostroomError
from mailsettings import app_credentials, catalog
from mailsettings.clouds import Cloud, cloud
from mailsettings.models import CompanyMailSettings, ConnectionFrom, Credential, MicrosoftApp
from oauth.models import Connection, Provider, Resource

SEND = "Mail.Send"
SCOPES = (SEND, "User.Read")  # asked for always; MSAL adds openid, profile and offline_access
SEND_SHARED = (
    "Mail.Send.Shared"  # From another mailbox: learn.microsoft.com/graph/outlook-send-mail-from-other-user
)
READ_WRITE = "Mail.ReadWrite"  # drafts, which large files are uploaded into
SMTP_SEND = "SMTP.Send"  # of Exchange, not of Graph
_RESERVED = {"openid", "profile", "email", "offline_access"}

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

    permissions: tuple[str, ...] = SCOPES  # short names of what people are asked to allow

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
        """All to ask for, written in full: national clouds do not know the short form of their Graph."""
        return [*self.scopes_of(Resource.GRAPH), *self.scopes_of(Resource.OUTLOOK)]

    def scopes_of(self, resource: str) -> list[str]:
        """Those of one resource: people allow several at once, but a token is for one."""
        base = self.cloud.graph if resource == Resource.GRAPH else self.cloud.mail_scope_prefix
        names = [name for name in self.permissions if resource_of(name) == resource]
        return [f"{base.rstrip('/')}/{name}" for name in names]


def wanted(
    company: Company, policy: CompanyMailSettings | None = None, *, for_company: bool = False
) -> tuple[str, ...]:
    """The permissions Connect asks people for: what a setting needs, and nothing besides.

    `policy`: the company's, if it is known already. `for_company`: those for the company's connected mailbox,
    which sends as itself by Graph.
    """
    if policy is None:
        policy = CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings()
    ways = [
        method
        for method, switch in catalog.BY_CONNECTION.items()
        if company.allows(method) and getattr(policy, switch) and policy.method in ("", method)
    ]
    by_graph = for_company or catalog.MICROSOFT_GRAPH in ways
    needed = {
        READ_WRITE: by_graph and policy.large_messages,
        SEND_SHARED: by_graph and policy.connections_from != ConnectionFrom.PERSON and not for_company,
        SMTP_SEND: catalog.MICROSOFT_SMTP in ways and not for_company,
    }
    return (*SCOPES, *(name for name, is_needed in needed.items() if is_needed))


def lacking(connection: Connection, needed: Sequence[str] | None = None) -> list[str]:
    """Permissions the company's settings need by now (`needed`, if known) and this grant lacks.

    Without them it still sends, other than by what needs them.
    """
    if needed is None:
        needed = wanted(connection.company, for_company=connection.membership_id is None)
    has = {short_name(scope).lower() for scope in connection.scopes}
    return [name for name in needed if name.lower() not in has]


def scopes_of(connection: Connection, resource: str) -> list[str]:
    """What was granted of one resource, as Microsoft spells it."""
    return [scope for scope in connection.scopes if resource_of(scope) == resource]


def registration_of(
    company: Company, credential: Credential | None = None, *, for_company: bool = False
) -> Registration:
    """The company's registration with the credential in use, or with this one; `for_company` as of `wanted`.

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
        permissions=wanted(company, for_company=for_company),
    )


def short_name(scope: str) -> str:
    """`Mail.Send` of `https://graph.microsoft.com/Mail.Send`; Microsoft answers in either form."""
    return scope.rstrip("/").rpartition("/")[2]


def resource_of(scope: str) -> str:
    """Which of the two a permission that people allow belongs to; no name is in both."""
    return Resource.OUTLOOK if short_name(scope).lower() == SMTP_SEND.lower() else Resource.GRAPH


def is_permission(scope: str) -> bool:
    """Whether it is one, and not a word that only asks for a sign-in."""
    return scope.lower() not in _RESERVED
