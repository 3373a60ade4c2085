"""The pages of Connect: leaving for Microsoft, coming back at either address, and every unhappy end."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing

from accounts.models import AuditEvent, User
from diagnosis.vocabulary import cause
from mailsettings.models import CompanyMailSettings, Credential, MicrosoftApp
from oauth.links import start_link
from oauth.models import Connection, PendingFlow
from tests.oauth.stub_entra import PERSON, error_answer, json_answer

CALLBACKS = ["/Alpha/oauth/microsoft/callback", "/Alpha/Services/Office365Callback.aspx"]


@pytest.fixture
def bob(client, desk):
    """Bob's browser, signed in to the portal."""
    client.force_login(desk.person.user)
    return client


def leave(client, membership):
    """Press Connect; the address at Microsoft."""
    response = client.get(start_link(membership))
    assert response.status_code == 302
    return response["Location"]


def query_of(auth_uri):
    return {name: values[0] for name, values in parse_qs(urlsplit(auth_uri).query).items()}


def answer_to(auth_uri, **query):
    return {"state": query_of(auth_uri)["state"], **(query or {"code": "code-canary-1"})}


def come_back(client, auth_uri, callback=CALLBACKS[0], **query):
    return client.get(callback, answer_to(auth_uri, **query))


@pytest.mark.parametrize("callback", CALLBACKS)
def test_a_person_connects_and_ends_on_a_clean_address(bob, desk, callback):
    auth_uri = leave(bob, desk.person)
    desk.stub.grant(auth_uri)
    response = come_back(bob, auth_uri, callback)
    assert (response.status_code, response["Location"]) == (302, "/Alpha/profile/")
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    page = bob.get(response["Location"]).content.decode()
    assert "You are sending as bob@people.example" in page
    event = AuditEvent.objects.get(action="connection.connected")
    assert (event.actor, event.ip_address) == (desk.person.user, "127.0.0.1")


def test_the_callback_address_sent_is_the_one_the_company_chose(bob, desk):
    for form, path in zip(("portal", "aspx"), CALLBACKS, strict=True):
        MicrosoftApp.objects.update(callback_form=form)
        assert query_of(leave(bob, desk.person))["redirect_uri"] == f"http://testserver{path}"


def test_the_callback_paths_count_letter_by_letter(bob, desk):
    for path in ("/Alpha/services/office365callback.aspx", "/Alpha/OAuth/microsoft/callback"):
        assert bob.get(path).status_code == 404
    auth_uri = leave(bob, desk.person)
    response = come_back(bob, auth_uri, "/alpha/oauth/microsoft/callback")
    assert response.status_code == 404
    assert "Capital and small letters matter" in response.content.decode()
    assert PendingFlow.objects.count() == 1


@pytest.mark.parametrize("link", ["missing", "changed", "someone else's", "old"])
def test_without_a_fresh_intent_nothing_starts_and_a_new_button_is_there(bob, desk, world, link, monkeypatch):
    address = {
        "missing": "/Alpha/oauth/microsoft/start",
        "changed": start_link(world.user) + "x",
        "someone else's": start_link(world.colleague),
        "old": start_link(world.user),
    }[link]
    if link == "old":
        clock = signing.time.time
        with monkeypatch.context() as patch:
            patch.setattr(signing.time, "time", lambda: clock() - 3600)
            address = start_link(world.user)
    response = bob.get(address)
    assert response.status_code == 410
    assert "/Alpha/oauth/microsoft/start?intent=" in response.content.decode()
    assert not PendingFlow.objects.exists()


def test_only_get_starts_and_only_get_comes_back(bob, desk):
    for path in ("/Alpha/oauth/microsoft/start", *CALLBACKS):
        assert bob.post(path).status_code == 405
        assert bob.head(path).status_code == 405


def test_a_stranger_can_neither_start_nor_come_back(client, desk, world):
    client.force_login(world.stranger.user)
    assert client.get(start_link(world.user)).status_code == 404
    auth_uri = desk.start()
    response = come_back(client, auth_uri)
    assert response.status_code == 404
    assert "mallory@people.example" in response.content.decode()
    assert "code-canary" not in response.content.decode()
    assert desk.stub.token_requests == []


