"""The check of every way of sending against the mistakes of test_failures_by_method: each ends in its own cause."""

from functools import partial

import pytest

from accounts.audit import COMMAND_LINE
from mailsettings import catalog, services
from sandbox.smtp import replies
from tests.delivery import test_failures_by_method as mistakes
from tests.delivery.checking import check, states
from tests.delivery.conftest import Office
from tests.delivery.test_failures_by_method import FOREIGN, INVOICES, TABLE, ULLA, Ends

REAL = "janis@customer.example"
MIA, FIONA, BORIS, PAULA, OLAF, NOBODY = (
    f"{name}@nordicfreight.example"
    for name in ("mia.mfa", "fiona.federated", "boris.blocked", "paula.private", "olaf.smtpoff", "nobody")
)


def from_a_foreign_mailbox(office: Office, method: str):
    """Ulla's connection sends as a mailbox that Exchange has not given her."""
    return connected_by(office, method, connections_from="mailbox", shared_mailbox=INVOICES)


def connected_by(office: Office, method: str, **policy: object):
    """Ulla, connected by an app that may do both, with this one chosen."""
    ulla = office.person(ULLA, "NordicFreight")
    ulla.company.allowed_methods = [catalog.MICROSOFT_GRAPH, catalog.MICROSOFT_SMTP]
    ulla.company.save()
    policy |= {"use_connections_smtp": True, "method": method}
    services.save_policy(ulla.company, policy, actor=COMMAND_LINE)
    office.connect(ULLA)
    return office.person(ULLA, "NordicFreight")


# Where the check knows more than the provider's answer, or the mistake is made in another way.
OTHERWISE = {
    (catalog.MICROSOFT_GRAPH, "send-as refusal"): Ends(
        "send_as_denied", partial(from_a_foreign_mailbox, method=catalog.MICROSOFT_GRAPH)
    ),
    (catalog.MICROSOFT_SMTP, "send-as refusal"): Ends(
        "send_as_denied", partial(from_a_foreign_mailbox, method=catalog.MICROSOFT_SMTP)
    ),
    (catalog.SMTP_APP, "missing permission"): "app_permission_not_configured",
    (catalog.SMTP_APP, "missing mailbox"): "mailbox_missing_or_unlicensed",
    (catalog.MICROSOFT_SMTP, "missing mailbox"): "mailbox_missing_or_unlicensed",
}


def cases():
    for method, row in TABLE.items():
        for failure, ends in row.items():
            other = OTHERWISE.get((method, failure), ends)
            if isinstance(other, str) and isinstance(ends, Ends):
                other = Ends(other, ends.who)
            # A From that a caller writes into one message is no matter of the way.
            if isinstance(other, Ends) and other.message is not FOREIGN:
                yield pytest.param(method, other, id=f"{method}-{failure}")


@pytest.mark.parametrize(("method", "ends"), list(cases()))
def test_a_mistake_is_found_with_its_own_cause(office, method, ends):
    who = ends.who(office)
    book = check(who, send_to=REAL)
    assert book.failure is not None, book.steps
    assert book.failure.cause == ends.cause, book.steps
    assert book.failure.message
    assert book.failure.hint
    after = book.steps[book.steps.index(book.failure) + 1 :]
    assert {step.state for step in after} <= {"skip"}
    assert all("Not tried" in step.message for step in after)


def everything_right(office: Office, method: str):
    """Somebody who can send this way."""
    makers = {
        catalog.MICROSOFT_GRAPH: mistakes.connected,
        catalog.MICROSOFT_SMTP: partial(connected_by, method=catalog.MICROSOFT_SMTP),
        catalog.GOOGLE_API: partial(mistakes.at_google, company="GoogleByApi"),
        catalog.GOOGLE_SMTP: partial(mistakes.at_google, company="GoogleBySmtp"),
        catalog.SMTP_PASSWORD: partial(mistakes.person, company="OwnPassword", address=mistakes.UWE),
        catalog.GRAPH_PASSWORD: mistakes.by_password,
        catalog.GMAIL_APP_PASSWORD: partial(mistakes.person, company="AtGmail", address=mistakes.GINA),
        catalog.GRAPH_APP: partial(mistakes.person, company="AppByGraph", address=ULLA),
        catalog.SMTP_APP: partial(mistakes.person, company="AppBySmtp", address=ULLA),
        catalog.COMPANY_MAILBOX: mistakes.company_mailbox,
        catalog.COMPANY_SMTP: partial(mistakes.person, company="OneMailbox", address=mistakes.ARTA),
    }
    return makers[method](office)


