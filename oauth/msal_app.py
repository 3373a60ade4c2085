"""MSAL wrapped once: the only module that imports it.

MSAL's exceptions quote state, nonce and ID tokens, and it logs answers that are not JSON; neither gets past
here. Behaviour relied on: MSAL Python 1.39, https://github.com/AzureAD/microsoft-authentication-library-for-python
"""

import json
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from threading import Lock
from urllib.parse import quote

import msal
import requests
from msal.exceptions import MsalError

from core import clock, retry_after
from core.net import http_session
from core.redact import hide, redact
from oauth.errors import MicrosoftRefused, MicrosoftUnavailable
from oauth.models import Resource
from oauth.registration import Registration, is_permission, resource_of

# Discovery and token request, both at their limits, are done while others wait for a refresh (oauth/renewing.py).
CONNECT_TIMEOUT_S = 4
READ_TIMEOUT_S = 10
# MSAL does not hand out tokens with less time left; nor do we.
LEAST_LIFE_S = 300
RAW_LIMIT = 2000  # characters of Microsoft's words that are kept

_REALM_PATH = "/common/userrealm/"
_TYPE = msal.TokenCache.CredentialType
_PASSING = {"temporarily_unavailable", "server_error"}
_warnings_lock = Lock()


class _DiscoveryMemory(dict):
    """What MSAL remembers of answers, one for the process: discovery, for a day.

    Without it each construction is a network call. MSAL would also replay a refused token request for a minute,
    so that a setting just mended would seem not to be; those are not kept, and the sender has its own waits.
    """

    def __setitem__(self, key: str, value: object) -> None:
        if not key.startswith("POST ") and _REALM_PATH not in key:
            super().__setitem__(key, value)


class NonceMismatch(MicrosoftRefused):
    """The ID token was not made for this sign-in."""


class FederatedAccount(MicrosoftRefused):
    """The account's password is not Microsoft's: another service checks it, or it is a personal account."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a redeemed code brought. MSAL checked the nonce of `claims`; the rest is the caller's to check."""

    claims: Mapping[str, object]  # of the ID token; empty when there was none
    issuer: str  # that the directory's discovery document names
    scopes: tuple[str, ...]  # as Microsoft spells them
    is_lasting: bool  # a refresh token came with it
    access_token: str = field(repr=False)
    cache: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CachedToken:
    is_aging: bool  # Microsoft would like it to be refreshed by now
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    lives_s: int
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Renewal:
    scopes: tuple[str, ...]  # as Microsoft spells them
    access_token: str = field(repr=False)
    cache: bytes = field(repr=False)


def start_flow(registration: Registration, *, login_hint: str, prompt: str) -> dict:
    """MSAL's flow dict: `auth_uri` to visit, `state`, and secrets to keep on the server until the answer.

    Raises MicrosoftRefused (the directory is not known), MicrosoftUnavailable.
    """
    with _our_errors():
        application = _application(registration)
        # MSAL recommends form_post by a warning. That would be a cross-site POST, which SameSite cookies do not
        # travel with; the code in the query is single-use, bound to PKCE, and gone from the address at once.
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return application.initiate_auth_code_flow(
                registration.scopes,
                redirect_uri=registration.callback_url,
                login_hint=login_hint,
                prompt=prompt,
            )


def redeem(registration: Registration, flow: dict, answer: Mapping[str, str]) -> Grant:
    """Exchange the code in `answer` for tokens. One call a flow: MSAL itself would take it twice.

    The access token is for Graph, as a code brings one for a single resource; `refresh` gets others.

    Raises NonceMismatch, MicrosoftRefused, MicrosoftUnavailable; then the tokens are forgotten.
    """
    cache = msal.SerializableTokenCache()
    told = (registration.secret, answer.get("code", ""), str(flow.get("code_verifier", "")))
    with _our_errors(told):
        application = _application(registration, cache)
        asked = [scope for scope in flow["scope"] if resource_of(scope) == Resource.GRAPH]
        asked = [scope for scope in asked if is_permission(scope)]
        result = application.acquire_token_by_auth_code_flow(flow, dict(answer.items()), asked)
        _raise_error(result, told)
        return Grant(
            claims=result.get("id_token_claims") or {},
            issuer=_issuer(application, registration),
            scopes=_permissions(result, asked),
            is_lasting=any(cache.search(_TYPE.REFRESH_TOKEN)),
            access_token=result["access_token"],
            cache=cache.serialize().encode(),
        )


