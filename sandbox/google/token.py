"""Google's token endpoint, its revocation, keys, and what userinfo says.

https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
"""

import base64
import hashlib
from collections.abc import Mapping

from aiohttp import web

from sandbox.context import CONTEXT, Context
from sandbox.faults import Fault
from sandbox.google import parties
from sandbox.google.authorize import OFFLINE
from sandbox.google.errors import NO_STORE, REVOKED, TokenError, unauthenticated
from sandbox.misbehave import drop, linger
from sandbox.world import GoogleApp, Person

TESTING_LIFETIME_S = 7 * 24 * 3600


async def token(request: web.Request) -> web.Response:
    """POST /google/token."""
    form = {key: str(value) for key, value in (await request.post()).items()}
    context, grant_type = request.app[CONTEXT], form.get("grant_type", "")
    context.requests[f"google.token.{grant_type or 'none'}"] += 1
    try:
        app = parties.authenticate(context, form, request.headers.get("Authorization", ""))
        if grant_type not in _GRANTS:
            raise TokenError("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        person, scopes, nonce, brings_refresh = _GRANTS[grant_type](context, app, form)
        await _spoil(request, context.faults.take("google.token", person.address))
    except TokenError as error:
        return error.response()
    return web.json_response(_answer(context, app, person, scopes, nonce, brings_refresh), headers=NO_STORE)


Granted = tuple[Person, list[str], str, bool]


def _authorization_code(context: Context, app: GoogleApp, form: Mapping[str, str]) -> Granted:
    code = context.grants.take_code(form.get("code", ""))
    if code is None or code.client_id != app.client_id:
        raise TokenError("invalid_grant", "Malformed auth code.")
    if code.redeemed or code.expired:
        raise TokenError("invalid_grant", "Bad Request")
    if code.redirect_uri != form.get("redirect_uri"):
        raise TokenError("redirect_uri_mismatch", "Bad Request")
    verifier = form.get("code_verifier", "")
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if code.challenge and not verifier:
        raise TokenError("invalid_grant", "Missing code verifier.")
    if code.challenge != (made if verifier else ""):
        raise TokenError("invalid_grant", "Invalid code verifier.")
    words = code.scope.split()
    scopes = [word for word in words if word != OFFLINE]
    return context.world.person(code.person), scopes, code.nonce, OFFLINE in words


def _refresh_token(context: Context, app: GoogleApp, form: Mapping[str, str]) -> Granted:
    """Google answers alike whether the token ran out, was withdrawn, or never was."""
    held = context.grants.refresh_token(form.get("refresh_token", ""))
    if held is None:
        raise REVOKED
    if held.client_id != app.client_id:
        raise TokenError("unauthorized_client", "Unauthorized", status=401)
    person = context.world.person(held.person)
    if person is None or person.blocked:
        raise TokenError("invalid_grant", "Account has been deleted")
    is_over = app.publishing == "testing" and held.age_s > TESTING_LIFETIME_S
    scopes = sorted(context.grants.consented((held.person,), app.client_id, parties.GRANTED))
    if is_over or held.idle_too_long or not scopes or context.grants.revoked(held.person, held.issued_at):
        raise REVOKED
    if person.refresh_error:
        raise TokenError("invalid_grant", "reauth related error (invalid_rapt)", subtype="invalid_rapt")
    return person, scopes, "", False


_GRANTS = {"authorization_code": _authorization_code, "refresh_token": _refresh_token}


def _answer(
    context: Context, app: GoogleApp, person: Person, scopes: list[str], nonce: str, brings_refresh: bool
) -> dict:
    lifetime = context.faults.take("token.lifetime", person.address)
    lives_s = lifetime.seconds if lifetime and lifetime.seconds else parties.LIFETIME_S
    answer = {
        "access_token": parties.access_token(context, app, person, scopes, lives_s),
        "expires_in": int(lives_s),
        "scope": " ".join(scopes),
        "token_type": "Bearer",
        "id_token": context.mint.sign(_claims(context, app, person, nonce), parties.LIFETIME_S),
    }
    if brings_refresh:
        answer["refresh_token"] = context.grants.issue_refresh_token(person.id, app.client_id, "1//0")
        if app.publishing == "testing":
            answer["refresh_token_expires_in"] = TESTING_LIFETIME_S - 1
    return answer


def _claims(context: Context, app: GoogleApp, person: Person, nonce: str) -> dict:
    domain = person.address.partition("@")[2]
    return {
        "iss": f"{context.authority_url}/google",
        "azp": app.client_id,
        "aud": app.client_id,
        "sub": parties.subject(person),
        "email": person.address,
        "email_verified": person.email_verified,
        **({"hd": domain} if context.world.workspace(domain) else {}),
        **({"nonce": nonce} if nonce else {}),
    }


async def _spoil(request: web.Request, fault: Fault | None) -> None:
    await linger(fault)
    if fault is None or not fault.acts:
        return
    if fault.drops:
        await drop(request, fault)
    if fault.code:
        raise TokenError(fault.code, fault.message or "Bad Request", status=fault.status or 400)
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    kind = type("_Status", (web.HTTPException,), {"status_code": fault.status or 503})
    raise kind(text="Service unavailable", headers=headers)


async def revoke(request: web.Request) -> web.Response:
    """POST /google/revoke: a refresh or an access token ends the whole grant."""
    context = request.app[CONTEXT]
    context.requests["google.revoke"] += 1
    given = str((await request.post()).get("token") or request.query.get("token", ""))
    held = context.grants.refresh_token(given)
    if held is None:
        return TokenError("invalid_token", "Token expired or revoked").response()
    context.grants.forget_client(held.person, held.client_id)
    return web.json_response({}, headers=NO_STORE)


async def keys(request: web.Request) -> web.Response:
    return web.json_response(request.app[CONTEXT].mint.jwks())


async def userinfo(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    found = parties.bearer(context, request.headers.get("Authorization", "").partition(" ")[2])
    if found is None:
        return unauthenticated().response()
    person = found[0]
    claims = {"email": person.address, "email_verified": person.email_verified}
    return web.json_response({"sub": parties.subject(person), **claims})
