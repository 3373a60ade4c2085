"""Every way of sending against every ordinary mistake of a set-up: each ends in its own cause, or cannot happen.

A way that is added to the catalogue needs a row here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import Company, Membership
from mailsettings import catalog, credentials, services
from mailsettings.forms import AppOnlyForm, EmailPasswordForm
from mailsettings.models import CompanyMailSettings, CredentialKind, FromPolicy, MicrosoftApp, SmtpServer
from oauth import google_client
from oauth.google_client import GoogleTokens
from oauth.google_registration import google_registration_of
from oauth.models import TokenCache
from sender.services import Draft, RawMessage
from tests.delivery.conftest import SECRETS, Office
from tests.delivery.microsoft import approve, connect_company
from tests.delivery.outbox import order, state
from tests.sandbox.people import ARCHIVE

WRONG_SECRET, EXPIRED_SECRET = "abc8Q~not-the-secret", "xyz8Q~.Kf7UAVN0p5GsPjbWEKY6JS-wUxAi3iBj5"
ANNA, ULLA, UWE, NORA, OLAF, EMIL, INVOICES, OFFICE = (
    f"{name}@nordicfreight.example"
    for name in (
        *("anna.admin", "ulla.user", "uwe.user", "nora.nomailbox", "olaf.smtpoff", "emil.expired"),
        *("invoices", "office"),
    )
)
GUSTAV, NICK = "gustav.user@fjordcargo.example", "nick.nogmail@fjordcargo.example"
ARTA, GINA = "arta.admin@balticship.example", "gina.gmail@gmail.example"
FOREIGN = RawMessage(
    b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: Order 7\r\n\r\nText\r\n"
)
FAILURES = ("wrong secret", "expired secret", "missing permission", "missing mailbox", "send-as refusal")


@dataclass(frozen=True)
class Ends:
    """`who` sets the mistake up and says who sends. The cause pauses the mailbox, unless the message alone `failed`."""

    cause: str
    who: Callable[[Office], Membership]
    message: Draft | RawMessage = order()  # noqa: RUF009 - frozen
    failed: bool = False

    @property
    def state(self) -> tuple[str, str, str]:
        return ("failed", self.cause, "") if self.failed else ("waiting", self.cause, self.cause)


def person(office: Office, company: str, address: str) -> Membership:
    return office.person(address, company)


def client_secret(office: Office, company: str, address: str, value: str) -> Membership:
    who = office.person(address, company)
    credentials.store(who.company, CredentialKind.CLIENT_SECRET, value, actor=COMMAND_LINE)
    return who


def app_without_permissions(office: Office, company: str, address: str) -> Membership:
    who = client_secret(office, company, address, ARCHIVE.secrets[0].value)
    MicrosoftApp.objects.filter(company=who.company).update(client_id=ARCHIVE.client_id)
    return who


# Connect to Microsoft


def connected(office: Office, address: str = ULLA) -> Membership:
    office.connect(address)
    return office.person(address, "NordicFreight")


def connected_at_refresh(office: Office, secret: str) -> Membership:
    """The app signs in when a token is refreshed, and that is soon."""
    office.world.add_fault("token.lifetime", times=1, seconds=10)
    office.connect(ULLA)
    return client_secret(office, "NordicFreight", ULLA, secret)


def connected_for_smtp(office: Office, address: str = ULLA, secret: str = "") -> Membership:
    """With another secret of the app, the token for Exchange has to be refreshed before anything is sent."""
    company = office.person(address, "NordicFreight").company
    Company.objects.filter(pk=company.pk).update(
        allowed_methods=[catalog.MICROSOFT_GRAPH, catalog.MICROSOFT_SMTP]
    )
    chosen = {"use_connections_smtp": True, "method": catalog.MICROSOFT_SMTP}
    services.save_policy(company, chosen, actor=COMMAND_LINE)
    if secret:
        office.world.add_fault("token.lifetime", times=2, seconds=10)
    office.connect(address)
    who = office.person(address, "NordicFreight")
    return client_secret(office, "NordicFreight", address, secret) if secret else who


def smtp_switched_off(office: Office) -> Membership:
    """Exchange's right to submit; the consent itself is asked for, and missed, before anything can be sent."""
    reply = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
    office.world.add_fault("smtp.auth", times=2, reply=reply)
    return connected_for_smtp(office)