def cached_token(cache: bytes, client_id: str, scopes: Sequence[str]) -> CachedToken | None:
    """The newest token for the scopes in the stored cache, if it lives long enough to be used; no network."""
    stored, now = _loaded(cache), time.time()
    entries = list(stored.search(_TYPE.ACCESS_TOKEN, target=list(scopes), query={"client_id": client_id}))
    entry = max(reversed(entries), key=lambda each: int(each["cached_at"]), default=None)
    if entry is None or int(entry["expires_on"]) - now <= LEAST_LIFE_S:
        return None
    return CachedToken(int(entry.get("refresh_on", entry["expires_on"])) < now, entry["secret"])


def refresh(registration: Registration, cache: bytes, scopes: Sequence[str]) -> Renewal:
    """A new access token, with the cache that now holds the rotated refresh token: store it before use.

    Raises MicrosoftRefused (`error` is "no_account" when the cache holds no grant), MicrosoftUnavailable.
    After a refusal the cache is as it was: MSAL keeps a refused refresh token, and `force_refresh` leaves the
    access tokens alone.
    """
    stored = _loaded(cache)
    told = (registration.secret, *(entry["secret"] for entry in stored.search(_TYPE.REFRESH_TOKEN)))
    with _our_errors(told):
        application = _application(registration, stored)
        account = next(iter(application.get_accounts()), None)
        result = application.acquire_token_silent_with_error(list(scopes), account, force_refresh=True)
        if result is None:
            raise MicrosoftRefused("no_account", "The stored token cache holds no refresh token.")
        _raise_error(result, told)
        return Renewal(_permissions(result, scopes), result["access_token"], stored.serialize().encode())


def app_token(registration: Registration, scope: str) -> IssuedToken:
    """A new access token of the app itself, without a person; `scope` is a resource's `.default`.

    Raises MicrosoftRefused, MicrosoftUnavailable.
    """
    told = (registration.secret,)
    with _our_errors(told):
        result = _application(registration).acquire_token_for_client([scope])
        _raise_error(result, told)
        return IssuedToken(int(result["expires_in"]), result["access_token"])


def password_token(
    registration: Registration, user_name: str, password: str, scopes: Sequence[str]
) -> IssuedToken:
    """A new access token of a person, by user name and password; no refresh token is asked for.

    https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc
    Raises FederatedAccount, MicrosoftRefused, MicrosoftUnavailable.
    """
    told = (registration.secret, password)
    with _our_errors(told):
        http = _RealmHttp(_http(registration.cloud.ca_bundle), registration.cloud.authority, user_name)
        application = _application(registration, http=http, exclude_scopes=["offline_access"])
        result = application.acquire_token_by_username_password(user_name, password, list(scopes))
        _raise_error(result, told)
        return IssuedToken(int(result["expires_in"]), result["access_token"])


def _permissions(result: Mapping[str, object], asked: Sequence[str]) -> tuple[str, ...]:
    """What Microsoft says it granted; it may leave that out when it is what was asked (RFC 6749 section 5.1)."""
    return tuple(scope for scope in str(result.get("scope", "")).split() if is_permission(scope)) or tuple(
        asked
    )


def _loaded(cache: bytes) -> msal.SerializableTokenCache:
    stored = msal.SerializableTokenCache()
    stored.deserialize(cache.decode())
    return stored


def _application(
    registration: Registration,
    cache: msal.SerializableTokenCache | None = None,
    *,
    http: "_RealmHttp | None" = None,
    exclude_scopes: Sequence[str] = (),
) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        registration.client_id,
        client_credential=_client_credential(registration),
        authority=registration.authority,
        instance_discovery=False,  # would ask login.microsoftonline.com whichever cloud it is
        azure_region=False,  # otherwise MSAL_FORCE_REGION of the environment counts
        token_cache=cache,
        http_client=http or _http(registration.cloud.ca_bundle),
        http_cache=_http_cache,
        exclude_scopes=list(exclude_scopes),
    )


def _client_credential(registration: Registration) -> str | dict[str, str]:
    """For a key with a certificate and no thumbprint, MSAL signs by PS256 and names the SHA-256 thumbprint; with a
    thumbprint given it would be SHA-1 (learn.microsoft.com/entra/identity-platform/certificate-credentials)."""
    if not registration.certificate:
        return registration.secret
    return {"private_key": registration.secret, "public_certificate": registration.certificate}


def _issuer(application: msal.ConfidentialClientApplication, registration: Registration) -> str:
    """From the discovery document MSAL has just read; it answers from the http cache."""
    answer = application.http_client.get(f"{registration.authority}/v2.0/.well-known/openid-configuration")
    return json.loads(answer.text)["issuer"]


