"""From a sending mailbox to a transport that is ready to open: the only place where secrets are opened."""

from pathlib import Path

from django.conf import settings

from core.crypto import DecryptionFailed
from core.errors import ConfigurationError, PostroomError
from diagnosis.retry import Retry
from diagnosis.vocabulary import UNRECOGNISED
from mailsettings import catalog, credentials
from mailsettings.clouds import cloud
from mailsettings.models import Authentication, CompanyMailSettings, Credential, MicrosoftApp, SmtpServer
from oauth import tokens
from oauth.models import Connection
from sender.models import SendingMailbox
from sender.transports.base import Transport, TransportError
from sender.transports.graph import GraphSettings, GraphTransport
from sender.transports.smtp import SmtpSettings, SmtpTransport


class SignInMissing(PostroomError):
    """What the mailbox signs in with was removed since the message was routed. `cause` is a slug."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"The mailbox cannot sign in: {cause}.")
        self.cause = cause


def transport_for(mailbox: SendingMailbox) -> Transport:
    """A transport with this mailbox's current settings. Raises SignInMissing, TransportError."""
    if mailbox.owner and mailbox.membership is None:
        raise SignInMissing("person_removed")
    try:
        return _BUILDERS[mailbox.method](mailbox)
    except (ConfigurationError, DecryptionFailed) as error:  # the operator's to mend; the mail waits
        stage = "token" if mailbox.method == catalog.MICROSOFT_GRAPH else "smtp_auth"
        raise TransportError(stage=stage, reply=str(error), cause=UNRECOGNISED, retry=Retry.WAIT) from None


def credential_of(mailbox: SendingMailbox) -> Credential | None:
    """The stored secret the mailbox signs in with, if it uses one."""
    kind = catalog.METHODS[mailbox.method].credential_kind
    return credentials.stored(mailbox.company, kind, mailbox.membership) if kind else None


def connection_of(mailbox: SendingMailbox) -> Connection:
    """The Microsoft connection the mailbox sends with. Raises SignInMissing."""
    connection = Connection.objects.filter(membership=mailbox.membership, address=mailbox.account).first()
    if mailbox.membership is None or connection is None or not connection.is_usable:
        raise SignInMissing((connection and connection.cause) or "not_connected")
    return connection


def _graph(mailbox: SendingMailbox) -> Transport:
    connection = connection_of(mailbox)
    app = MicrosoftApp.objects.filter(company=mailbox.company).first()
    if app is None:
        raise SignInMissing("settings_incomplete")
    place = cloud(app.cloud)

    def token(force: bool) -> str:
        try:
            return tokens.access_token(connection, force=force)
        except tokens.TokenError as error:
            passes = isinstance(error, tokens.TokenUnavailable)
            raise TransportError(
                stage="token",
                reply=error.raw,
                retry_after_s=error.retry_after_s if passes else None,
                cause=error.cause,
                retry=Retry.WAIT if passes else Retry.PAUSE_MAILBOX,
            ) from None

    ca_bundle = Path(place.ca_bundle) if place.ca_bundle else None
    policy = CompanyMailSettings.objects.filter(company=mailbox.company).first()
    return GraphTransport(
        GraphSettings(
            graph_url=place.graph,
            mailbox=None,
            token=token,
            ca_bundle=ca_bundle,
            save_to_sent=policy is None or policy.save_to_sent,
            scopes=frozenset(connection.scopes),
        )
    )


def _server_of(mailbox: SendingMailbox) -> SmtpServer:
    server = SmtpServer.objects.filter(company=mailbox.company).first()
    if server is None:
        raise SignInMissing("settings_incomplete")
    return server


def _secret_of(mailbox: SendingMailbox) -> str:
    credential = credential_of(mailbox)
    if credential is None:
        raise SignInMissing("settings_incomplete")
    return credential.reveal()


def _company_server(mailbox: SendingMailbox) -> Transport:
    server = _server_of(mailbox)
    signs_in = server.authentication == Authentication.PASSWORD
    return _smtp(server, mailbox.account, _secret_of(mailbox) if signs_in else "")


def _own_password(mailbox: SendingMailbox) -> Transport:
    return _smtp(_server_of(mailbox), mailbox.account, _secret_of(mailbox))


def _smtp(server: SmtpServer, user_name: str, secret: str) -> Transport:
    return SmtpTransport(
        SmtpSettings(
            host=server.host,
            port=server.port,
            security=server.security,
            authentication="password" if secret else "none",
            username=user_name,
            secret=secret,
            timeout_s=server.timeout_s,
            ehlo_name=server.ehlo_name or settings.SMTP_EHLO_NAME,
            provider="microsoft" if server.host.endswith((".office365.com", ".outlook.com")) else "other",
        )
    )


def _gmail(mailbox: SendingMailbox) -> Transport:
    host, _, port = settings.GMAIL_SMTP_SERVER.partition(":")
    return SmtpTransport(
        SmtpSettings(
            host=host,
            port=int(port),
            security="starttls" if port == "587" else "tls",
            authentication="password",
            username=mailbox.account,
            secret=_secret_of(mailbox),
            timeout_s=30,
            ehlo_name=settings.SMTP_EHLO_NAME,
            provider="google",
        )
    )


_BUILDERS = {
    catalog.MICROSOFT_GRAPH: _graph,
    catalog.SMTP_PASSWORD: _own_password,
    catalog.GMAIL_APP_PASSWORD: _gmail,
    catalog.COMPANY_SMTP: _company_server,
}
