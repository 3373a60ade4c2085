"""Approval by a Microsoft administrator: the ways there, the ways back, and what only a token proves."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.clock import now
from diagnosis.vocabulary import cause
from mailsettings import credentials
from mailsettings.models import AppOnlySettings, CompanyMailSettings, CredentialKind, MicrosoftApp
from oauth import approval
from oauth.models import Connection
from tests.accounts.sign_in import sign_in
from tests.oauth.stub_entra import CLIENT, PERSON, TENANT, error_answer, json_answer, unsigned

PAGE = "/Alpha/oauth/microsoft/approval"
CALLBACK = "/Alpha/oauth/microsoft/callback"
OTHER_DIRECTORY = "d82c9d5a-705d-4940-a6f1-1fb3ddae336a"


@pytest.fixture
def alice(client, desk, world):
    """The company's admin at her browser; the app registration is filled in."""
    client.force_login(world.admin.user)
    return client


@pytest.fixture
def app_only(world):
    return AppOnlySettings.objects.create(company=world.company, use_graph=True, use_smtp=True)


def issued(*roles: str):
    return json_answer({"access_token": unsigned({"roles": roles}), "expires_in": 3600})


def leave(client, kind: str = "people") -> dict[str, str]:
    """Press the button; what the address at Microsoft asks."""
    page = client.get(PAGE).content.decode()
    (link,) = [part.split('"')[0] for part in page.split('href="') if f"kind={kind}" in part.split('"')[0]]
    there = client.get(link.replace("&amp;", "&"))
    assert there.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(there["Location"]).query).items()}


def come_back(client, asked: dict[str, str], **answer: str) -> str:
    """The page the admin ends on, at an address without the answer."""
    answer = answer or {"admin_consent": "True", "tenant": TENANT}
    response = client.get(CALLBACK, {"state": asked["state"], **answer})
    assert (response.status_code, response["Location"]) == (302, PAGE)
    return client.get(PAGE).content.decode()


def events(action: str) -> list[dict]:
    return [event.details for event in AuditEvent.objects.filter(action=action).order_by("id")]


def test_the_button_asks_for_what_people_need_and_is_bound_to_this_browser(alice, desk):
    asked = leave(alice)
    assert asked["scope"] == desk.stub.scope("Mail.Send", "User.Read")
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, f"http://testserver{CALLBACK}")
    assert asked["state"].startswith("approval.")
    assert asked["state"] not in str(dict(alice.session))
    assert events("approval.asked") == [{"kind": "people", "permissions": ["Mail.Send", "User.Read"]}]


def test_an_app_that_sends_by_itself_is_asked_for_with_default_one_resource_at_a_time(alice, desk, app_only):
    assert leave(alice, "graph")["scope"] == f"{desk.stub.url}/graph/.default"
    assert leave(alice, "smtp")["scope"] == f"{desk.stub.url}/outlook/.default"


def test_only_what_the_company_uses_is_asked_for(alice, world, app_only):
    world.company.allowed_methods = ["graph_app"]
    world.company.save()
    page = alice.get(PAGE).content.decode()
    assert "kind=graph" in page
    assert "kind=people" not in page
    assert "kind=smtp" not in page
    assert alice.post(PAGE, {"kind": "people"}).status_code == 404
    MicrosoftApp.objects.all().delete()
    assert "nothing to approve yet" in alice.get(PAGE).content.decode()


def test_the_text_to_forward_names_address_app_and_permissions(alice, desk):
    page = alice.get(PAGE).content.decode()
    assert f"{desk.stub.url}/{TENANT}/v2.0/adminconsent?client_id={CLIENT}" in page
    assert "send mail as the signed-in person (Mail.Send)" in page
    assert 'state=approval"' in page


def test_a_link_that_is_too_old_or_anothers_leads_nowhere(alice):
    response = alice.get(f"{PAGE}/start?kind=people&intent=made-up")
    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert not events("approval.asked")


