"""Who takes part in a request: the directory in the path, the app registration, its secret, its redirect address.

https://learn.microsoft.com/entra/identity-platform/reply-url
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from aiohttp import web

from sandbox.context import CONTEXT, Context
from sandbox.entra import assertion
from sandbox.entra.errors import EntraError
from sandbox.world import AppRegistration, Directory

SHARED_TENANTS = ("common", "organizations")
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+(\.[a-z0-9-]+)+")


def directory_of(request: web.Request) -> Directory | None:
    """The directory in the path; None for common and organizations. Raises AADSTS90002 or AADSTS900023."""
    tenant = request.match_info["tenant"].casefold()
    if tenant in SHARED_TENANTS:
        return None
    directory = request.app[CONTEXT].world.directory(tenant)
    if directory is None:
        raise EntraError(90002 if _TENANT.fullmatch(tenant) else 900023, tenant=tenant)
    return directory


def app_of(context: Context, client_id: str, directory: Directory | None) -> AppRegistration:
    """The registration, if the directory knows it. Raises AADSTS900144, AADSTS700016 or AADSTS50194."""
    if not client_id:
        raise EntraError(900144, field="client_id")
    app = context.world.app(client_id)
    if app is None or (directory and directory.id != app.directory and not app.multi_tenant):
        raise EntraError(700016, client_id=client_id, tenant=directory.name if directory else "common")
    if directory is None and not app.multi_tenant:
        raise EntraError(50194, client_id=client_id)
    return app


def authenticate(
    request: web.Request, app: AppRegistration, form: Mapping[str, str], authorization: str
) -> None:
    """Check the client's assertion, or its secret from the body or HTTP Basic.

    Raises AADSTS7000215, 7000218, 7000222, or what `assertion.check` raises.
    """
    if signed := form.get("client_assertion"):
        context = request.app[CONTEXT]
        here = context.authority_url + request.path
        assertion.check(signed, app.client_id, here, context.grants.certificates(app.client_id))
        return
    given = form.get("client_secret") or basic(authorization)[1]
    if not given:
        raise EntraError(7000218)
    for secret in app.secrets:
        if hmac.compare_digest(secret.value.encode(), given.encode()):
            if secret.expired:
                raise EntraError(7000222, client_id=app.client_id)
            return
    raise EntraError(7000215, client_id=app.client_id)


def client_id_of(form: Mapping[str, str], authorization: str) -> str:
    return form.get("client_id") or basic(authorization)[0]


def basic(authorization: str) -> tuple[str, str]:
    """Name and secret of HTTP Basic (RFC 6749 section 2.3.1); two empty texts when it is none."""
    scheme, _, blob = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(blob, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(user), unquote(password)


def check_redirect_uri(context: Context, app: AppRegistration, uri: str) -> None:
    """Exact, path case-sensitive; only the port of http://localhost does not count. Raises AADSTS50011."""
    registered = context.redirect_uris(app.client_id)
    if uri not in registered and _portless(uri) not in [_portless(each) for each in registered]:
        raise EntraError(50011, redirect_uri=uri, client_id=app.client_id)


def _portless(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    if parts.scheme == "http" and parts.hostname == "localhost":
        return parts._replace(netloc="localhost").geturl()
    return uri
