"""Whose an account is: asked by MSAL before a sign-in by user name and password.

Undocumented; the answer is as MSAL's sources read it (msal/authority.py, user_realm_discovery).
"""

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.world import World

PERSONAL_DOMAINS = ("outlook.example", "hotmail.example")  # stand for outlook.com and hotmail.com


async def user_realm(request: web.Request) -> web.Response:
    """GET /common/userrealm/{user}: Managed, Federated or Unknown."""
    context = request.app[CONTEXT]
    context.requests["userrealm"] += 1
    found = _realm(context.world, request.match_info["user"].casefold())
    return web.json_response({"ver": "1.0", "cloud_instance_name": "microsoftonline.com", **found})


def _realm(world: World, user: str) -> dict[str, str]:
    domain = user.partition("@")[2]
    if domain in PERSONAL_DOMAINS:
        return _federated("live.com", domain)
    person = world.person(user)
    if person and person.federated:
        return _federated(domain, f"sts.{domain}")
    if world.directory(domain):
        return {
            "account_type": "Managed",
            "domain_name": domain,
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        }
    return {"account_type": "Unknown"}


def _federated(domain: str, server: str) -> dict[str, str]:
    return {
        "account_type": "Federated",
        "domain_name": domain,
        "federation_protocol": "WSTrust",
        "federation_metadata_url": f"https://{server}/adfs/services/trust/mex",
        "federation_active_auth_url": f"https://{server}/adfs/services/trust/2005/usernamemixed",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }
