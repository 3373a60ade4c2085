"""Real requests with values that came by a link, or that the company has stored: what the providers say of them."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from diagnosis.explain import Explanation
from diagnosis.retry import Retry
from handover.brought import Brought
from handover.models import Link
from handover.ways import Brings
from oauth import trial
from oauth.registration import Registration
from sender.doctor.steps import Words
from sender.transports.base import TransportError
from sender.transports.graph_calls import Calls, GraphSettings
from sender.transports.smtp_connection import SmtpSettings, connect

TIMEOUT_S = 15  # somebody waits for the page
_SENT_ITEMS = "mailFolders/sentitems/messages?$top=1&$select=id"
_APP = Words("microsoft", "client_credentials")
_SERVER = Words("other", "basic")

# The field of the form that a cause is mended in.
FIELDS = {
    "tenant_id_wrong": "tenant_id",
    "tenant_specific_endpoint_required": "tenant_id",
    "app_single_tenant_common_endpoint": "tenant_id",
    "sign_in_endpoint_wrong_for_account_type": "cloud",
    "app_not_found_in_tenant": "client_id",
    "app_disabled_in_tenant": "client_id",
    "service_principal_missing": "client_id",
    "oauth_client_not_found": "client_id",
    "oauth_client_disabled": "client_id",
    "client_secret_invalid": "client_secret",
    "client_secret_expired": "client_secret",
    "client_certificate_not_registered": "file",
    "client_certificate_expired": "file",
    "smtp_host_not_found": "host",
    "outgoing_address_refused": "host",
    "tls_cert_untrusted": "host",
    "tls_cert_hostname_mismatch": "host",
    "tls_cert_expired": "host",
    "smtp_connection_refused": "port",
    "smtp_connection_timeout": "port",
    "tls_port_mode_mismatch": "security",
    "starttls_not_supported": "security",
    "starttls_required": "security",
    "tls_protocol_version_unsupported": "security",
    "smtp_auth_not_offered": "authentication",
}
# In the words of who holds the form in his hands; other causes are told by their title and what happened.
_SENTENCES = {
    "client_secret_invalid": _(
        "Microsoft does not accept this secret for this app. Copy the column Value, not Secret ID; if it is no longer "
        "shown, make a new secret."
    ),
    "client_secret_expired": _("This secret has ended. Make a new one and hand in its Value."),
    "app_not_found_in_tenant": _(
        "There is no app with this ID in this directory. Copy both IDs from the app's Overview page."
    ),
    "tenant_id_wrong": _(
        "Microsoft knows no directory with this ID. Copy it from the app's Overview page, and check the cloud."
    ),
    "client_certificate_not_registered": _(
        "The app does not know this certificate. Upload its public part under Certificates & secrets first; after "
        "that it takes a minute or two."
    ),
    "oauth_client_not_found": _(
        "Google does not know this client, or the secret is not this client's. Copy both from the client's page."
    ),
}
_NOT_THE_SECRETS = {"client_id", "tenant_id", "cloud"}  # fields whose mistakes say nothing of the secret


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why values were not accepted; `stage` is the transport's, of a mail server."""

    why: Explanation
    stage: str = ""

    @property
    def field(self) -> str:
        if self.stage == "smtp_auth":
            return FIELDS.get(self.why.cause, "password")
        return FIELDS.get(self.why.cause, "")

    @property
    def passes(self) -> bool:
        """The provider did not answer as it does when it is well: it says nothing of the values."""
        return self.why.retry is Retry.WAIT and not self.field

    @property
    def sentence(self) -> str:
        return str(_SENTENCES.get(self.why.cause) or f"{self.why.title}. {self.why.happened}")

    @property
    def is_of_the_names(self) -> bool:
        """The directory or the app was not found, so that nobody looked at the secret."""
        return self.field in _NOT_THE_SECRETS


def refusal(link: Link, brought: Brought) -> Refusal | None:
    """What the provider has against these values; None when it accepts them."""
    if link.kind.brings == Brings.SERVER:
        return of_server(server(brought))
    if link.kind.brings == Brings.GOOGLE:
        why = trial.google_refusal(brought.google_registration(link))
    else:
        registration = brought.registration(link)
        why = trial.asked(registration, registration.cloud.graph_scope)[1]
    return Refusal(why) if why else None


def server(brought: Brought) -> SmtpSettings:
    values = brought.values
    return SmtpSettings(
        host=str(values["host"]),
        port=int(str(values["port"])),
        security=str(values["security"]),
        authentication="password" if brought.secret else "none",
        username=str(values.get("user_name", "")),
        secret=brought.secret,
        timeout_s=TIMEOUT_S,
        ehlo_name=settings.SMTP_EHLO_NAME,
    )


def of_server(where: SmtpSettings, words: Words = _SERVER) -> Refusal | None:
    """What keeps a mail server from letting us in; None when it does."""
    try:
        connect(where).say_goodbye()
    except TransportError as error:
        return Refusal(words.of_error(error), error.stage)
    return None


def of_mailbox(registration: Registration, token: str, mailbox: str) -> Explanation | None:
    """Why Graph does not open a mailbox to the app; None when it does. Without a permission to read it never does."""
    place = registration.cloud
    bundle = Path(place.ca_bundle) if place.ca_bundle else None
    calls = Calls(GraphSettings(place.graph, lambda force: token, mailbox, bundle, TIMEOUT_S))
    try:
        answer = calls.ask("GET", _SENT_ITEMS)
    finally:
        calls.close()
    if answer.status == 200:
        return None
    return _APP.of(answer.reply, "graph_other", http_status=answer.status or None)


def at_exchange(registration: Registration, token: str, mailbox: str) -> Refusal | None:
    """The same for Exchange's SMTP server, which wants a token for itself."""
    place = registration.cloud
    where = SmtpSettings(
        host=place.smtp_host,
        port=place.smtp_port,
        authentication="xoauth2",
        username=mailbox,
        secret=token,
        timeout_s=TIMEOUT_S,
        ehlo_name=settings.SMTP_EHLO_NAME,
        ca_bundle=Path(place.ca_bundle) if place.ca_bundle else None,
        provider="microsoft",
    )
    return of_server(where, _APP)
