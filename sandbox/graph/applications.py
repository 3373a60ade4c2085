"""GET /applications(appId='…'): an app registration with its secrets' ends, never their values.

https://learn.microsoft.com/graph/api/application-get
"""

from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.graph import access
from sandbox.graph.errors import GraphError
from sandbox.world import AppRegistration, Secret

_READ = frozenset(("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"))
_LIFETIME = timedelta(days=730)


async def application(request: web.Request) -> web.Response:
    """With $select only the named properties. Apps of other directories are not there."""
    caller = access.caller(request)
    request.app[CONTEXT].requests["graph.application"] += 1
    if not caller.rights & _READ:
        raise GraphError(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )
    wanted = request.match_info["client_id"]
    app = request.app[CONTEXT].world.app(wanted)
    if app is None or app.directory != caller.directory_id:
        what = "does not exist or one of its queried reference-property objects are not present."
        message = f"Resource '{wanted}' {what}"
        raise GraphError(404, "Request_ResourceNotFound", message)
    properties = _properties(app)
    names = [each.strip() for each in request.query.get("$select", "").split(",") if each.strip()]
    for name in names:
        if name not in properties:
            text = f"Could not find a property named '{name}' on type 'microsoft.graph.application'."
            raise GraphError(400, "BadRequest", text)
    only = f"({','.join(names)})" if names else ""
    context = f"{request.app[CONTEXT].graph_url}/v1.0/$metadata#applications{only}/$entity"
    return web.json_response(
        {"@odata.context": context, **({name: properties[name] for name in names} or properties)}
    )


def _properties(app: AppRegistration) -> dict[str, object]:
    return {
        "appId": app.client_id,
        "displayName": app.name,
        "passwordCredentials": [_secret(secret) for secret in app.secrets],
        "keyCredentials": [],
    }


def _secret(secret: Secret) -> dict[str, object]:
    ends_at = datetime.combine(secret.expires_on, time(23, 59, 59), UTC)
    return {
        "customKeyIdentifier": None,
        "displayName": None,
        "endDateTime": ends_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hint": secret.value[:3],
        "keyId": secret.id,
        "secretText": None,
        "startDateTime": (ends_at - _LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
