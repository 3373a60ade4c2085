"""Connect to Google, refresh and disconnect, against the stand-in for Google over real sockets."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.clock import now
from mailsettings import credentials
from mailsettings.models import GoogleApp
from oauth import google_tokens, tokens
from oauth.errors import NeedsReconnecting, SettingsRefused, TokenUnavailable
from oauth.google_client import GoogleTokens
from oauth.links import google_start_link
from oauth.models import Connection, PendingFlow, TokenCache
from tests.factories import make_company, make_member
from tests.oauth.google_people import (
    MAIL,
    PUBLIC,
    SEND,
    TESTING,
    GoogleBrowser,
    set_up_google,
    words,
)

GUSTAV = "gustav.user@fjordcargo.example"
GINA = "gina.gmail@gmail.example"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(sandbox, sandbox_client, settings):
    settings.GOOGLE_FILE = str(sandbox.google_file)
    settings.PUBLIC_URL = "http://localhost:8000"
    company = make_company("FjordCargo")
    set_up_google(company)
    return company


@pytest.fixture
def gustav(company, sandbox):
    member = make_member(company, name="gustav", email=GUSTAV)
    browser = GoogleBrowser(member, sandbox.ca_file)
    yield browser
    browser.google.close()


def stored(connection: Connection) -> GoogleTokens:
    return GoogleTokens.from_bytes(TokenCache.objects.get(connection=connection).unseal())


def connection() -> Connection:
    return Connection.objects.get()


def age_the_access_token() -> None:
    row = TokenCache.objects.get()
    facts = json.loads(row.unseal()) | {"expires_at": 0}
    row.seal(json.dumps(facts).encode())
    row.save()


def test_a_person_connects_and_is_bound_to_the_account(gustav):
    page = gustav.connect()
    assert f"Connected. You are sending as {GUSTAV}." in words(page)
    found = connection()
    assert (found.provider, found.address, found.tenant_id) == ("google", GUSTAV, "fjordcargo.example")
    assert found.object_id.isdigit()
    assert SEND in found.scopes
    assert MAIL not in found.scopes
    assert found.ends_at is None
    assert stored(found).refresh_token.startswith("1//0")
    assert PendingFlow.objects.count() == 0
    assert AuditEvent.objects.filter(action="connection.connected").exists()


def test_google_is_asked_for_what_is_needed_and_suggested_the_address(gustav):
    uri = gustav.leave()
    for piece in (
        "access_type=offline",
        "prompt=select_account+consent",
        "code_challenge_method=S256",
        "gmail.send",
        "login_hint=gustav.user%40fjordcargo.example",
        "nonce=",
        "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2FFjordCargo%2Foauth%2Fgoogle%2Fcallback",
    ):
        assert piece in uri
    assert "mail.google.com" not in uri
    assert "include_granted_scopes" not in uri


def test_who_declines_is_told_how_to_go_on(gustav):
    page = words(gustav.connect(answer="cancel"))
    assert "The permission was declined" in page
    assert "Connect to Google" in page
    assert "Microsoft" not in page
    assert not Connection.objects.exists()


def test_another_account_is_shown_and_nothing_is_kept(gustav, company):
    set_up_google(company, TESTING)
    page = words(gustav.connect(GINA))
    assert "Signed in at Google" in page
    assert GINA in page
    assert GUSTAV in page
    assert not Connection.objects.exists()


def test_who_leaves_the_box_empty_is_asked_again(gustav):
    page = words(gustav.connect(keep=()))
    assert "The permission to send was not given" in page
    assert "with every box ticked" in page
    assert "has to mend this" not in page
    assert not Connection.objects.exists()
    gustav.connect()
    assert connection().is_usable


def test_a_google_account_whose_mail_is_elsewhere_is_refused(company, sandbox, sandbox_client):
    set_up_google(company, PUBLIC)
    sandbox_client.add_redirect_uri(PUBLIC.client_id, GoogleApp.objects.get().callback_url)
    otto = GoogleBrowser(
        make_member(company, name="otto", email="otto.other@elsewhere.example"), sandbox.ca_file
    )
    page = words(otto.connect())
    otto.google.close()
    assert "The account has no mailbox" in page
    assert "whose mailbox is at Gmail" in page
    assert not Connection.objects.exists()


def test_a_callback_works_once_and_in_its_own_browser_only(gustav, company, sandbox):
    location = gustav.at_google(gustav.leave(), GUSTAV).headers["Location"]
    stranger = Client(HTTP_HOST="localhost:8000")
    assert "not signed in to the portal" in words(stranger.get(location).content.decode())
    stranger.force_login(make_member(company, name="carol").user)
    assert "Not connected" in words(stranger.get(location, follow=True).content.decode())
    gustav.come_back(location)
    assert connection().is_usable
    assert "Not connected" in words(gustav.come_back(location).content.decode())
    assert AuditEvent.objects.filter(details__cause="callback_replayed").exists()


def test_an_answer_that_names_another_issuer_is_refused(gustav, sandbox):
    location = gustav.at_google(gustav.leave(), GUSTAV).headers["Location"]
    page = gustav.come_back(f"{location}&iss=https%3A%2F%2Flogin.microsoftonline.com")
    assert "Not connected" in words(page.content.decode())
    assert not Connection.objects.exists()
    location = gustav.at_google(gustav.leave(), GUSTAV).headers["Location"]
    gustav.come_back(f"{location}&iss={sandbox.authority_url}/google")
    assert connection().is_usable


def test_the_answer_counts_at_googles_own_address_only(gustav):
    location = gustav.at_google(gustav.leave(), GUSTAV).headers["Location"]
    page = gustav.come_back(location.replace("/oauth/google/", "/oauth/microsoft/"))
    assert "Not connected" in words(page.content.decode())
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("admin_policy_enforced", "mark the app's client ID as trusted"),
        ("org_internal", "The Google app is for one organisation only"),
        ("server_error", "The provider has a passing fault"),
    ],
)
def test_an_error_that_comes_back_is_explained_in_googles_terms(gustav, error, shown):
    state = gustav.leave().split("state=")[1].split("&")[0]
    page = gustav.come_back(f"/FjordCargo/oauth/google/callback?state={state}&error={error}")
    text = words(page.content.decode()).replace("&#x27;", "'")
    assert shown in text
    assert "Microsoft" not in text


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"status": 503}, "provider_temporarily_unavailable"),
        ({"code": "invalid_client", "status": 401}, "client_secret_invalid"),
    ],
)
def test_a_token_that_cannot_be_had_is_explained(gustav, sandbox_client, fault, cause):
    sandbox_client.add_fault("google.token", times=1, **fault)
    assert "Not connected" in words(gustav.connect())
    assert AuditEvent.objects.get(action="connection.refused").details["cause"] == cause


def test_a_wrong_secret_is_told_as_one(gustav, company):
    set_up_google(company)
    credentials.store(company, "google_client_secret", "GOCSPX-wrong", actor=COMMAND_LINE)
    gustav.connect()
    event = AuditEvent.objects.get(action="connection.refused")
    assert event.details["cause"] == "client_secret_invalid"
    assert event.details["provider"] == "google"


def test_a_token_is_refreshed_and_the_refresh_token_stays(gustav):
    gustav.connect()
    before = stored(connection())
    assert tokens.access_token(connection()) == before.access_token
    age_the_access_token()
    fresh = tokens.access_token(connection())
    after = stored(connection())
    assert fresh == after.access_token != before.access_token
    assert after.refresh_token == before.refresh_token
    assert tokens.access_token(connection(), force=True) != fresh


def test_connecting_again_keeps_the_refresh_token_without_asking_for_consent(gustav):
    gustav.connect()
    before, began = stored(connection()), connection().connected_at
    uri = gustav.leave()
    assert "prompt=select_account&" in uri + "&"
    gustav.come_back(gustav.at_google(uri, GUSTAV).headers["Location"])
    assert stored(connection()).refresh_token == before.refresh_token
    assert connection().connected_at == began


def test_a_passing_fault_leaves_the_connection_alone(gustav, sandbox_client):
    gustav.connect()
    age_the_access_token()
    sandbox_client.add_fault("google.token", times=1, status=503, retry_after="7")
    with pytest.raises(TokenUnavailable) as caught:
        tokens.access_token(connection())
    assert caught.value.retry_after_s == 7
    assert connection().is_usable


def test_a_wrong_secret_leaves_the_connection_alone(gustav, sandbox_client):
    gustav.connect()
    age_the_access_token()
    sandbox_client.add_fault("google.token", times=1, status=401, code="invalid_client")
    with pytest.raises(SettingsRefused) as caught:
        tokens.access_token(connection())
    assert caught.value.cause == "client_secret_invalid"
    assert connection().is_usable


def refused_as() -> str:
    age_the_access_token()
    with pytest.raises(NeedsReconnecting) as caught:
        tokens.access_token(connection())
    assert connection().cause == caught.value.cause
    return caught.value.cause


def test_an_app_in_testing_is_told_from_the_start_and_is_the_cause_after_a_week(
    gustav, company, sandbox_client
):
    set_up_google(company, TESTING)
    page = words(gustav.connect())
    assert "This connection ends on" in page
    assert "in Testing" in page
    assert google_tokens.is_testing(connection())
    sandbox_client.age(GUSTAV, 7.5)
    Connection.objects.update(connected_at=now() - timedelta(days=7.5), ends_at=now() - timedelta(days=0.5))
    assert refused_as() == "google_app_not_verified"
    page = words(gustav.portal.get("/FjordCargo/profile/", follow=True).content.decode())
    assert "The Google app is still being tested" in page


def test_a_grant_refused_about_a_week_after_it_began_is_laid_to_testing(gustav, sandbox_client):
    gustav.connect()
    sandbox_client.revoke(GUSTAV)
    Connection.objects.update(connected_at=now() - timedelta(days=7, hours=2))
    assert refused_as() == "google_app_not_verified"


def test_a_grant_that_was_withdrawn_is_told_so(gustav, sandbox_client):
    gustav.connect()
    sandbox_client.revoke(GUSTAV)
    assert refused_as() == "refresh_token_revoked"


def test_a_grant_unused_for_half_a_year_is_told_so(gustav, sandbox_client):
    gustav.connect()
    sandbox_client.revoke(GUSTAV)
    long_ago = now() - timedelta(days=200)
    Connection.objects.update(connected_at=long_ago, refreshed_at=long_ago)
    assert refused_as() == "refresh_token_expired"


def test_an_organisation_that_wants_a_new_sign_in_is_told_so(company, sandbox):
    rita = GoogleBrowser(
        make_member(company, name="rita", email="rita.reauth@fjordcargo.example"), sandbox.ca_file
    )
    rita.connect()
    rita.google.close()
    assert refused_as() == "sign_in_frequency_expired"


def test_idle_connections_to_google_are_kept_alive(gustav):
    gustav.connect()
    Connection.objects.update(refreshed_at=now() - timedelta(days=8))
    assert tokens.refresh_idle(now()) == 1
    assert now() - connection().refreshed_at < timedelta(minutes=1)


def test_another_app_of_the_company_ends_the_connection(gustav, company):
    gustav.connect()
    set_up_google(company, PUBLIC)
    with pytest.raises(NeedsReconnecting):
        tokens.access_token(connection())
    assert connection().state == "needs_reconnecting"


def test_a_change_to_smtp_asks_for_the_wider_permission_once(gustav):
    gustav.connect()
    GoogleApp.objects.update(send_by="smtp")
    page = words(gustav.portal.get("/FjordCargo/profile/", follow=True).content.decode())
    assert "Needs more permission" in page
    gustav.connect()
    assert MAIL in connection().scopes
    GoogleApp.objects.update(send_by="gmail_api")
    page = words(gustav.portal.get("/FjordCargo/profile/", follow=True).content.decode())
    assert "Needs more permission" not in page


def test_disconnecting_forgets_the_tokens_and_tells_google(gustav, sandbox_client):
    gustav.connect()
    assert "Google is asked" in words(
        gustav.portal.get("/FjordCargo/oauth/google/disconnect").content.decode()
    )
    gustav.portal.post("/FjordCargo/oauth/google/disconnect")
    assert connection().state == "disconnected"
    assert TokenCache.objects.count() == 0
    assert sandbox_client.requests()["google.revoke"] == 1
    gustav.connect()
    assert connection().is_usable


def test_a_company_without_an_app_shows_no_card_and_starts_nothing(company, gustav):
    GoogleApp.objects.all().delete()
    page = gustav.portal.get("/FjordCargo/profile/", follow=True).content.decode()
    assert 'id="google"' not in page
    answer = gustav.portal.get(google_start_link(gustav.member), follow=True).content.decode()
    assert "not filled in yet" in words(answer)
    assert gustav.portal.get("/FjordCargo/oauth/google/start").status_code == 410


def test_where_the_operator_does_not_allow_it_there_is_no_card(company, gustav):
    company.allowed_methods = ["gmail_app_password"]
    company.save()
    page = gustav.portal.get("/FjordCargo/profile/", follow=True).content.decode()
    assert 'id="google"' not in page
