"""Wherever the portal meets a provider's error, the cause that it records is the one that diagnosis gives."""

from functools import partial

import pytest

from accounts.audit import COMMAND_LINE
from diagnosis import rules
from diagnosis.rules.rule import Rule
from mailsettings import app_credentials, catalog, credentials
from mailsettings.models import CredentialKind
from oauth import approval, approval_check, end_dates, errors, trial
from oauth.approval import Kind
from oauth.google_registration import google_registration_of
from oauth.models import Connection
from oauth.registration import registration_of
from sender.explaining import explanation_of
from tests.delivery import test_failures_by_method as mistakes
from tests.delivery.checking import check
from tests.delivery.conftest import Office
from tests.delivery.outbox import order
from tests.delivery.test_check_by_method import everything_right

# No provider's answer to a sign-in or a message in this world says that; diagnosis is made to say it of every text.
SAID = "graph_item_not_found"
REFUSALS = {
    "graph.send": {"status": 400, "code": "ErrorAnything"},
    "google.send": {"status": 400, "code": "anything"},
    "smtp.auth": {"reply": "535 nein"},
    "smtp.mail": {"reply": "550 nein"},
}
FIRST_PLACE = {
    catalog.MICROSOFT_GRAPH: "graph.send",
    catalog.GRAPH_PASSWORD: "graph.send",
    catalog.GRAPH_APP: "graph.send",
    catalog.COMPANY_MAILBOX: "graph.send",
    catalog.GOOGLE_API: "google.send",
    catalog.GOOGLE_SMTP: "smtp.mail",
    catalog.MICROSOFT_SMTP: "smtp.mail",
    catalog.SMTP_APP: "smtp.mail",
    catalog.SMTP_PASSWORD: "smtp.auth",
    catalog.GMAIL_APP_PASSWORD: "smtp.auth",
    catalog.COMPANY_SMTP: "smtp.auth",
}


@pytest.fixture
def says(monkeypatch):
    """From its call on, diagnosis finds the same in every text."""
    rule = Rule(SAID, "any")
    return lambda: monkeypatch.setattr(rules, "find", lambda _line: rule)


@pytest.mark.parametrize("method", FIRST_PLACE)
def test_sending_records_what_diagnosis_says(office, says, method):
    who = everything_right(office, method)
    office.world.add_fault(FIRST_PLACE[method], **REFUSALS[FIRST_PLACE[method]])
    says()
    message = office.send(who, order())
    assert message.cause == SAID
    assert message.attempts.get().cause == SAID
    assert explanation_of(message).cause == SAID
    assert explanation_of(message).raw


def test_every_way_of_sending_is_among_them():
    assert set(FIRST_PLACE) == set(catalog.METHODS)


@pytest.mark.parametrize("method", [catalog.MICROSOFT_GRAPH, catalog.GOOGLE_API, catalog.SMTP_PASSWORD])
def test_a_check_names_what_diagnosis_says(office, says, method):
    place = "google.token" if method == catalog.GOOGLE_API else "token"
    office.world.add_fault("token.lifetime", seconds=10)
    who = everything_right(office, method)
    if method == catalog.SMTP_PASSWORD:
        office.world.add_fault("smtp.auth", reply="535 nein")
    else:
        office.world.add_fault(place, status=400, error="AADSTS53003", code="invalid_grant")
    says()
    assert check(who).failure.cause == SAID


@pytest.mark.parametrize("who", [mistakes.connected, partial(mistakes.at_google, company="GoogleByApi")])
def test_a_refresh_records_what_diagnosis_says(office, says, who):
    office.world.add_fault("token.lifetime", seconds=10)
    person = who(office)
    for place in ("token", "google.token"):
        office.world.add_fault(place, status=400, error="AADSTS53003", code="invalid_grant")
    says()
    assert office.send(person, order()).cause == SAID
    stored = Connection.objects.get(membership=person)
    assert stored.cause in ("", SAID)


def _with_a_wrong_secret(office: Office) -> str:
    ulla = mistakes.client_secret(office, "AppByGraph", mistakes.ULLA, mistakes.WRONG_SECRET)
    registration = registration_of(ulla.company)
    return trial.asked(registration, registration.cloud.graph_scope)[1].cause


def _approval_checked(office: Office) -> str:
    ulla = mistakes.client_secret(office, "AppByGraph", mistakes.ULLA, mistakes.WRONG_SECRET)
    (asked,) = (one for one in approval.of_company(ulla.company) if one.kind == Kind.GRAPH)
    return approval_check.check(asked, ulla, actor=COMMAND_LINE).cause


def _end_read(office: Office) -> str:
    ulla = mistakes.client_secret(office, "AppByGraph", mistakes.ULLA, mistakes.WRONG_SECRET)
    secret = app_credentials.current(ulla.company)
    return end_dates.read(secret, actor=COMMAND_LINE).explanation.cause


def _google_client(office: Office) -> str:
    company = office.person(mistakes.GUSTAV, "GoogleByApi").company
    credentials.store(company, CredentialKind.GOOGLE_CLIENT_SECRET, "GOCSPX-not-it", actor=COMMAND_LINE)
    return trial.google_refusal(google_registration_of(company)).cause


def _approval_refused(_office: Office) -> str:
    return approval.Answer(Kind.GRAPH, approval.Outcome.REFUSED, "nein").explanation.cause


OTHER_PLACES = {
    "Connect that the provider refuses": lambda _office: errors.ProviderRefused("nein", "token").cause,
    "a secret that is tried before it takes over": _with_a_wrong_secret,
    "an approval that is looked for": _approval_checked,
    "an approval that comes back refused": _approval_refused,
    "the end of a secret, read from Microsoft": _end_read,
    "Google's client and its secret": _google_client,
}


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_every_other_place_names_what_diagnosis_says(office, says, place):
    says()
    assert OTHER_PLACES[place](office) == SAID
