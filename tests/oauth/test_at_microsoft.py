"""Connect and refresh against the stand-in for Microsoft: real sign-in pages, consent, PKCE, rotating tokens."""

import logging
import re
from types import SimpleNamespace

import pytest
import requests
from django.test import Client

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.net import http_session
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp
from oauth import flows, msal_app, tokens
from oauth.links import start_link
from oauth.models import Connection, PendingFlow, TokenCache
from tests.factories import make_company, make_member

ULLA = "ulla.user@nordicfreight.example"
TENANT = "61c97ac5-6d32-4bcf-ab68-1fb342a6146e"
CLIENT = "199c0398-63f2-478d-9eb9-0b1abe4001f4"
SECRET = "abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R"
EXPIRED_SECRET = "xyz8Q~.Kf7UAVN0p5GsPjbWEKY6JS-wUxAi3iBj5"
PORTAL = "http://localhost:8000"


class Browser:
    """A person's browser: signed in to the portal, with cookies of its own at Microsoft."""

    def __init__(self, member, ca_file):
        self.member = member
        self.portal = Client(HTTP_HOST="localhost:8000")
        self.portal.force_login(member.user)
        self.microsoft = http_session(ca_file)

    def leave(self):
        response = self.portal.get(start_link(self.member))
        assert response.status_code == 302
        return response["Location"]

    def sign_in(self, auth_uri, address, answer="accept"):
        """Pick an account, answer the question if one comes; the address Microsoft sends the browser to."""
        here = {"allow_redirects": False, "timeout": 10}
        response = self.microsoft.post(auth_uri, data={"person": address}, **here)
        if response.status_code == requests.codes.ok:
            response = self.microsoft.post(auth_uri, data={"person": address, "answer": answer}, **here)
        assert response.status_code == 302, response.text
        assert response.headers["Location"].startswith(PORTAL)
        return response.headers["Location"].removeprefix(PORTAL)

    def connect(self, address=ULLA, answer="accept"):
        return self.portal.get(self.sign_in(self.leave(), address, answer))

    def approve(self, address, admin):
        """Answer at the admin-consent address; the page somebody without an account here comes back to."""
        response = self.microsoft.post(address, data={"person": admin}, allow_redirects=False, timeout=10)
        back = response.headers["Location"].removeprefix(PORTAL)
        return Client(HTTP_HOST="localhost:8000").get(back)

    def page_after(self, response):
        assert response["Location"].endswith("/oauth/microsoft/ended")
        return self.portal.get(response["Location"]).content.decode()


@pytest.fixture
def nordic(db, settings, sandbox, sandbox_client):
    settings.PUBLIC_URL = PORTAL
    settings.MICROSOFT_CLOUDS_FILE = str(sandbox.clouds_file)
    company = make_company("NordicFreight")
    app = MicrosoftApp.objects.create(company=company, cloud="sandbox", tenant_id=TENANT, client_id=CLIENT)
    store_secret(company, SECRET)
    ulla = make_member(company, name="ulla", email=ULLA)
    browser = Browser(ulla, sandbox.ca_file)
    return SimpleNamespace(company=company, app=app, browser=browser, microsoft=sandbox_client)


def store_secret(company, value):
    credentials.store(company, CredentialKind.CLIENT_SECRET, value, actor=COMMAND_LINE)


def refused(nordic):
    """The cause in the audit log; nothing may have been stored."""
    assert not Connection.objects.exists()
    assert not TokenCache.objects.exists()
    return AuditEvent.objects.get(action="connection.refused").details["cause"]


@pytest.mark.parametrize("form", ["portal", "aspx"])
def test_a_person_connects_at_either_callback_address(nordic, form):
    MicrosoftApp.objects.update(callback_form=form)
    response = nordic.browser.connect()
    assert response["Location"] == "/NordicFreight/profile/"
    connection = Connection.objects.get()
    assert (connection.address, connection.display_name) == (ULLA, "Ulla User")
    assert connection.tenant_id == TENANT
    assert tokens.access_token(connection)
    assert nordic.microsoft.requests()["token.authorization_code"] == 1
    assert "You are sending as" in nordic.browser.portal.get(response["Location"]).content.decode()