def test_an_unknown_company_is_said_to_be_unknown(bob, desk):
    response = bob.get("/Nowhere/oauth/microsoft/callback", {"code": "c", "state": "s"})
    assert response.status_code == 404
    assert "“Nowhere”" in response.content.decode()


def test_who_is_not_signed_in_is_asked_to_and_nothing_is_redeemed(client, desk):
    response = come_back(client, desk.start())
    assert response.status_code == 403
    assert "You are not signed in" in response.content.decode()
    assert "code-canary" not in response.content.decode()
    assert desk.stub.token_requests == []
    assert PendingFlow.objects.count() == 1


def page_after(client, response):
    """The page a callback redirects to, with neither code nor state in its address or text."""
    assert (response.status_code, response["Location"]) == (302, "/Alpha/oauth/microsoft/ended")
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    response = client.get(response["Location"])
    assert response.status_code == 200
    page = response.content.decode()
    assert "code-canary" not in page
    return page


def unconnected(desk):
    assert not Connection.objects.exists()
    return AuditEvent.objects.get(action="connection.refused").details["cause"]


def test_cancel_at_microsoft_is_not_called_an_error(bob, desk):
    auth_uri = leave(bob, desk.person)
    text = "AADSTS65004: User declined to consent to access the app."
    page = page_after(bob, come_back(bob, auth_uri, error="access_denied", error_description=text))
    assert str(cause("user_declined_consent").title) in page
    assert "intent=" in page
    assert "AADSTS" not in page
    assert unconnected(desk) == "user_declined_consent"


def test_admin_approval_gives_a_text_to_forward_and_the_address(bob, desk):
    auth_uri = leave(bob, desk.person)
    text = "AADSTS90094: An administrator of the directory has set a policy."
    page = page_after(bob, come_back(bob, auth_uri, error="access_denied", error_description=text))
    assert "Send this to your Microsoft 365 administrator" in page
    assert (
        f"{desk.stub.url}/61c97ac5-6d32-4bcf-ab68-1fb342a6146e/v2.0/adminconsent?client_id=199c0398" in page
    )
    assert unconnected(desk) == "admin_consent_required"


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_administrators_way_back_needs_no_account_here(client, desk, signed_in):
    if signed_in:
        client.force_login(desk.person.user)
    given = {"admin_consent": "True", "tenant": PERSON, "scope": "x", "state": "approval"}
    page = client.get(CALLBACKS[0], given).content.decode()
    assert "the app is now allowed for everybody in your company" in page
    page = client.get(CALLBACKS[0], {"error": "access_denied", "state": "approval"}).content.decode()
    assert "was not approved" in page
    assert not Connection.objects.exists()


def test_the_wrong_account_page_says_who_came_and_who_was_expected(bob, desk):
    auth_uri = leave(bob, desk.person)
    desk.stub.mes[0] = json_answer({"id": PERSON, "mail": "carol@people.example"})
    desk.stub.grant(auth_uri, claims={"preferred_username": "carol@people.example"})
    page = page_after(bob, come_back(bob, auth_uri))
    assert "carol@people.example" in page
    assert "bob@people.example" in page
    assert unconnected(desk) == "wrong_account_signed_in"
    assert AuditEvent.objects.get(action="connection.refused").details["came"] == "carol@people.example"


def test_a_replayed_callback_is_known_and_leaves_the_connection(bob, desk):
    auth_uri = leave(bob, desk.person)
    desk.stub.grant(auth_uri)
    come_back(bob, auth_uri)
    page = page_after(bob, come_back(bob, auth_uri))
    assert "already used" in page
    assert len(desk.stub.token_requests) == 1
    assert Connection.objects.get().is_usable


def test_a_changed_state_is_an_unknown_sign_in(bob, desk):
    auth_uri = leave(bob, desk.person)
    page = page_after(bob, bob.get(CALLBACKS[0], {"state": "changed", "code": "code-canary-1"}))
    assert "Start the connection again" in page
    assert desk.stub.token_requests == []
    assert auth_uri


def test_a_callback_without_anything_is_an_unknown_sign_in(bob, desk):
    assert "Start the connection again" in page_after(bob, bob.get(CALLBACKS[0]))


