"""The admin consent endpoint: an administrator allows an app for the whole directory.

https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
"""

from collections.abc import Mapping

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra import parties, scopes, sign_in_pages
from sandbox.entra.ask import redirect
from sandbox.entra.errors import EntraError
from sandbox.pages.html import el
from sandbox.pages.layout import page
from sandbox.world import AppRegistration, Directory


async def admin_consent(request: web.Request) -> web.Response:
    """GET shows the permissions and the directory's admins; POST answers the application."""
    context, query = request.app[CONTEXT], request.query
    try:
        directory = parties.directory_of(request)
        if directory is None:
            raise EntraError(90002, tenant=request.match_info["tenant"])
        app = parties.app_of(context, query.get("client_id", ""), directory)
        parties.check_redirect_uri(context, app, query.get("redirect_uri", ""))
        asked = scopes.read(context, app, query.get("scope", scopes.DEFAULT), unknown=650053)
        form = await request.post()
        if not form:
            return _ask(request, app, directory, asked)
        return _answer(request, app, directory, asked, form)
    except EntraError as error:
        return sign_in_pages.trouble(request, error)


def _ask(
    request: web.Request, app: AppRegistration, directory: Directory, asked: scopes.ScopeRequest
) -> web.Response:
    admins = [each for each in request.app[CONTEXT].world.people_of(directory.id) if each.directory_admin]
    buttons = [
        el("button", f"Accept as {each.name}", name="person", value=each.address, class_="primary")
        for each in admins
    ]
    buttons.append(el("button", "Cancel", name="person", value=""))
    names = sorted({*(name for each in asked.wanted.values() for name in each), *_roles(app, asked)})
    return page(
        "Permissions requested for your organisation",
        el("p", el("strong", app.name), f" asks for these permissions for everybody in {directory.name}:"),
        sign_in_pages.permissions(names),
        el(
            "form",
            el("div", buttons, el("button", "Cancel", name="person", value=""), class_="actions"),
            method="post",
        ),
        narrow=True,
    )


def _answer(
    request: web.Request,
    app: AppRegistration,
    directory: Directory,
    asked: scopes.ScopeRequest,
    form: Mapping[str, str],
) -> web.Response:
    context, query = request.app[CONTEXT], request.query
    answer = {"state": query["state"]} if "state" in query else {}
    admin = context.world.person(str(form.get("person", "")))
    if not (admin and admin.directory_admin and admin.directory == directory.id):
        answer |= {"error": "access_denied", "error_description": EntraError(65004).description("")}
        return redirect(query["redirect_uri"], answer)
    for resource, names in asked.wanted.items():
        context.grants.consent(directory.id, app.client_id, resource, set(names))
    if _roles(app, asked):
        context.grants.consent(directory.id, app.client_id, "roles", set(_roles(app, asked)))
    answer |= {"admin_consent": "True", "tenant": directory.id, "scope": asked.text}
    return redirect(query["redirect_uri"], answer)


def _roles(app: AppRegistration, asked: scopes.ScopeRequest) -> list[str]:
    """Application permissions come with .default only."""
    is_default = any(word.endswith(scopes.DEFAULT) for word in asked.words)
    return [*app.graph_roles, *app.outlook_roles] if is_default else []
