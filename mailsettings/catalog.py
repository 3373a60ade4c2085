"""The ways of sending: one entry each, which feeds the forms, the operator's choice and the routing.

The order is the ladder's (design, section 4): a person's own ways first, the company's last.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


class Owner(StrEnum):
    PERSON = "person"  # each person signs in with something of his own
    COMPANY = "company"  # one sign-in for all


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a method needs and can: the rows of docs/methods.md, in English."""

    needs: str
    sends_from: str
    sent_copy: str
    size: str
    shared_mailbox: str
    clouds: str


@dataclass(frozen=True, slots=True)
class Method:
    slug: str
    label: str | Promise
    summary: str | Promise  # one line on its card
    owner: Owner
    transport: str  # dotted path of the class that sends
    provider: str  # vocabulary of diagnosis: microsoft, google, other
    flow: str  # vocabulary of diagnosis: delegated, basic, client_credentials …
    abilities: Abilities
    credential_kind: str = ""  # of the secret it signs in with; empty: none
    warning: str | Promise = ""  # a reason against it, shown wherever it can be allowed or set up


MICROSOFT_GRAPH = "microsoft_graph"
MICROSOFT_SMTP = "microsoft_smtp"
SMTP_PASSWORD = "smtp_password"  # noqa: S105 - a method's name
GRAPH_PASSWORD = "graph_password"  # noqa: S105
GMAIL_APP_PASSWORD = "gmail_app_password"  # noqa: S105
GRAPH_APP = "graph_app"
SMTP_APP = "smtp_app"
COMPANY_MAILBOX = "company_mailbox"
GOOGLE_API = "google_api"
GOOGLE_SMTP = "google_smtp"
COMPANY_SMTP = "company_smtp"

