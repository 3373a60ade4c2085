"""The token endpoint: authorization_code, refresh_token, client_credentials, password.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (PKCE: RFC 7636)
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.context import CONTEXT, Context
from sandbox.entra import issue, parties, scopes
from sandbox.entra.errors import NO_STORE, EntraError
from sandbox.misbehave import drop, linger
from sandbox.world import AppRegistration, Directory, Person


@dataclass(frozen=True)
class Call:
    """One token request whose client has proved itself. `directory` None: common or organizations."""

    request: web.Request
    context: Context
    directory: Directory | None
    app: AppRegistration
    form: Mapping[str, str]

    @property
    def wants_client_info(self) -> bool:
        return self.form.get("client_info") == "1"

    def required(self, field: str) -> str:
        value = self.form.get(field, "")
        if not value:
            raise EntraError(900144, field=field)
        return value


async def token(request: web.Request) -> web.Response:
    """POST /{tenant}/oauth2/v2.0/token."""
    form = {key: str(value) for key, value in (await request.post()).items()}
    grant_type = form.get("grant_type", "")
    request.app[CONTEXT].requests[f"token.{grant_type or 'none'}"] += 1
    try:
        answer = await _answer(request, form, grant_type)
    except EntraError as error:
        return error.response(request)
    return web.json_response(answer, headers=NO_STORE)


async def _answer(request: web.Request, form: Mapping[str, str], grant_type: str) -> dict:
    if not grant_type:
        raise EntraError(900144, field="grant_type")
    grant = _GRANTS.get(grant_type)
    if grant is None:
        raise EntraError(70003, grant_type=grant_type)
    context, directory = request.app[CONTEXT], parties.directory_of(request)
    authorization = request.headers.get("Authorization", "")
    app = parties.app_of(context, parties.client_id_of(form, authorization), directory)
    parties.authenticate(request, app, form, authorization)
    return await grant(Call(request, context, directory, app, form))


async def _authorization_code(call: Call) -> dict:
    code = call.context.grants.take_code(call.required("code"))
    if code is None or code.client_id != call.app.client_id:
        raise EntraError(70000)
    if code.redeemed:
        raise EntraError(54005)
    if code.expired:
        raise EntraError(70008)
    if code.redirect_uri != call.form.get("redirect_uri"):
        raise EntraError(500112)
    _check_verifier(code.challenge, call.form.get("code_verifier", ""))
    person = _person(call, code.person)
    asked = _asked(call, person, call.form.get("scope") or code.scope)
    await _commit_fault(call, person.address)
    return issue.for_person(
        call.context, call.app, person, asked, nonce=code.nonce, info=call.wants_client_info
    )


async def _refresh_token(call: Call) -> dict:
    text = call.required("refresh_token")
    held = call.context.grants.refresh_token(text)
    if held is None or held.client_id != call.app.client_id:
        raise EntraError(70000)
    person = _person(call, held.person)
    await _commit_fault(call, person.address)
    if call.context.grants.revoked(held.person, held.issued_at):
        raise EntraError(50173)
    if held.idle_too_long:
        raise EntraError(700082)
    if person.refresh_error:
        raise EntraError(person.refresh_error)
    asked = _asked(call, person, call.form.get("scope") or "openid profile offline_access")
    return issue.for_person(call.context, call.app, person, asked, info=call.wants_client_info)


async def _client_credentials(call: Call) -> dict:
    if call.directory is None:
        raise EntraError(9001023)
    resource = scopes.read_default(call.context, call.required("scope"))
    approved = call.context.grants.consented((call.directory.id,), call.app.client_id, "roles")
    if call.directory.id != call.app.directory and not approved:
        raise EntraError(7000229, client_id=call.app.client_id, tenant=call.directory.name)
    await _commit_fault(call, None)
    return issue.for_app(call.context, call.app, call.directory.id, resource)


async def _password(call: Call) -> dict:
    """ROPC, kept because products out there still use it: no MFA, no /common.
    https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc"""
    if call.directory is None:
        raise EntraError(9001023)
    address, password = call.required("username"), call.required("password")
    person = call.context.world.person(address)
    if person is None or person.directory != call.directory.id:
        raise EntraError(50034, user=address, tenant=call.directory.name)
    _check_password(call, person, password)
    person = _person(call, person.id)
    if person.password_expired:
        raise EntraError(50055)
    if person.mfa:
        raise EntraError(50076)
    asked = _asked(call, person, call.required("scope"))
    await _commit_fault(call, person.address)
    return issue.for_person(call.context, call.app, person, asked, info=call.wants_client_info)


def _check_password(call: Call, person: Person, password: str) -> None:
    """Raises AADSTS50056 (none), 50053 (locked), 50126 (wrong)."""
    lockout = call.context.lockout
    if not person.password:
        raise EntraError(50056)
    if lockout.is_locked(person.address):
        raise EntraError(50053)
    is_right = hmac.compare_digest(person.password.encode(), password.encode())
    if person.federated or not is_right:
        lockout.wrong(person.address, password)
        raise EntraError(50126)
    lockout.right(person.address)


_GRANTS = {
    "authorization_code": _authorization_code,
    "refresh_token": _refresh_token,
    "client_credentials": _client_credentials,
    "password": _password,
}


def _person(call: Call, person_id: str) -> Person:
    person = call.context.world.person(person_id)
    if person is None:
        raise EntraError(70000)
    if call.directory and person.directory != call.directory.id:
        raise EntraError(50020, user=person.address, tenant=call.directory.name, client_id=call.app.client_id)
    if person.blocked:
        raise EntraError(50057)
    return person


def _asked(call: Call, person: Person, text: str) -> scopes.ScopeRequest:
    asked = scopes.read(call.context, call.app, text)
    resource = asked.one_resource()
    missing = asked.wanted.get(resource, frozenset()) - issue.consented(
        call.context, call.app, person, resource
    )
    if missing:
        raise EntraError(65001, client_id=call.app.client_id)
    return asked


def _check_verifier(challenge: str, verifier: str) -> None:
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if challenge and challenge != made:
        raise EntraError(501481)
    if verifier and not challenge:
        raise EntraError(501481)


async def _commit_fault(call: Call, mailbox: str | None) -> None:
    fault = call.context.faults.take("token", mailbox)
    await linger(fault)
    if fault is None:
        return
    if fault.drops:
        await drop(call.request, fault)
    if fault.error:
        raise EntraError(int(fault.error.removeprefix("AADSTS")), client_id=call.app.client_id)
    if fault.status:
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        raise _status(fault.status, headers)


def _status(status: int, headers: dict[str, str]) -> web.HTTPException:
    """An answer that is not Entra's JSON at all, as from a gateway in front of it."""
    kind = type("_Status", (web.HTTPException,), {"status_code": status})
    return kind(text="Service unavailable", headers=headers)
