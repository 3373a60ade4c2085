"""Making the token endpoint's answer: access token, ID token, refresh token.

Claims: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference, access-token-claims-reference
"""

import base64
import hashlib
import json

from sandbox.context import Context
from sandbox.entra import scopes
from sandbox.world import AppRegistration, Person

DEFAULT_LIFETIME_S = 3899


def for_person(
    context: Context,
    app: AppRegistration,
    person: Person,
    asked: scopes.ScopeRequest,
    *,
    nonce: str = "",
    info: bool,
) -> dict:
    """Tokens for a person. `asked` must be for one resource and consented; its words come back as `scope`."""
    resource = asked.one_resource()
    lifetime_s = _lifetime_s(context, person.address)
    granted = consented(context, app, person, resource)
    claims = {
        **_common(context, app, resource, person.directory),
        "oid": person.id,
        "sub": _pairwise(person.id, app.client_id),
        "name": person.name,
        "upn": person.address,
        "scp": " ".join(sorted(granted)),
        "idtyp": "user",
    }
    answer = {
        "token_type": "Bearer",
        "scope": " ".join(word for word in asked.words if word != "offline_access"),
        "expires_in": int(lifetime_s),
        "ext_expires_in": int(lifetime_s),
        "access_token": context.mint.sign(claims, lifetime_s),
    }
    if asked.offline:
        answer["refresh_token"] = context.grants.issue_refresh_token(person.id, app.client_id)
    if asked.openid:
        answer["id_token"] = _id_token(context, app, person, nonce)
    if info:
        answer["client_info"] = _base64url({"uid": person.id, "utid": person.directory})
    return answer


def for_app(context: Context, app: AppRegistration, directory_id: str, resource: str) -> dict:
    """An app-only token with the app's application permissions as roles."""
    lifetime_s = _lifetime_s(context, None)
    registered = app.graph_roles if resource == scopes.GRAPH else app.outlook_roles
    approved = context.grants.consented((directory_id,), app.client_id, scopes.ROLES)
    at_home = directory_id == app.directory and not app.roles_need_approval
    roles = [role for role in registered if at_home or role in approved]
    claims = {
        **_common(context, app, resource, directory_id),
        "oid": app.service_principal_id,
        "sub": app.service_principal_id,
        "idtyp": "app",
        "roles": roles,
    }
    return {
        "token_type": "Bearer",
        "expires_in": int(lifetime_s),
        "ext_expires_in": int(lifetime_s),
        "access_token": context.mint.sign(claims, lifetime_s),
    }


def consented(context: Context, app: AppRegistration, person: Person, resource: str) -> set[str]:
    """What the person, or an admin for everybody, has allowed this app at this resource."""
    return context.grants.consented((person.id, person.directory), app.client_id, resource)


def _common(context: Context, app: AppRegistration, resource: str, directory_id: str) -> dict:
    return {
        "aud": scopes.audience(context, resource),
        "iss": f"{context.authority_url}/{directory_id}/v2.0",
        "tid": directory_id,
        "appid": app.client_id,
        "azp": app.client_id,
        "app_displayname": app.name,
    }


def _id_token(context: Context, app: AppRegistration, person: Person, nonce: str) -> str:
    claims = {
        "aud": app.client_id,
        "iss": f"{context.authority_url}/{person.directory}/v2.0",
        "tid": person.directory,
        "oid": person.id,
        "sub": _pairwise(person.id, app.client_id),
        "preferred_username": person.address,
        "name": person.name,
    }
    if person.mailbox:
        claims["email"] = person.address
    if nonce:
        claims["nonce"] = nonce
    return context.mint.sign(claims, DEFAULT_LIFETIME_S)


def _lifetime_s(context: Context, mailbox: str | None) -> float:
    fault = context.faults.take("token.lifetime", mailbox)
    return fault.seconds if fault and fault.seconds else DEFAULT_LIFETIME_S


def _pairwise(person_id: str, client_id: str) -> str:
    """`sub` differs from app to app for the same person, as Entra's does."""
    digest = hashlib.sha256(f"{person_id} {client_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _base64url(data: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