def permission_withdrawn(office: Office, connected: Callable[[Office], Membership]) -> Membership:
    denied = {"code": "ErrorAccessDenied", "message": "Access is denied. Check credentials and try again."}
    office.world.add_fault("graph.send", times=1, status=403, **denied)
    return connected(office)


def company_mailbox(office: Office, address: str = OFFICE) -> Membership:
    """Ulla, who is not connected; the mailbox of the company is."""
    Company.objects.filter(code="NordicFreight").update(allowed_methods=[catalog.COMPANY_MAILBOX])
    anna = office.person(ANNA, "NordicFreight")
    chosen = {"use_fallback_mailbox": True, "fallback_mailbox": address}
    services.save_policy(anna.company, chosen, actor=COMMAND_LINE)
    connect_company(anna, address, office.sandbox.ca_file)
    return office.person(ULLA, "NordicFreight")


def company_mailbox_at_refresh(office: Office, secret: str) -> Membership:
    office.world.add_fault("token.lifetime", times=1, seconds=10)
    company_mailbox(office)
    return client_secret(office, "NordicFreight", ULLA, secret)


# Passwords


def own_password(office: Office, user_name: str, password: str) -> Membership:
    """Uwe, who signs in to the mail server so."""
    uwe = office.person(UWE, "OwnPassword")
    form = EmailPasswordForm({"user_name": user_name, "password": password}, membership=uwe)
    assert form.is_valid(), form.errors
    services.save_password(uwe, catalog.SMTP_PASSWORD, form.values, secret=password, actor=COMMAND_LINE)
    return uwe


def gmail_password(office: Office, password: str) -> Membership:
    gina = office.person(GINA, "AtGmail")
    services.store_password(gina, catalog.GMAIL_APP_PASSWORD, password, actor=COMMAND_LINE)
    return gina


def by_password(office: Office, address: str = ULLA, password: str = "") -> Membership:
    """An administrator has approved the app."""
    approve("ByPassword", office.sandbox.ca_file)
    who = office.person(address, "ByPassword")
    if password:
        services.store_password(who, catalog.GRAPH_PASSWORD, password, actor=COMMAND_LINE)
    return who


# Connect to Google


def at_google(office: Office, company: str, address: str = GUSTAV) -> Membership:
    office.connect_google(address, company)
    return office.person(address, company)


def google_at_refresh(office: Office, company: str) -> Membership:
    """The app's secret is wrong when a token is refreshed, and that is soon."""
    office.world.add_fault("token.lifetime", times=1, seconds=10)
    who = at_google(office, company)
    kind = CredentialKind.GOOGLE_CLIENT_SECRET
    credentials.store(who.company, kind, "GOCSPX-not-the-secret", actor=COMMAND_LINE)
    return who


def google_scope_missing(office: Office, company: str) -> Membership:
    words = "Request had insufficient authentication scopes."
    office.world.add_fault("google.send", status=403, code="insufficientPermissions", message=words)
    return at_google(office, company)


def access_removed_at_google(office: Office, company: str) -> Membership:
    """The person takes the app's access back on Google's own pages."""
    who = at_google(office, company)
    tokens = GoogleTokens.from_bytes(TokenCache.objects.get(connection__membership=who).unseal())
    assert google_client.revoke(google_registration_of(who.company), tokens.refresh_token)
    return who


# The company's own


def from_the_mailbox_as_the_person(office: Office, company: str) -> Membership:
    """The mailbox may not send as the person."""
    ulla = office.person(ULLA, company)
    switch = {"AppByGraph": "use_graph", "AppBySmtp": "use_smtp"}[company]
    form = AppOnlyForm(
        {switch: True, "mailbox": INVOICES, "mailbox_from": FromPolicy.USER}, company=ulla.company
    )
    assert form.is_valid(), form.errors
    services.save_app_only(ulla.company, form.values, actor=COMMAND_LINE)
    return ulla


def company_password(office: Office, user_name: str, password: str) -> Membership:
    arta = office.person(ARTA, "OneMailbox")
    SmtpServer.objects.filter(company=arta.company).update(user_name=user_name)
    credentials.store(arta.company, CredentialKind.SMTP_PASSWORD, password, actor=COMMAND_LINE)
    return arta


def company_address(office: Office, address: str) -> Membership:
    arta = office.person(ARTA, "OneMailbox")
    CompanyMailSettings.objects.filter(company=arta.company).update(company_address=address)
    return arta