def test_given_is_believed_only_when_the_token_shows_it(alice, stub, app_only):
    asked = leave(alice, "graph")
    stub.tokens.append(issued())
    page = come_back(alice, asked)
    assert "says that an administrator accepted" in page
    assert "does not show Mail.Send" in page
    stub.tokens[0] = issued("Mail.Send")
    response = alice.post(PAGE, {"kind": "graph"})
    assert response["Location"] == PAGE
    page = alice.get(PAGE).content.decode()
    assert "Microsoft gave the app a token with this permission" in page
    assert [found["found"] for found in events("approval.checked")] == ["missing", "proven"]
    assert events("approval.answered") == [{"kind": "graph", "outcome": "given"}]


def test_exchange_is_proved_by_a_token_of_its_own(alice, stub, app_only):
    stub.tokens.append(issued("SMTP.SendAsApp"))
    alice.post(PAGE, {"kind": "smtp"})
    assert "Microsoft gave the app a token" in alice.get(PAGE).content.decode()
    assert stub.token_requests[0]["scope"] == f"{stub.url}/outlook/.default"


def test_no_token_at_all_is_explained(alice, stub, app_only):
    stub.tokens.append(error_answer("invalid_client", 7000222, 401))
    alice.post(PAGE, {"kind": "graph"})
    page = alice.get(PAGE).content.decode()
    assert str(cause("client_secret_expired").title) in page
    assert events("approval.checked") == [
        {"kind": "graph", "found": "refused", "cause": "client_secret_expired"}
    ]


def test_for_people_it_is_said_that_nothing_proves_it_before_somebody_connects(alice, stub):
    page = come_back(alice, leave(alice))
    assert "cannot be checked from here" in page
    assert stub.token_requests == []


def test_an_admin_with_a_password_there_proves_it_for_himself(alice, stub, world):
    kind = CredentialKind.USER_PASSWORD
    credentials.store(world.company, kind, "mine", actor=COMMAND_LINE, membership=world.admin)
    token = unsigned({"scp": "Mail.Send User.Read"})
    stub.tokens.append(json_answer({"access_token": token, "expires_in": 3600}))
    alice.post(PAGE, {"kind": "people"})
    assert "It works for you." in alice.get(PAGE).content.decode()
    stub.tokens[0] = error_answer("invalid_grant", 65001)
    alice.post(PAGE, {"kind": "people"})
    assert "Nobody has allowed this yet" in alice.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "consent_required", "error_description": "AADSTS65004: The resource owner denied it."},
        {"error": "access_denied"},
        {"error": "permission_denied"},
    ],
)
def test_cancel_is_no_error_and_says_what_to_do(alice, answer):
    page = come_back(alice, leave(alice), **answer)
    assert "Cancel was pressed at Microsoft" in page
    assert "AADSTS" not in page
    assert events("approval.answered") == [{"kind": "people", "outcome": "declined"}]


@pytest.mark.parametrize(
    ("error", "text", "slug"),
    [
        ("access_denied", "AADSTS90093: Only an administrator.", "admin_consent_required"),
        ("server_error", "AADSTS90033: A transient error.", "provider_temporarily_unavailable"),
        ("invalid_client", "AADSTS650053: Asked for a scope.", "scope_invalid"),
    ],
)
def test_an_error_is_explained_with_microsofts_words(alice, stub, error, text, slug):
    page = come_back(alice, leave(alice), error=error, error_description=text)
    assert str(cause(slug).title) in page
    assert text in page
    assert "accepted" not in page
    assert events("approval.answered") == [{"kind": "people", "outcome": "refused", "cause": slug}]
    assert stub.token_requests == []


def test_an_answer_that_names_another_directory_or_says_nothing_is_not_believed(alice, stub, app_only):
    page = come_back(alice, leave(alice, "graph"), admin_consent="True", tenant=OTHER_DIRECTORY)
    assert "Another directory answered." in page
    page = come_back(alice, leave(alice, "graph"), tenant=TENANT)
    assert str(cause("unrecognised").title) in page
    assert [event["outcome"] for event in events("approval.answered")] == ["elsewhere", "refused"]
    assert stub.token_requests == []