METHODS = {
    method.slug: method
    for method in (
        Method(
            MICROSOFT_GRAPH,
            _("Connect to Microsoft"),
            _("Each person signs in at Microsoft once. No password is stored here."),
            Owner.PERSON,
            "sender.transports.graph.GraphTransport",
            "microsoft",
            "delegated",
            Abilities(
                needs="app registration with secret or certificate, delegated Mail.Send and User.Read; "
                "each person connects once",
                sends_from="the address that signed in; or a shared mailbox, as it or on its behalf",
                sent_copy="kept in Sent Items, or not, as the company says",
                size="4 MB encoded; 150 MB with Mail.ReadWrite, which Connect asks for when large messages are on",
                shared_mailbox="yes, with Mail.Send.Shared, and Send As or Send on Behalf in Exchange",
                clouds="all",
            ),
        ),
        Method(
            MICROSOFT_SMTP,
            _("Connect to Microsoft, by SMTP"),
            _(
                "The same connection; mail leaves through Exchange's SMTP server, with the permission SMTP.Send."
            ),
            Owner.PERSON,
            "sender.transports.smtp.SmtpTransport",
            "microsoft",
            "delegated",
            Abilities(
                needs="app registration with secret or certificate, delegated Mail.Send, User.Read and Exchange's "
                "SMTP.Send; SMTP AUTH on for the mailbox; each person connects once",
                sends_from="the address that signed in; or a shared mailbox, as it or on its behalf",
                sent_copy="kept in Sent Items by Exchange",
                size="what Exchange announces (SIZE)",
                shared_mailbox="yes, with Send As or Send on Behalf in Exchange",
                clouds="all",
            ),
        ),
        Method(
            GOOGLE_API,
            _("Connect to Google"),
            _(
                "Each person signs in at Google once. Mail leaves by the Gmail API; no password is stored here."
            ),
            Owner.PERSON,
            "sender.transports.gmail.GmailTransport",
            "google",
            "delegated",
            Abilities(
                needs="the company's OAuth client at Google with the Gmail API on, permission gmail.send; "
                "each person connects once",
                sends_from="the account that signed in, or an alias of it; Gmail replaces any other From",
                sent_copy="kept by Gmail",
                size="35 MB",
                shared_mailbox="no",
                clouds="not tied to one",
            ),
        ),
        Method(
            GOOGLE_SMTP,
            _("Connect to Google, by SMTP"),
            _(
                "The same through Gmail's mail server, for which Google asks each person for all of their mail."
            ),
            Owner.PERSON,
            "sender.transports.smtp.SmtpTransport",
            "google",
            "delegated",
            Abilities(
                needs="the company's OAuth client at Google, permission https://mail.google.com/; "
                "each person connects once",
                sends_from="the account that signed in, or an alias of it; Gmail replaces any other From",
                sent_copy="kept by Gmail",
                size="what Gmail announces (SIZE)",
                shared_mailbox="no",
                clouds="not tied to one",
            ),
        ),
        Method(
            SMTP_PASSWORD,
            _("E-mail password"),
            _(
                "Each person types the password of their mailbox; "
                "mail leaves through the company's mail server."
            ),
            Owner.PERSON,
            "sender.transports.smtp.SmtpTransport",
            "other",
            "basic",
            Abilities(
                needs="the company's mail server; each person's password",
                sends_from="the user name, where it is an address",
                sent_copy="as the server does (Exchange keeps one)",
                size="what the server announces (SIZE)",
                shared_mailbox="no",
                clouds="not tied to one",
            ),
            "user_password",
        ),
        Method(
            GRAPH_PASSWORD,
            _("Office 365 user name and password"),
            _(
                "Each person types the password of their Microsoft account; mail leaves through Microsoft Graph."
            ),
            Owner.PERSON,
            "sender.transports.graph.GraphTransport",
            "microsoft",
            "ropc",
            Abilities(
                needs="app registration with secret or certificate, delegated Mail.Send with an administrator's "
                "consent; each person's password, an account without a second factor and not federated",
                sends_from="the user name, or the person's address where that is none",
                sent_copy="kept in Sent Items, or not, as the company says",
                size="4 MB encoded; 150 MB with Mail.ReadWrite",
                shared_mailbox="no",
                clouds="all",
            ),
            "user_password",
            warning=_(
                "It cannot pass a second factor (MFA), and Microsoft advises against it "
                "(learn.microsoft.com/entra/identity-platform/v2-oauth-ropc). Use Connect to Microsoft instead."
            ),
        ),
        Method(
            GMAIL_APP_PASSWORD,
            _("Gmail app password"),
            _("Each person makes an app password at Google; mail leaves through Gmail."),
            Owner.PERSON,
            "sender.transports.smtp.SmtpTransport",
            "google",
            "basic",
            Abilities(
                needs="each person's app password; the server is filled in",
                sends_from="the Google account's address",
                sent_copy="kept by Gmail",
                size="what Gmail announces (SIZE)",
                shared_mailbox="no",
                clouds="not tied to one",
            ),
            "gmail_app_password",
        ),
        Method(
            GRAPH_APP,
            _("Office 365, app-only"),
            _("The company's app sends through Microsoft Graph for everybody. Nobody has to connect."),
            Owner.COMPANY,
            "sender.transports.graph.GraphTransport",
            "microsoft",
            "client_credentials",
            Abilities(
                needs="app registration with secret or certificate, "
                "application permission Mail.Send (or RBAC for Applications)",
                sends_from="each person's address, or one mailbox",
                sent_copy="kept in Sent Items, or not, as the company says",
                size="4 MB encoded; 150 MB with Mail.ReadWrite",
                shared_mailbox="yes",
                clouds="all",
            ),
        ),
        Method(
            SMTP_APP,
            _("Office 365 SMTP, app-only"),
            _("The same through Exchange's SMTP server, with the permission SMTP.SendAsApp."),
            Owner.COMPANY,
            "sender.transports.smtp.SmtpTransport",
            "microsoft",
            "client_credentials",
            Abilities(
                needs="app registration with secret or certificate, SMTP.SendAsApp, "
                "the service principal with full access to the mailbox, SMTP AUTH on",
                sends_from="each person's address, or one mailbox",
                sent_copy="kept in Sent Items by Exchange",
                size="what Exchange announces (SIZE)",
                shared_mailbox="yes",
                clouds="all",
            ),
        ),
        Method(
            COMPANY_MAILBOX,
            _("Company's connected mailbox"),
            _(
                "An administrator connects one mailbox at Microsoft; it sends for people without a way of their own."
            ),
            Owner.COMPANY,
            "sender.transports.graph.GraphTransport",
            "microsoft",
            "delegated",
            Abilities(
                needs="app registration with secret or certificate, delegated Mail.Send and User.Read; "
                "one mailbox that an administrator can sign in to",
                sends_from="that mailbox, with replies to the person",
                sent_copy="kept in its Sent Items, or not, as the company says",
                size="4 MB encoded; 150 MB with Mail.ReadWrite",
                shared_mailbox="no, somebody must be able to sign in as it",
                clouds="all",
            ),
        ),
        Method(
            COMPANY_SMTP,
            _("Company mail server"),
            _("Everybody without a way of their own sends through the company's mail server."),
            Owner.COMPANY,
            "sender.transports.smtp.SmtpTransport",
            "other",
            "basic",
            Abilities(
                needs="the company's mail server, with or without a sign-in",
                sends_from="the person's address, or the company's with replies to the person",
                sent_copy="as the server does",
                size="what the server announces (SIZE)",
                shared_mailbox="as the server allows",
                clouds="not tied to one",
            ),
            "smtp_password",
        ),
    )
}

# Need the company's app registration.
OF_THE_APP = (MICROSOFT_GRAPH, MICROSOFT_SMTP, GRAPH_PASSWORD, GRAPH_APP, SMTP_APP, COMPANY_MAILBOX)
BY_CONNECTION = {
    MICROSOFT_GRAPH: "use_connections",
    MICROSOFT_SMTP: "use_connections_smtp",
}  # policy's switches
OF_GOOGLE = (GOOGLE_API, GOOGLE_SMTP)  # need the company's app at Google
WITH_EMAIL_PASSWORD = (SMTP_PASSWORD, GRAPH_PASSWORD)  # the same stored password of a person


def label_of(method: str) -> str:
    """As people know it; a row of another version of the portal may name a way that is not known here."""
    return str(METHODS[method].label) if method in METHODS else method


def at_whom(method: str) -> tuple[str | None, str | None]:
    """Provider and flow of sign-in, by which a failure is explained; None of what is not known."""
    known = METHODS.get(method)
    return (known.provider, known.flow) if known else (None, None)


def method_choices(owner: Owner | None = None) -> list[tuple[str, str | Promise]]:
    return [(m.slug, m.label) for m in METHODS.values() if owner in (None, m.owner)]


def operator_choices() -> list[tuple[str, str | Promise]]:
    """All ways, each with what speaks against it."""
    return [
        (
            m.slug,
            format_lazy("{label}. {warning}", label=m.label, warning=m.warning) if m.warning else m.label,
        )
        for m in METHODS.values()
    ]


def person_method_choices() -> list[tuple[str, str | Promise]]:
    return method_choices(Owner.PERSON)