class _Http:
    """MSAL's way to the network: no redirects, no cookies, no answer that MSAL would misread.

    What is not a plain OAuth answer is raised as a requests exception: for a 503, MSAL 1.39 would raise even
    where a cached token is still good, and of an answer that is not JSON it logs the body.
    """

    def __init__(self, ca_bundle: str) -> None:
        self._session = http_session(Path(ca_bundle) if ca_bundle else None)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get(self, url: str, **options: object) -> requests.Response:
        response = self._ask("GET", url, options)
        if response.status_code != requests.codes.ok:
            raise requests.HTTPError("No discovery document", response=response)
        return response

    def post(self, url: str, **options: object) -> requests.Response:
        return self._ask("POST", url, options)

    def close(self) -> None:
        self._session.close()

    def _ask(self, method: str, url: str, options: Mapping) -> requests.Response:
        limits = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        response = self._session.request(method, url, timeout=limits, allow_redirects=False, **options)
        is_final = response.status_code < 300 or response.status_code in (400, 401, 403, 404)
        if not is_final or not isinstance(response.json(), dict):
            raise requests.HTTPError("Not an OAuth answer", response=response)
        return response


class _RealmHttp:
    """The same for a sign-in by password, before which MSAL asks whose the account is.

    MSAL forgets the authority's port for that question, and would take the password of a federated account to
    whatever address the answer names; here the question goes to the authority, and that account is refused.
    """

    def __init__(self, http: _Http, authority: str, user_name: str) -> None:
        self._http = http
        self._address = f"{authority.rstrip('/')}{_REALM_PATH}{quote(user_name, safe='@')}?api-version=1.0"
        self.post, self.close = http.post, http.close

    def get(self, url: str, **options: object) -> requests.Response:
        if _REALM_PATH not in url:
            return self._http.get(url, **options)
        answer = self._http.get(self._address, **options)
        realm = answer.json()
        if str(realm.get("account_type", "")).casefold() == "federated":
            whose = redact(str(realm.get("domain_name", "")))[:253]
            raise FederatedAccount("federated", f"The account is federated: {whose}")
        return answer


_http_cache = _DiscoveryMemory()


@lru_cache(maxsize=16)
def _http(ca_bundle: str) -> _Http:
    """One session a set of trusted authorities, so that connections to a cloud are kept open."""
    return _Http(ca_bundle)


@contextmanager
def _our_errors(told: Sequence[str] = ()) -> Iterator[None]:
    """Turn what MSAL and requests raise into ours, without their texts where those may hold secrets.

    `told`: the secrets that Microsoft was just told; its answer must not bring them back.
    """
    try:
        yield
    except requests.JSONDecodeError:
        raise MicrosoftUnavailable("The answer is not JSON.") from None
    except OSError as error:  # every exception of requests is one
        raise _from_network(error, told) from None
    except RuntimeError:  # MSAL's word for a nonce that does not fit; the text quotes it
        raise NonceMismatch("nonce", "The ID token was made for another sign-in.") from None
    except (ValueError, KeyError, MsalError) as error:
        raise MicrosoftUnavailable(f"The answer cannot be read ({type(error).__name__}).") from None


def _shown(text: str, told: Sequence[str]) -> str:
    return redact(hide(text, *told))[:RAW_LIMIT]


def _from_network(error: OSError, told: Sequence[str]) -> MicrosoftRefused | MicrosoftUnavailable:
    response = getattr(error, "response", None)
    if response is None:  # an error response counts as false
        return MicrosoftUnavailable(_shown(f"{type(error).__name__}: {error}", told))
    status, text = response.status_code, _shown(response.text, told)
    if status in (400, 401, 403, 404):
        return MicrosoftRefused(_error_of(response), text, http_status=status)
    wait_s = retry_after.seconds(response.headers.get("Retry-After"), clock.now())
    return MicrosoftUnavailable(f"HTTP {status}: {text}", http_status=status, retry_after_s=wait_s)


def _error_of(response: requests.Response) -> str:
    try:
        return str(response.json().get("error", ""))
    except (ValueError, AttributeError):
        return ""


def _raise_error(result: Mapping[str, object], told: Sequence[str]) -> None:
    error = str(result.get("error", ""))
    if not error:
        return
    suberror = f" ({result['suberror']})" if result.get("suberror") else ""
    raw = _shown(f"{error}{suberror}: {result.get('error_description', '')}", told)
    if error in _PASSING:
        raise MicrosoftUnavailable(raw)
    raise MicrosoftRefused(error, raw)
