"""What is believed of Google's answers: the ID token above all, made wrong in each way."""

import json
import time
from contextlib import nullcontext

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from mailsettings.google import BUILT_IN
from oauth import google_client
from oauth.errors import ProviderUnavailable, RequestRefused
from oauth.google_client import GoogleTokens, NotOurToken
from oauth.google_registration import GoogleRegistration

CLIENT = "402418830125-x.apps.googleusercontent.com"
SEND = "https://www.googleapis.com/auth/gmail.send"
REGISTRATION = GoogleRegistration(
    BUILT_IN, CLIENT, "https://portal.example/A/oauth/google/callback", SEND, "s3cret"
)
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
FLOW = {"state": "state-1", "nonce": "nonce-1", "code_verifier": "verifier-1"}
OLD = GoogleTokens(("openid", SEND), 0, None, "old-access", "old-refresh")


def claims(**changes):
    moment = int(time.time())
    return {
        "iss": "https://accounts.google.com",
        "aud": CLIENT,
        "sub": "123",
        "exp": moment + 3600,
        "iat": moment,
        "nonce": "nonce-1",
    } | changes


def signed(payload, key=KEY, kid="key-1", algorithm="RS256"):
    return jwt.encode(payload, key, algorithm, headers={"kid": kid})


class AtGoogle:
    """A session that answers as it is told, and keeps what was asked."""

    def __init__(self, **answer):
        self.status, self.headers, self.asked = 200, {}, []
        self.answer = {"access_token": "ya29.a", "expires_in": 3599, "scope": f"openid {SEND}"} | answer

    def post(self, url, data=None, headers=None, auth=None, **options):
        self.asked.append((url, data, options))
        return self._response(self.answer)

    def get(self, url, **options):
        key = json.loads(RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "key-1", "alg": "RS256"}
        return self._response({"keys": [key]}, 200)

    def _response(self, content, status=None):
        response = requests.Response()
        response.status_code = status or self.status
        response._content = content if isinstance(content, bytes) else json.dumps(content).encode()
        response.headers.update(self.headers)
        return response


@pytest.fixture
def google(monkeypatch):
    def use(**answer) -> AtGoogle:
        session = AtGoogle(**answer)
        monkeypatch.setattr(google_client, "http_session", lambda bundle: nullcontext(session))
        return session

    return use


def test_a_good_answer_brings_tokens_and_claims(google):
    session = google(id_token=signed(claims()), refresh_token="1//0r", refresh_token_expires_in=604_799)
    tokens, found = google_client.redeem(REGISTRATION, FLOW, "4/0code")
    assert found["sub"] == "123"
    assert (tokens.refresh_token, tokens.scopes) == ("1//0r", ("openid", SEND))
    assert tokens.is_good
    assert abs(tokens.ends_at - time.time() - 604_799) < 5
    ((url, data, options),) = session.asked
    assert url == BUILT_IN.token
    assert data["code_verifier"] == "verifier-1"
    assert data["redirect_uri"] == REGISTRATION.callback_url
    assert options["allow_redirects"] is False
    assert options["timeout"]


@pytest.mark.parametrize(
    ("id_token", "check"),
    [
        (signed(claims(aud="somebody-else")), "aud"),
        (signed(claims(iss="https://accounts.evil.example")), "iss"),
        (signed(claims(exp=int(time.time()) - 600)), "exp"),
        (signed(claims(nonce="nonce-2")), "nonce"),
        (signed({name: value for name, value in claims().items() if name != "nonce"}), "nonce"),
        (signed({name: value for name, value in claims().items() if name != "sub"}), "signature"),
        (signed(claims(), OTHER_KEY), "signature"),
        (signed(claims(), kid="key-2"), "signature"),
        (jwt.encode(claims(), "s" * 40, "HS256", headers={"kid": "key-1"}), "signature"),
        (jwt.encode(claims(), None, "none", headers={"kid": "key-1"}), "signature"),
        ("", "id_token"),
        ("not.a.token", "id_token"),
    ],
)
def test_an_id_token_that_does_not_fit_is_refused(google, id_token, check):
    google(id_token=id_token, refresh_token="1//0r")
    with pytest.raises(NotOurToken) as caught:
        google_client.redeem(REGISTRATION, FLOW, "4/0code")
    assert caught.value.error == check


def test_google_names_itself_without_the_scheme_too(google):
    google(id_token=signed(claims(iss="accounts.google.com")))
    assert google_client.redeem(REGISTRATION, FLOW, "4/0code")[1]["sub"] == "123"


def test_a_refresh_keeps_the_old_refresh_token_or_takes_the_new_one(google):
    google()
    assert google_client.refresh(REGISTRATION, OLD).refresh_token == "old-refresh"
    google(refresh_token="1//0new")
    assert google_client.refresh(REGISTRATION, OLD).refresh_token == "1//0new"


def test_without_a_refresh_token_nothing_is_asked(google):
    session = google()
    with pytest.raises(RequestRefused) as caught:
        google_client.refresh(REGISTRATION, GoogleTokens((), 0, None, "a", ""))
    assert caught.value.error == "no_account"
    assert session.asked == []


@pytest.mark.parametrize(
    ("status", "answer", "raised"),
    [
        (400, {"error": "invalid_grant"}, RequestRefused),
        (401, {"error": "invalid_client"}, RequestRefused),
        (400, {"error": "temporarily_unavailable"}, ProviderUnavailable),
        (429, {"error": "rate_limited"}, ProviderUnavailable),
        (503, {"error": "invalid_grant"}, ProviderUnavailable),
        (200, b"<html>a proxy's page</html>", ProviderUnavailable),
        (302, b"", ProviderUnavailable),
        (200, {"token_type": "Bearer"}, ProviderUnavailable),
        (200, ["access_token"], ProviderUnavailable),
    ],
)
def test_only_a_plain_refusal_counts_as_one(google, status, answer, raised):
    session = google()
    session.status, session.answer = status, answer
    with pytest.raises(raised):
        google_client.refresh(REGISTRATION, OLD)


def test_a_network_that_fails_says_nothing_of_the_secrets(google):
    session = google()

    def fail(url, **options):
        raise requests.ConnectionError("no way to s3cret with old-refresh")

    session.post = fail
    with pytest.raises(ProviderUnavailable) as caught:
        google_client.refresh(REGISTRATION, OLD)
    assert "s3cret" not in caught.value.raw
    assert "old-refresh" not in caught.value.raw
    assert google_client.revoke(REGISTRATION, "old-refresh") is False


def test_tokens_are_stored_and_read_again_and_not_shown():
    assert GoogleTokens.from_bytes(OLD.to_bytes()) == OLD
    assert "old-" not in repr(OLD)
    assert "s3cret" not in repr(REGISTRATION)
