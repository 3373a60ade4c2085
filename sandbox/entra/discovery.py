"""OpenID configuration, keys and sign-out.

https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra.errors import EntraError
from sandbox.entra.parties import directory_of


async def configuration(request: web.Request) -> web.Response:
    """GET /{tenant}/v2.0/.well-known/openid-configuration: a domain is answered with the directory's id."""
    context = request.app[CONTEXT]
    try:
        directory = directory_of(request)
    except EntraError as error:
        return error.response(request)
    tenant = directory.id if directory else request.match_info["tenant"].casefold()
    base = f"{context.authority_url}/{tenant}"
    return web.json_response(
        {
            "issuer": f"{context.authority_url}/{directory.id if directory else '{tenantid}'}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "client_secret_basic",
                "private_key_jwt",
            ],
        }
    )


async def keys(request: web.Request) -> web.Response:
    """GET /{tenant}/discovery/v2.0/keys."""
    return web.json_response(request.app[CONTEXT].mint.jwks())