def test_an_answer_counts_once_and_only_for_who_asked(alice, client, world):
    asked = leave(alice)
    come_back(alice, asked)
    again = alice.get(CALLBACK, {"state": asked["state"], "admin_consent": "True"})
    assert "the app is now allowed for everybody" in again.content.decode(), "as for anybody who comes by"
    assert len(events("approval.answered")) == 1


@pytest.mark.parametrize("who", ["nobody", "user", "stranger", "other admin"])
def test_somebody_elses_browser_learns_nothing_and_proves_nothing(alice, world, who):
    asked = leave(alice)
    other = Client()
    people = {"user": world.user, "stranger": world.stranger, "other admin": world.admin}
    if who in people:
        other.force_login(people[who].user)
    response = other.get(CALLBACK, {"state": asked["state"], "admin_consent": "True", "tenant": TENANT})
    assert response.status_code == 200
    assert "Alpha Ltd" not in response.content.decode()
    assert not events("approval.answered")


def test_an_answer_after_an_hour_is_too_late(alice, monkeypatch):
    asked = leave(alice)
    later = now() + timedelta(seconds=approval.LIFETIME_S + 1)
    monkeypatch.setattr(approval, "now", lambda: later)
    response = alice.get(CALLBACK, {"state": asked["state"], "admin_consent": "True"})
    assert response.status_code == 200
    assert not events("approval.answered")


def test_who_comes_by_a_forwarded_link_reads_no_words_of_the_address(client, desk):
    hostile = {"error": "server_error", "error_description": "Call 555 and pay", "state": "approval"}
    page = client.get(CALLBACK, hostile).content.decode()
    assert "Call 555" not in page
    assert "Not approved" in page
    assert "Alpha" not in page
    assert not AuditEvent.objects.filter(action__startswith="approval").exists()


def test_checks_are_limited(alice, stub, app_only):
    stub.tokens.append(issued("Mail.Send"))
    for _ in range(approval.MOST_CHECKS + 1):
        alice.post(PAGE, {"kind": "graph"})
    assert len(stub.token_requests) == approval.MOST_CHECKS
    assert "That was many checks in a short time" in alice.get(PAGE).content.decode()


def test_the_settings_pages_lead_there(world, desk, client):
    sign_in(client, world.admin)
    assert PAGE in client.get("/Alpha/settings/office365/").content.decode()
    assert PAGE in client.get("/Alpha/settings/app-only/").content.decode()


def test_an_admin_who_is_connected_proves_it_with_his_own_token(alice, desk, world, stub):
    desk.person = world.admin
    desk.stub.mes[0] = json_answer({"id": PERSON, "mail": world.admin.user.email})
    desk.connect(claims={"preferred_username": world.admin.user.email})
    assert Connection.objects.get().is_usable
    stub.tokens.clear()
    stub.tokens.append(json_answer(stub.renewal(unsigned({"scp": "Mail.Send User.Read"}), "refresh-2")))
    alice.post(PAGE, {"kind": "people"})
    assert "It works for you." in alice.get(PAGE).content.decode()


def test_a_permission_that_was_taken_back_is_not_proven_by_what_was_stored(alice, desk, world, stub):
    CompanyMailSettings.objects.create(company=world.company, large_messages=True)
    desk.person = world.admin
    desk.stub.mes[0] = json_answer({"id": PERSON, "mail": world.admin.user.email})
    desk.connect(claims={"preferred_username": world.admin.user.email})
    Connection.objects.update(scopes=["Mail.Send", "User.Read", "Mail.ReadWrite"])
    stub.tokens.clear()
    shown = unsigned({"scp": "Mail.Send User.Read"})
    stub.tokens += [
        error_answer("invalid_grant", 65001),
        json_answer(stub.renewal(shown, "refresh-2") | {"scope": "Mail.Send User.Read"}),
    ]
    alice.post(PAGE, {"kind": "people"})
    page = alice.get(PAGE).content.decode()
    assert "It works for you." not in page
    assert "does not show Mail.ReadWrite" in page
