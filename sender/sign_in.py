"""From a sending mailbox to a transport that is ready to open: the only place where secrets are opened."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from core.crypto import DecryptionFailed
from core.errors import ConfigurationError, PostroomError
from diagnosis.retry import Retry
from diagnosis.vocabulary import PORTAL_AT_FAULT
from mailsettings import catalog, credentials, email_password
from mailsettings.clouds import Cloud, cloud
from mailsettings.google import GoogleService, google
from mailsettings.models import Authentication, CompanyMailSettings, Credential, MicrosoftApp, SmtpServer
from oauth import app_tokens, password_tokens, tokens
from oauth.models import Connection, Resource
from sender.models import SendingMailbox
from sender.transports.base import Transport, TransportError
from sender.transports.gmail import GmailSettings, GmailTransport
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
        stage = "token" if mailbox.method in catalog.OF_THE_APP + catalog.OF_GOOGLE else "smtp_auth"
        raise TransportError(stage=stage, reply=str(error), cause=PORTAL_AT_FAULT, retry=Retry.WAIT) from None


def needs_token(mailbox: SendingMailbox) -> bool:
    """Whether what it signs in with may have to be fetched, over the network, before or while it is opened."""
    return mailbox.method not in _BY_PASSWORD


def credential_of(mailbox: SendingMailbox) -> Credential | None:
    """The stored secret the mailbox signs in with, if it uses one."""
    kind = catalog.METHODS[mailbox.method].credential_kind
    return credentials.stored(mailbox.company, kind, mailbox.membership) if kind else None


def connection_of(mailbox: SendingMailbox) -> Connection:
    """The connection to Microsoft or Google the mailbox sends with. Raises SignInMissing."""
    whose = {"company": mailbox.company, "membership": mailbox.membership}
    provider = catalog.METHODS[mailbox.method].provider
    connection = Connection.objects.filter(**whose, provider=provider, address=mailbox.account).first()
    is_gone = bool(mailbox.owner) and mailbox.membership is None
    if is_gone or connection is None or not connection.is_usable:
        raise SignInMissing((connection and connection.cause) or "not_connected")
    return connection


def _graph(mailbox: SendingMailbox) -> Transport:
    connection = connection_of(mailbox)
    return _by_graph(mailbox, _connection_token(connection), None, frozenset(connection.scopes))


def _microsoft_smtp(mailbox: SendingMailbox) -> Transport:
    return _by_exchange(mailbox, _connection_token(connection_of(mailbox), Resource.OUTLOOK))


def _graph_password(mailbox: SendingMailbox) -> Transport:
    def fetch(force: bool) -> str:
        return password_tokens.password_token(mailbox.membership, mailbox.account, force=force)

    token = _or_no_token(fetch)
    return _by_graph(mailbox, token, None, password_tokens.scopes(token(False)))


def _graph_app(mailbox: SendingMailbox) -> Transport:
    token = _app_token(mailbox, Resource.GRAPH)
    return _by_graph(mailbox, token, mailbox.account, app_tokens.roles(token(False)))


def _smtp_app(mailbox: SendingMailbox) -> Transport:
    return _by_exchange(mailbox, _app_token(mailbox, Resource.OUTLOOK))


def _by_exchange(mailbox: SendingMailbox, token: Callable[[bool], str]) -> Transport:
    """Through the SMTP server of the company's cloud, as the mailbox, with a token."""
    place = _cloud_of(mailbox)
    return SmtpTransport(
        SmtpSettings(
            host=place.smtp_host,
            port=place.smtp_port,
            security="starttls",
            authentication="xoauth2",
            username=mailbox.account,
            secret=token,
            ehlo_name=settings.SMTP_EHLO_NAME,
            ca_bundle=_ca_bundle(place),
            provider="microsoft",
        )
    )


def _app_token(mailbox: SendingMailbox, resource: Resource) -> Callable[[bool], str]:
    def token(force: bool) -> str:
        return app_tokens.app_token(mailbox.company, resource, force=force)

    return _or_no_token(token)


def _or_no_token(fetch: Callable[[bool], str]) -> Callable[[bool], str]:
    """`fetch`, with its errors told as a transport's."""

    def token(force: bool) -> str:
        try:
            return fetch(force)
        except tokens.TokenError as error:
            passes = isinstance(error, tokens.TokenUnavailable)
            raise TransportError(
                stage="token",
                reply=error.raw,
                retry_after_s=error.retry_after_s if passes else None,
                cause=error.cause,
                retry=Retry.WAIT if passes else Retry.PAUSE_MAILBOX,
            ) from None

    return token