def test_another_session_of_the_same_person_gets_nothing(bob, desk):
    auth_uri = leave(bob, desk.person)
    elsewhere = type(bob)()
    elsewhere.force_login(desk.person.user)
    page = page_after(elsewhere, come_back(elsewhere, auth_uri))
    assert "does not belong to this browser window" in page
    desk.stub.grant(auth_uri)
    assert come_back(bob, auth_uri).status_code == 302


def test_another_companys_callback_gets_nothing(bob, desk, world):
    auth_uri = leave(bob, desk.person)
    bob.force_login(User.objects.get(email="bob@people.example"))
    world.stranger.company.memberships.create(user=desk.person.user, role="user")
    response = come_back(bob, auth_uri, "/Omega/oauth/microsoft/callback")
    assert response["Location"] == "/Omega/oauth/microsoft/ended"
    assert "does not belong to this browser window" in bob.get(response["Location"]).content.decode()
    assert bob.get("/Alpha/oauth/microsoft/ended")["Location"] == "/Alpha/profile/"
    assert desk.stub.token_requests == []


def test_a_refused_secret_is_explained_with_microsofts_own_words(bob, desk):
    auth_uri = leave(bob, desk.person)
    desk.stub.tokens.append(error_answer("invalid_client", 7000222, 401))
    page = page_after(bob, come_back(bob, auth_uri))
    assert "AADSTS7000222" in page
    assert unconnected(desk) == "client_secret_expired"


def test_settings_changed_under_way_are_said_to_be_the_reason(bob, desk):
    auth_uri = leave(bob, desk.person)
    MicrosoftApp.objects.update(client_id=PERSON)
    page = page_after(bob, come_back(bob, auth_uri))
    assert "The settings were changed meanwhile" in page
    assert "took too long" not in page
    assert unconnected(desk) == "connect_settings_changed"


def test_a_passing_fault_asks_the_person_to_try_again_since_no_portal_can(bob, desk):
    auth_uri = leave(bob, desk.person)
    page = page_after(bob, come_back(bob, auth_uri, error="server_error"))
    assert "Wait a few minutes, then connect again." in page
    assert "Nothing needs to be done" not in page


def page_after_start(client, membership):
    return client.get(start_link(membership), follow=True).content.decode()


def test_incomplete_settings_send_the_admin_to_them_and_the_user_to_the_admin(client, desk, world):
    Credential.objects.all().delete()
    for member in (world.user, world.admin):
        client.force_login(member.user)
        page = page_after_start(client, member)
        assert "not filled in" in page
        assert "the text to forward" not in page, "there is none"
        assert ("Open the Office 365 settings" in page) == member.is_admin


def test_what_the_policy_rules_out_sends_the_admin_to_all_settings_and_not_to_the_apps(client, desk, world):
    CompanyMailSettings.objects.create(company=world.company, use_connections=False)
    client.force_login(world.admin.user)
    page = page_after_start(client, world.admin)
    assert "switch people&#x27;s Microsoft connections off" in page
    assert "Open the mail settings" in page
    assert "Open the Office 365 settings" not in page


def test_disconnecting_asks_first_and_forgets_the_tokens(bob, desk):
    auth_uri = leave(bob, desk.person)
    desk.stub.grant(auth_uri)
    come_back(bob, auth_uri)
    assert "Disconnect from Microsoft?" in bob.get("/Alpha/oauth/microsoft/disconnect").content.decode()
    response = bob.post("/Alpha/oauth/microsoft/disconnect")
    assert response["Location"] == "/Alpha/profile/"
    connection = Connection.objects.get()
    assert connection.state == "disconnected"
    assert not hasattr(connection, "token_cache")
    assert AuditEvent.objects.filter(action="connection.disconnected").exists()
    assert bob.post("/Alpha/oauth/microsoft/disconnect").status_code == 404


def test_disconnecting_is_for_oneself_only(client, desk, world):
    desk.connect()
    client.force_login(world.admin.user)
    assert client.post("/Alpha/oauth/microsoft/disconnect").status_code == 404
    client.force_login(world.stranger.user)
    assert client.post("/Alpha/oauth/microsoft/disconnect").status_code == 404
    assert Connection.objects.get().is_usable