def test_a_directory_given_by_its_domain_works(nordic):
    MicrosoftApp.objects.update(tenant_id="nordicfreight.example")
    nordic.browser.connect()
    assert Connection.objects.get().tenant_id == TENANT
    assert tokens.access_token(Connection.objects.get(), force=True)


def test_cancel_declines(nordic):
    page = nordic.browser.page_after(nordic.browser.connect(answer="cancel"))
    assert "intent=" in page
    assert refused(nordic) == "user_declined_consent"


def test_a_person_who_needs_approval_gets_it_and_connects(nordic, sandbox):
    nils = make_member(nordic.company, name="nils", email="nils.newcomer@nordicfreight.example")
    browser = Browser(nils, sandbox.ca_file)
    page = browser.page_after(browser.connect(nils.user.email, "return"))
    address = flows.admin_consent_address(flows.registration_of(nordic.company))
    assert address.replace("&", "&amp;") in page
    back = browser.approve(address, "anna.admin@nordicfreight.example")
    assert "is now allowed for everybody" in back.content.decode()
    browser.connect(nils.user.email)
    assert Connection.objects.get().address == nils.user.email
    Connection.objects.update(state="needs_reconnecting", cause="consent_missing")
    browser.connect(nils.user.email)
    assert Connection.objects.get().is_usable, (
        "approved, and not asked for what only an administrator may give"
    )


def test_an_administrator_who_cancels_the_approval_is_told_so(nordic):
    address = flows.admin_consent_address(flows.registration_of(nordic.company))
    back = nordic.browser.approve(address, "")
    assert "was not approved" in back.content.decode()


def test_another_persons_account_is_not_stored(nordic):
    page = nordic.browser.page_after(nordic.browser.connect("uwe.user@nordicfreight.example"))
    assert "uwe.user@nordicfreight.example" in page
    assert ULLA in page
    assert refused(nordic) == "wrong_account_signed_in"


def test_a_replayed_callback_redeems_nothing(nordic):
    callback = nordic.browser.sign_in(nordic.browser.leave(), ULLA)
    nordic.browser.portal.get(callback)
    page = nordic.browser.page_after(nordic.browser.portal.get(callback))
    assert "already used" in page
    assert nordic.microsoft.requests()["token.authorization_code"] == 1
    assert Connection.objects.get().is_usable


def test_a_tampered_state_and_another_session_redeem_nothing(nordic, sandbox):
    callback = nordic.browser.sign_in(nordic.browser.leave(), ULLA)
    tampered = re.sub(r"state=[^&]+", "state=tampered", callback)
    nordic.browser.page_after(nordic.browser.portal.get(tampered))
    other = Browser(nordic.browser.member, sandbox.ca_file)
    other.page_after(other.portal.get(callback))
    assert "token.authorization_code" not in nordic.microsoft.requests()
    assert not Connection.objects.exists()


def test_another_companys_callback_redeems_nothing(nordic):
    make_company("BalticShip").memberships.create(user=nordic.browser.member.user)
    callback = nordic.browser.sign_in(nordic.browser.leave(), ULLA)
    elsewhere = callback.replace("/NordicFreight/", "/BalticShip/")
    nordic.browser.page_after(nordic.browser.portal.get(elsewhere))
    assert PendingFlow.objects.exists()
    assert refused(nordic) == "oauth_state_mismatch"


@pytest.mark.parametrize(
    ("secret", "cause"),
    [(SECRET + "x", "client_secret_invalid"), (EXPIRED_SECRET, "client_secret_expired")],
)
def test_a_wrong_or_ended_secret_is_explained(nordic, secret, cause):
    store_secret(nordic.company, secret)
    page = nordic.browser.page_after(nordic.browser.connect())
    assert "AADSTS70002" in page
    assert refused(nordic) == cause


def test_an_error_of_the_token_endpoint_is_explained(nordic):
    nordic.microsoft.add_fault("token", times=1, status=503)
    page = nordic.browser.page_after(nordic.browser.connect())
    assert "503" in page
    assert refused(nordic) == "provider_temporarily_unavailable"


def test_an_unknown_app_shows_microsofts_page_and_an_unknown_directory_ours(nordic):
    MicrosoftApp.objects.update(tenant_id="nobody.example")
    response = nordic.browser.portal.get(start_link(nordic.browser.member))
    assert "AADSTS90002" in nordic.browser.page_after(response)