@pytest.mark.parametrize("method", list(catalog.METHODS))
def test_a_way_that_works_is_found_to_work_and_its_message_arrives(office, method):
    who = everything_right(office, method)
    book = check(who, send_to=REAL)
    assert book.failure is None, book.steps
    assert states(book)["message"] == "ok"
    assert len(office.world.mail(to=REAL)) == 1
    assert all(step.message for step in book.steps)


def test_looking_sends_nothing(office):
    book = check(everything_right(office, catalog.MICROSOFT_GRAPH))
    assert book.failure is None
    assert "message" not in states(book)
    assert office.world.mail() == []


# What else the sandbox can do wrong: who, and the cause the check has to name.
FURTHER = {
    "by password, second factor": (partial(mistakes.by_password, address=MIA), "mfa_required"),
    "by password, federated": (
        partial(mistakes.by_password, address=FIONA),
        "federated_account_needs_browser",
    ),
    "by password, blocked": (partial(mistakes.by_password, address=BORIS), "user_account_disabled"),
    "by app at Graph, outside its scope": (
        partial(mistakes.person, company="AppByGraph", address=PAULA),
        "app_access_policy_blocked",
    ),
    "by app at Graph, unknown": (
        partial(mistakes.person, company="AppByGraph", address=NOBODY),
        "graph_user_not_found",
    ),
    "by app at SMTP, unknown": (
        partial(mistakes.person, company="AppBySmtp", address=NOBODY),
        "graph_user_not_found",
    ),
    "by app at SMTP, outside its scope": (
        partial(mistakes.person, company="AppBySmtp", address=PAULA),
        "mailbox_access_not_granted",
    ),
    "by app at SMTP, switch off": (
        partial(mistakes.person, company="AppBySmtp", address=OLAF),
        "smtp_auth_disabled_mailbox",
    ),
}


@pytest.mark.parametrize("failure", list(FURTHER))
def test_accounts_and_scopes_are_told_apart(office, failure):
    who, cause = FURTHER[failure]
    book = check(who(office))
    assert book.failure.cause == cause, book.steps


FAULTS = {
    "refresh_token_expired": ("token", {"error": "AADSTS700082"}),
    "conditional_access_blocked": ("token", {"error": "AADSTS53003"}),
    "provider_throttled": ("graph.me", {"status": 429, "code": "TooManyRequests"}),
    "provider_temporarily_unavailable": ("graph.me", {"status": 503, "code": "ServiceUnavailable"}),
}


@pytest.mark.parametrize("cause", list(FAULTS))
def test_what_microsoft_says_now_is_told(office, cause):
    office.world.add_fault("token.lifetime", times=1, seconds=10)
    ulla = mistakes.connected(office)
    where, fault = FAULTS[cause]
    office.world.add_fault(where, **fault)
    assert check(ulla).failure.cause == cause


SMTP_FAULTS = {
    "smtp_auth_disabled_tenant": ("smtp.auth", replies.OFF_FOR_TENANT),
    "smtp_auth_blocked_by_policy": ("smtp.auth", replies.NOT_MET),
    "smtp_basic_auth_disabled": ("smtp.auth", "550 5.7.30 Basic authentication is not supported"),
    "provider_throttled": ("smtp.connect", replies.RATE),
    "send_as_denied": ("smtp.mail", replies.NOT_SENDER),
}


@pytest.mark.parametrize("cause", list(SMTP_FAULTS))
def test_what_a_mail_server_says_now_is_told(office, cause):
    where, reply = SMTP_FAULTS[cause]
    office.world.add_fault(where, reply=reply)
    found = check(office.person(mistakes.UWE, "OwnPassword")).failure
    assert found.cause == cause
    assert found.raw
