"""Authlib wrapped once: the only module that imports it, for the code flow, refresh and revocation at Google.

https://developers.google.com/identity/protocols/oauth2/web-server and
https://developers.google.com/identity/openid-connect/openid-connect. It speaks over our guarded session: no
redirects, time limits, no retry. Behaviour relied on: Authlib 1.9.
"""

import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import jwt
import requests
from authlib.integrations.requests_client.oauth2_session import OAuth2ClientAuth
from authlib.oauth2.client import OAuth2Client

from core import clock, retry_after
from core.net import http_session
from core.redact import hide, redact
from oauth.errors import ProviderError, ProviderUnavailable, RequestRefused
from oauth.google_registration import GoogleRegistration

# Token request and keys, both at their limits, are done while others wait for a refresh (oauth/renewing.py).
CONNECT_TIMEOUT_S = 4
READ_TIMEOUT_S = 10
LEAST_LIFE_S = 300
CLOCK_SKEW_S = 300
RAW_LIMIT = 2000  # characters of Google's words that are kept

_LIMITS = {"timeout": (CONNECT_TIMEOUT_S, READ_TIMEOUT_S), "allow_redirects": False}
_PASSING = {"temporarily_unavailable", "server_error", "internal_failure"}


class NotOurToken(RequestRefused):
    """The ID token does not fit the sign-in. `error` names the check (signature, aud, iss, exp, nonce)."""


@dataclass(frozen=True, slots=True)
class GoogleTokens:
    """What is stored of a grant. Google gives the refresh token once, and never another in its place.

    `ends_at` (Unix time): Google ends the grant then, as it does for apps in testing; None when it did not say.
    """

    scopes: tuple[str, ...]
    expires_at: float  # of the access token, Unix time
    ends_at: float | None
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def to_bytes(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "GoogleTokens":
        stored = json.loads(content)
        return cls(**{**stored, "scopes": tuple(stored["scopes"])})

    def continuing(self, before: "GoogleTokens") -> "GoogleTokens":
        """With the refresh token of an earlier answer, and its end, where this one brought none."""
        if self.refresh_token:
            return self
        return replace(self, refresh_token=before.refresh_token, ends_at=self.ends_at or before.ends_at)

    @property
    def is_good(self) -> bool:
        """Whether the access token lives long enough to be used."""
        return self.expires_at - time.time() > LEAST_LIFE_S


def start_flow(registration: GoogleRegistration, *, login_hint: str, prompt: str) -> dict:
    """What to keep on the server until the answer: `auth_uri` to visit, `state`, and secrets. No network."""
    kept = {name: secrets.token_urlsafe(48) for name in ("state", "nonce", "code_verifier")}
    client = _Client(registration, None)
    uri, _state = client.create_authorization_url(
        registration.service.authorize,
        state=kept["state"],
        code_verifier=kept["code_verifier"],
        nonce=kept["nonce"],
        access_type="offline",  # without it there is no refresh token at all
        login_hint=login_hint,
        prompt=prompt,
    )
    return {**kept, "auth_uri": uri}


def redeem(
    registration: GoogleRegistration, flow: Mapping[str, str], code: str
) -> tuple[GoogleTokens, Mapping[str, object]]:
    """Exchange the code for tokens, and the checked claims of the ID token. Only one call a flow.

    Raises NotOurToken, RequestRefused, ProviderUnavailable; then the tokens are forgotten.
    """
    told = (registration.secret, code, flow["code_verifier"])
    with _session(registration, told) as session:
        answer = _Client(registration, session, told).fetch_token(
            registration.service.token,
            grant_type="authorization_code",
            code=code,
            redirect_uri=registration.callback_url,
            code_verifier=flow["code_verifier"],
            **_LIMITS,
        )
        claims = _checked_claims(registration, session, str(answer.get("id_token", "")), flow["nonce"])
    return _tokens(answer, tuple(registration.scopes)), claims


def refresh(registration: GoogleRegistration, stored: GoogleTokens) -> GoogleTokens:
    """A new access token, with the old refresh token where the answer brings none.

    Raises RequestRefused (`error` is "no_account" when no refresh token is stored), ProviderUnavailable.
    """
    if not stored.refresh_token:
        raise RequestRefused("no_account", "No refresh token is stored.")
    told = (registration.secret, stored.refresh_token)
    with _session(registration, told) as session:
        answer = _Client(registration, session, told, scope=None).refresh_token(
            registration.service.token, refresh_token=stored.refresh_token, **_LIMITS
        )
    return _tokens(answer, stored.scopes).continuing(stored)


def revoke(registration: GoogleRegistration, token: str) -> bool:
    """Tell Google that the grant is over; whether it agreed.

    https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    """
    try:
        with _session(registration, (token,)) as session:
            response = session.post(registration.service.revoke, data={"token": token}, **_LIMITS)
            return response.status_code == requests.codes.ok
    except ProviderError:
        return False


class _Client(OAuth2Client):
    """Authlib's client over our session. What is not a plain answer with a token is raised as ours."""

    client_auth_class = OAuth2ClientAuth
    SESSION_REQUEST_PARAMS = tuple(_LIMITS)

    def __init__(
        self,
        registration: GoogleRegistration,
        session: requests.Session | None,
        told: Sequence[str] = (),
        **options: object,
    ) -> None:
        super().__init__(
            session,
            registration.client_id,
            registration.secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            redirect_uri=registration.callback_url,
            code_challenge_method="S256",
            **{"scope": " ".join(registration.scopes)} | options,
        )
        self._told = told

    def parse_response_token(self, resp: requests.Response) -> dict:
        status, raw = resp.status_code, _shown(resp.text, self._told)
        try:
            answer = resp.json()
        except requests.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict) or status >= 500 or status == 429:
            raise ProviderUnavailable(
                f"HTTP {status}: {raw}",
                http_status=status,
                retry_after_s=retry_after.seconds(resp.headers.get("Retry-After"), clock.now()),
            )
        if error := str(answer.get("error", "")):
            if error in _PASSING:
                raise ProviderUnavailable(raw, http_status=status)
            raise RequestRefused(error, raw, http_status=status)
        if not isinstance(answer.get("access_token"), str):
            raise ProviderUnavailable(f"HTTP {status}: The answer holds no access token.", http_status=status)
        self.token = answer
        return answer