def _cloud_of(mailbox: SendingMailbox) -> Cloud:
    app = MicrosoftApp.objects.filter(company=mailbox.company).first()
    if app is None:
        raise SignInMissing("settings_incomplete")
    return cloud(app.cloud)


def _ca_bundle(place: Cloud | GoogleService) -> Path | None:
    return Path(place.ca_bundle) if place.ca_bundle else None


def _by_graph(
    mailbox: SendingMailbox,
    token: Callable[[bool], str],
    sends_as: str | None,
    scopes: frozenset[str],
) -> Transport:
    place = _cloud_of(mailbox)
    policy = CompanyMailSettings.objects.filter(company=mailbox.company).first()
    return GraphTransport(
        GraphSettings(
            graph_url=place.graph,
            mailbox=sends_as,
            token=token,
            ca_bundle=_ca_bundle(place),
            save_to_sent=policy is None or policy.save_to_sent,
            scopes=scopes,
        )
    )


def _server_of(mailbox: SendingMailbox) -> SmtpServer:
    server = SmtpServer.objects.filter(company=mailbox.company).first()
    if server is None:
        raise SignInMissing("settings_incomplete")
    return server


def _secret_of(mailbox: SendingMailbox) -> str:
    return _revealed(credential_of(mailbox))


def _revealed(credential: Credential | None) -> str:
    if credential is None:
        raise SignInMissing("settings_incomplete")
    return credential.reveal()


def _company_server(mailbox: SendingMailbox) -> Transport:
    server = _server_of(mailbox)
    signs_in = server.authentication == Authentication.PASSWORD
    return at_server(server, mailbox.account, _secret_of(mailbox) if signs_in else "")


def _own_password(mailbox: SendingMailbox) -> Transport:
    server, credential = _server_of(mailbox), credential_of(mailbox)
    if credential is not None and not email_password.may_be_told(credential, server.host):
        raise SignInMissing("settings_incomplete")
    return at_server(server, mailbox.account, _revealed(credential))


def at_server(server: SmtpServer, user_name: str, secret: str) -> SmtpTransport:
    """A company's mail server, signed in to with this secret; with "" not signed in to."""
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
            ehlo_name=settings.SMTP_EHLO_NAME,
            provider="google",
        )
    )


def _google_api(mailbox: SendingMailbox) -> Transport:
    place = google()
    return GmailTransport(
        GmailSettings(
            place.gmail, token=_connection_token(connection_of(mailbox)), ca_bundle=_ca_bundle(place)
        )
    )


def _google_smtp(mailbox: SendingMailbox) -> Transport:
    place = google()
    return SmtpTransport(
        SmtpSettings(
            host=place.smtp_host,
            port=place.smtp_port,
            security="starttls" if place.smtp_port == 587 else "tls",
            authentication="xoauth2",
            username=mailbox.account,
            secret=_connection_token(connection_of(mailbox)),
            ehlo_name=settings.SMTP_EHLO_NAME,
            ca_bundle=_ca_bundle(place),
            provider="google",
        )
    )


def _connection_token(connection: Connection, resource: str = Resource.GRAPH) -> Callable[[bool], str]:
    def token(force: bool) -> str:
        return tokens.access_token(connection, resource, force=force)

    return _or_no_token(token)


_BUILDERS = {
    catalog.MICROSOFT_GRAPH: _graph,
    catalog.MICROSOFT_SMTP: _microsoft_smtp,
    catalog.GOOGLE_API: _google_api,
    catalog.GOOGLE_SMTP: _google_smtp,
    catalog.SMTP_PASSWORD: _own_password,
    catalog.GRAPH_PASSWORD: _graph_password,
    catalog.GMAIL_APP_PASSWORD: _gmail,
    catalog.GRAPH_APP: _graph_app,
    catalog.SMTP_APP: _smtp_app,
    catalog.COMPANY_MAILBOX: _graph,
    catalog.COMPANY_SMTP: _company_server,
}
_BY_PASSWORD = (catalog.SMTP_PASSWORD, catalog.GMAIL_APP_PASSWORD, catalog.COMPANY_SMTP)
