"""Secrets of Connect to Google: client secret, code, state, nonce and tokens, at a Google that repeats them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from oauth import google_tokens, tokens
from oauth.errors import TokenError
from oauth.google_client import GoogleTokens
from oauth.models import Connection, PendingFlow, TokenCache
from tests.factories import make_company, make_member
from tests.oauth.google_people import FJORD, GoogleBrowser, set_up_google

GUSTAV = "gustav.user@fjordcargo.example"


@pytest.fixture
def gustav(search, sandbox, sandbox_client, settings):
    settings.GOOGLE_FILE = str(sandbox.google_file)
    settings.PUBLIC_URL = "http://localhost:8000"
    search.leaving_for = sandbox.authority_url
    company = make_company("FjordCargo")
    set_up_google(company)
    browser = GoogleBrowser(make_member(company, "admin", "gustav", email=GUSTAV), sandbox.ca_file)
    browser.portal = search.client(HTTP_HOST="localhost:8000")
    browser.portal.force_login(browser.member.user)
    yield browser
    browser.google.close()


def asked(auth_uri: str) -> list[str]:
    query = parse_qs(urlsplit(auth_uri).query)
    return [query["state"][0], query["nonce"][0]]


def verifier() -> str:
    row = PendingFlow.objects.get()
    return row.unseal().decode().split('"code_verifier": "')[1].split('"')[0]


def look_around(gustav) -> None:
    for page in ("profile/", "settings/", "settings/google/", "audit/", "people/", "oauth/google/ended"):
        gustav.portal.get(f"/FjordCargo/{page}", follow=True)


def connect(gustav) -> list[str]:
    """All that must be found nowhere afterwards."""
    auth_uri = gustav.leave()
    secrets = [FJORD.secret, verifier(), *asked(auth_uri)]
    location = gustav.at_google(auth_uri, GUSTAV).headers["Location"]
    gustav.come_back(location)
    stored = GoogleTokens.from_bytes(TokenCache.objects.get().unseal())
    code = parse_qs(urlsplit(location).query)["code"][0]
    return [*secrets, code, stored.access_token, stored.refresh_token]


def test_a_connection_leaves_no_token_behind(search, gustav):
    secrets = connect(gustav)
    secrets.append(tokens.access_token(Connection.objects.get(), force=True))
    look_around(gustav)
    search.assert_clean(*secrets)


def test_a_refresh_that_repeats_the_secrets_is_not_quoted(search, gustav, sandbox_client):
    secrets = connect(gustav)
    words = "refused " + " ".join([FJORD.secret, secrets[-1]])
    for code in ("server_error", "invalid_client", "invalid_grant"):
        sandbox_client.add_fault("google.token", times=1, status=400, code=code, message=words)
        with pytest.raises(TokenError) as caught:
            google_tokens.access_token(Connection.objects.get(), force=True)
        search.saw("raised", f"{caught.value!r} {caught.value} {caught.value.raw}")
    look_around(gustav)
    search.assert_clean(*secrets)


def test_a_sign_in_that_fails_at_the_token_is_not_quoted(search, gustav, sandbox_client):
    auth_uri = gustav.leave()
    secrets = [FJORD.secret, verifier(), *asked(auth_uri)]
    location = gustav.at_google(auth_uri, GUSTAV).headers["Location"]
    secrets.append(parse_qs(urlsplit(location).query)["code"][0])
    words = "refused " + " ".join(secrets)
    sandbox_client.add_fault("google.token", times=1, status=400, code="invalid_grant", message=words)
    gustav.come_back(location)
    look_around(gustav)
    search.assert_clean(*secrets)


def test_disconnecting_leaves_nothing_behind(search, gustav):
    secrets = connect(gustav)
    gustav.portal.post("/FjordCargo/oauth/google/disconnect")
    assert not TokenCache.objects.exists()
    look_around(gustav)
    search.assert_clean(*secrets)