@pytest.fixture
def connection(nordic):
    """Ulla is connected, and her access token is about to end."""
    nordic.microsoft.add_fault("token.lifetime", times=1, seconds=10)
    nordic.browser.connect()
    return Connection.objects.get()


def refreshes(nordic):
    return nordic.microsoft.requests().get("token.refresh_token", 0)


def test_a_token_about_to_end_is_refreshed_once_and_the_rotated_grant_kept(nordic, connection):
    before = connection.token_cache.unseal()
    token = tokens.access_token(connection)
    assert tokens.access_token(connection) == token
    assert refreshes(nordic) == 1
    after = TokenCache.objects.get()
    assert after.version == 2
    assert grant_in(after.unseal()) != grant_in(before)


def grant_in(cache):
    return re.findall(rb"1\.AR[\w-]+", cache)


@pytest.mark.parametrize(
    "fault", [{"status": 503, "retry_after": "7"}, {"action": "drop"}, {"action": "hang", "seconds": 2}]
)
def test_a_passing_fault_leaves_the_connection(nordic, connection, fault, monkeypatch):
    monkeypatch.setattr(msal_app, "READ_TIMEOUT_S", 0.5)
    nordic.microsoft.add_fault("token", times=1, **fault)
    with pytest.raises(tokens.TokenUnavailable) as found:
        tokens.access_token(connection)
    assert found.value.retry_after_s == (7 if "retry_after" in fault else None)
    connection.refresh_from_db()
    assert connection.is_usable
    assert tokens.access_token(connection)


def test_a_revoked_grant_needs_reconnecting_and_reconnects(nordic, connection):
    nordic.microsoft.revoke(ULLA)
    with pytest.raises(tokens.NeedsReconnecting) as found:
        tokens.access_token(connection)
    assert found.value.cause == "refresh_token_revoked"
    assert "AADSTS50173" in found.value.raw
    connection.refresh_from_db()
    assert connection.state == "needs_reconnecting"
    page = nordic.browser.portal.get("/NordicFreight/profile/").content.decode()
    assert "Reconnect to Microsoft" in page
    nordic.browser.connect()
    connection.refresh_from_db()
    assert connection.is_usable
    assert tokens.access_token(connection)


def test_an_idle_grant_needs_reconnecting(nordic, connection):
    nordic.microsoft.add_fault("token", times=1, error="AADSTS700082")
    with pytest.raises(tokens.NeedsReconnecting) as found:
        tokens.access_token(connection)
    assert found.value.cause == "refresh_token_expired"


def test_conditional_access_needs_reconnecting(nordic, sandbox):
    carl = make_member(nordic.company, name="carl", email="carl.conditional@nordicfreight.example")
    Browser(carl, sandbox.ca_file).connect(carl.user.email)
    with pytest.raises(tokens.NeedsReconnecting) as found:
        tokens.access_token(Connection.objects.get(), force=True)
    assert found.value.cause == "conditional_access_blocked"


def test_a_secret_that_ended_meanwhile_leaves_the_connection(nordic, connection):
    store_secret(nordic.company, EXPIRED_SECRET)
    with pytest.raises(tokens.SettingsRefused) as found:
        tokens.access_token(connection)
    assert found.value.cause == "client_secret_expired"
    store_secret(nordic.company, SECRET)
    assert tokens.access_token(connection)


def test_no_secret_shows_in_rows_logs_or_pages(nordic, caplog):
    caplog.set_level(logging.DEBUG)
    auth_uri = nordic.browser.leave()
    callback = nordic.browser.sign_in(auth_uri, ULLA)
    caplog.clear()  # the test's own browser logs addresses
    page = nordic.browser.portal.get(nordic.browser.portal.get(callback)["Location"]).content.decode()
    connection = Connection.objects.get()
    token = tokens.access_token(connection, force=True)
    rows = [repr(list(model.objects.values())) for model in (Connection, TokenCache, PendingFlow, AuditEvent)]
    seen = page + caplog.text + "".join(rows)
    code, state = (re.search(rf"{name}=([^&]+)", callback)[1] for name in ("code", "state"))
    grants = [grant.decode() for grant in grant_in(connection.token_cache.unseal())]
    for secret in (token, code, state, SECRET, *grants):
        assert secret
        assert secret not in seen