SAME_AS_WRONG = "A server that takes passwords does not tell one that has ended from a wrong one."
GMAIL_REWRITES = "Gmail puts the account's own address in From instead of refusing."
GOOGLE_KEEPS = "The client secrets that Google makes have no day on which they end."
TABLE: dict[str, dict[str, Ends | str]] = {
    catalog.MICROSOFT_GRAPH: {
        "wrong secret": Ends("client_secret_invalid", partial(connected_at_refresh, secret=WRONG_SECRET)),
        "expired secret": Ends("client_secret_expired", partial(connected_at_refresh, secret=EXPIRED_SECRET)),
        "missing permission": Ends(
            "graph_permission_missing", partial(permission_withdrawn, connected=connected)
        ),
        "missing mailbox": Ends("mailbox_missing_or_unlicensed", partial(connected, address=NORA)),
        "send-as refusal": Ends("send_as_denied", connected, FOREIGN, failed=True),
    },
    catalog.GOOGLE_API: {
        "wrong secret": Ends("client_secret_invalid", partial(google_at_refresh, company="GoogleByApi")),
        "expired secret": GOOGLE_KEEPS,
        "missing permission": Ends(
            "graph_permission_missing", partial(google_scope_missing, company="GoogleByApi")
        ),
        "missing mailbox": Ends(
            "mailbox_missing_or_unlicensed", partial(at_google, company="GoogleByApi", address=NICK)
        ),
        "send-as refusal": GMAIL_REWRITES,
    },
    catalog.GOOGLE_SMTP: {
        "wrong secret": Ends("client_secret_invalid", partial(google_at_refresh, company="GoogleBySmtp")),
        "expired secret": GOOGLE_KEEPS,
        "missing permission": Ends(
            "refresh_token_revoked", partial(access_removed_at_google, company="GoogleBySmtp")
        ),
        "missing mailbox": Ends(
            "xoauth2_token_rejected", partial(at_google, company="GoogleBySmtp", address=NICK)
        ),
        "send-as refusal": GMAIL_REWRITES,
    },
    catalog.MICROSOFT_SMTP: {
        "wrong secret": Ends("client_secret_invalid", partial(connected_for_smtp, secret=WRONG_SECRET)),
        "expired secret": Ends("client_secret_expired", partial(connected_for_smtp, secret=EXPIRED_SECRET)),
        "missing permission": Ends("smtp_auth_disabled_mailbox", smtp_switched_off),
        "missing mailbox": Ends("xoauth2_token_rejected", partial(connected_for_smtp, address=NORA)),
        "send-as refusal": Ends("send_as_denied", connected_for_smtp, FOREIGN, failed=True),
    },
    catalog.SMTP_PASSWORD: {
        "wrong secret": Ends("user_password_wrong", partial(own_password, user_name=UWE, password="x")),
        "expired secret": SAME_AS_WRONG,
        "missing permission": Ends(
            "smtp_auth_disabled_mailbox",
            partial(own_password, user_name=OLAF, password=SECRETS["OLAF_PASSWORD"]),
        ),
        "missing mailbox": Ends(
            "smtp_auth_rejected_generic",
            partial(own_password, user_name=NORA, password=SECRETS["NORA_PASSWORD"]),
        ),
        "send-as refusal": Ends(
            "send_as_denied", partial(person, company="OwnPassword", address=UWE), FOREIGN, failed=True
        ),
    },
    catalog.GRAPH_PASSWORD: {
        "wrong secret": Ends("user_password_wrong", partial(by_password, password="x")),
        "expired secret": Ends("user_password_expired", partial(by_password, address=EMIL)),
        "missing permission": Ends("consent_missing", partial(person, company="ByPassword", address=ULLA)),
        "missing mailbox": Ends("mailbox_missing_or_unlicensed", partial(by_password, address=NORA)),
        "send-as refusal": Ends("send_as_denied", by_password, FOREIGN, failed=True),
    },
    catalog.GMAIL_APP_PASSWORD: {
        "wrong secret": Ends("user_password_wrong", partial(gmail_password, password="ponmlkjihgfedcba")),
        "expired secret": "An app password has no end; one that was withdrawn is answered like a wrong one.",
        "missing permission": Ends("app_password_required", partial(gmail_password, password="Gina-sails-1")),
        "missing mailbox": "Google makes no app password for an account without Gmail that SMTP would take.",
        "send-as refusal": GMAIL_REWRITES,
    },
    catalog.GRAPH_APP: {
        "wrong secret": Ends(
            "client_secret_invalid",
            partial(client_secret, company="AppByGraph", address=ULLA, value=WRONG_SECRET),
        ),
        "expired secret": Ends(
            "client_secret_expired",
            partial(client_secret, company="AppByGraph", address=ULLA, value=EXPIRED_SECRET),
        ),
        "missing permission": Ends(
            "graph_permission_missing", partial(app_without_permissions, company="AppByGraph", address=ULLA)
        ),
        "missing mailbox": Ends(
            "mailbox_missing_or_unlicensed", partial(person, company="AppByGraph", address=NORA)
        ),
        "send-as refusal": Ends(
            "send_as_denied", partial(from_the_mailbox_as_the_person, company="AppByGraph")
        ),
    },
    catalog.SMTP_APP: {
        "wrong secret": Ends(
            "client_secret_invalid",
            partial(client_secret, company="AppBySmtp", address=ULLA, value=WRONG_SECRET),
        ),
        "expired secret": Ends(
            "client_secret_expired",
            partial(client_secret, company="AppBySmtp", address=ULLA, value=EXPIRED_SECRET),
        ),
        # SMTP answers alike whatever is missing; the explanation names permission and mailbox among its steps.
        "missing permission": Ends(
            "xoauth2_token_rejected", partial(app_without_permissions, company="AppBySmtp", address=ULLA)
        ),
        "missing mailbox": Ends("xoauth2_token_rejected", partial(person, company="AppBySmtp", address=NORA)),
        "send-as refusal": Ends(
            "send_as_denied", partial(from_the_mailbox_as_the_person, company="AppBySmtp")
        ),
    },
    catalog.COMPANY_MAILBOX: {
        "wrong secret": Ends(
            "client_secret_invalid", partial(company_mailbox_at_refresh, secret=WRONG_SECRET)
        ),
        "expired secret": Ends(
            "client_secret_expired", partial(company_mailbox_at_refresh, secret=EXPIRED_SECRET)
        ),
        "missing permission": Ends(
            "graph_permission_missing", partial(permission_withdrawn, connected=company_mailbox)
        ),
        "missing mailbox": Ends("mailbox_missing_or_unlicensed", partial(company_mailbox, address=NORA)),
        "send-as refusal": Ends("send_as_denied", company_mailbox, FOREIGN, failed=True),
    },
    catalog.COMPANY_SMTP: {
        "wrong secret": Ends(
            "user_password_wrong", partial(company_password, user_name=UWE, password="not the password")
        ),
        "expired secret": SAME_AS_WRONG,
        "missing permission": Ends(
            "smtp_auth_disabled_mailbox",
            partial(company_password, user_name=OLAF, password=SECRETS["OLAF_PASSWORD"]),
        ),
        "missing mailbox": Ends(
            "smtp_auth_rejected_generic",
            partial(company_password, user_name=NORA, password=SECRETS["NORA_PASSWORD"]),
        ),
        "send-as refusal": Ends(
            "send_as_denied", partial(company_address, address="invoices.of.others@nordicfreight.example")
        ),
    },
}
CASES = [
    pytest.param(method, ends, id=f"{method}-{failure}")
    for method, row in TABLE.items()
    for failure, ends in row.items()
    if isinstance(ends, Ends)
]


@pytest.mark.parametrize(("method", "ends"), CASES)
def test_a_mistake_ends_in_its_own_cause(office, method, ends):
    message = office.send(ends.who(office), ends.message)
    assert (message.mailbox.method, state(message)) == (method, ends.state)
    assert office.arrived(message) == []


def test_every_way_of_sending_has_a_row_and_every_row_every_mistake():
    assert set(TABLE) == set(catalog.METHODS)
    assert {method: tuple(row) for method, row in TABLE.items()} == dict.fromkeys(TABLE, FAILURES)


def test_what_cannot_happen_says_why_and_the_mistakes_of_one_way_differ():
    for method, row in TABLE.items():
        reasons = [ends for ends in row.values() if isinstance(ends, str)]
        assert all(reason.endswith(".") and len(reason.split()) > 6 for reason in reasons)
        causes = [ends.cause for ends in row.values() if isinstance(ends, Ends)]
        alike = 1 if method == catalog.SMTP_APP else 0
        assert len(causes) - len(set(causes)) == alike, method