def _tokens(answer: Mapping[str, object], asked: tuple[str, ...]) -> GoogleTokens:
    lives_s, ends_in_s = answer.get("expires_in"), answer.get("refresh_token_expires_in")
    now = time.time()
    return GoogleTokens(
        scopes=tuple(str(answer.get("scope", "")).split()) or asked,
        expires_at=now + (lives_s if isinstance(lives_s, int | float) else 0),
        ends_at=now + ends_in_s if isinstance(ends_in_s, int | float) and ends_in_s > 0 else None,
        access_token=str(answer["access_token"]),
        refresh_token=str(answer.get("refresh_token", "")),
    )


def _checked_claims(
    registration: GoogleRegistration, session: requests.Session, id_token: str, nonce: str
) -> Mapping[str, object]:
    """Signature, aud, iss, exp and nonce (OpenID Connect Core 1.0 section 3.1.3.7); who it is, the caller checks."""
    try:
        key = _key_of(registration, session, id_token)
        claims = jwt.decode(
            id_token,
            key,
            algorithms=["RS256"],
            audience=registration.client_id,
            issuer=list(registration.service.issuers),
            leeway=CLOCK_SKEW_S,
            options={"require": ["exp", "aud", "iss", "sub"]},
        )
    except jwt.InvalidTokenError as error:
        raise NotOurToken(
            _CHECKS.get(type(error), "signature"), "The ID token is not for this sign-in."
        ) from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotOurToken("nonce", "The ID token was made for another sign-in.")
    return claims


_CHECKS = {
    jwt.InvalidAudienceError: "aud",
    jwt.InvalidIssuerError: "iss",
    jwt.ExpiredSignatureError: "exp",
    jwt.DecodeError: "id_token",
}


def _key_of(registration: GoogleRegistration, session: requests.Session, id_token: str) -> object:
    """The key the token names. Raises jwt.InvalidTokenError for one Google does not publish."""
    key_id = jwt.get_unverified_header(id_token).get("kid")
    response = session.get(registration.service.keys, **_LIMITS)
    if response.status_code != requests.codes.ok:
        raise ProviderUnavailable(f"HTTP {response.status_code}: no keys.", http_status=response.status_code)
    try:
        return jwt.PyJWKSet.from_dict(response.json())[str(key_id)].key
    except (KeyError, jwt.PyJWKSetError):
        raise jwt.InvalidSignatureError("The key is not known.") from None


@contextmanager
def _session(registration: GoogleRegistration, told: Sequence[str]) -> Iterator[requests.Session]:
    """Our session; what the network raises becomes ours, without what Google was just told."""
    ca_bundle = registration.service.ca_bundle
    with http_session(Path(ca_bundle) if ca_bundle else None) as session:
        try:
            yield session
        except requests.RequestException as error:
            raise ProviderUnavailable(_shown(f"{type(error).__name__}: {error}", told)) from None


def _shown(text: str, told: Sequence[str]) -> str:
    return redact(hide(text, *told))[:RAW_LIMIT]
