"""The admin consent endpoint: an administrator allows an app for the whole directory.

https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra import parties, scopes, sign_in_pages
from sandbox.entra.ask import redirect
from sandbox.entra.errors import EntraError, correlation_id
from sandbox.pages.html import Html, el
from sandbox.pages.layout import page
from sandbox.world import AppRegistration, Directory, Person


@dataclass(frozen=True)
class Request:
    """One request whose app and redirect address are known to be right."""

    request: web.Request
    directory: Directory
    app: AppRegistration
    asked: scopes.ScopeRequest

    @property
    def roles(self) -> list[str]:
        """Application permissions come with .default only, and of the resource it was asked for."""
        if not any(word.endswith(scopes.DEFAULT) for word in self.asked.words):
            return []
        registered = {scopes.GRAPH: self.app.graph_roles, scopes.OUTLOOK: self.app.outlook_roles}
        return [role for resource in self.asked.wanted for role in registered[resource]]

    @property
    def permissions(self) -> list[str]:
        return sorted({*(name for each in self.asked.wanted.values() for name in each), *self.roles})


async def admin_consent(request: web.Request) -> web.Response:
    """GET asks who signs in, and shows the permissions; POST answers the application."""
    try:
        wanted = _read(request)
        form = {key: str(value) for key, value in (await request.post()).items()}
        return _answer(wanted, form) if form else _ask(wanted)
    except EntraError as error:
        return sign_in_pages.trouble(request, error)


def _read(request: web.Request) -> Request:
    context, query = request.app[CONTEXT], request.query
    directory = parties.directory_of(request)
    if directory is None:
        raise EntraError(90002, tenant=request.match_info["tenant"])
    app = parties.app_of(context, query.get("client_id", ""), directory)
    parties.check_redirect_uri(context, app, query.get("redirect_uri", ""))
    text = query.get("scope", scopes.DEFAULT)
    defaults = [word for word in text.split() if word.endswith(scopes.DEFAULT)]
    if defaults and set(text.split()) - {*defaults, *scopes.RESERVED}:
        raise EntraError(70011, scope=text)  # .default is not combined with permissions by name
    return Request(request, directory, app, scopes.read(context, app, text, unknown=650053))


def _ask(wanted: Request) -> web.Response:
    people = [each for each in wanted.request.app[CONTEXT].world.people if each.directory and not each.shared]
    admins = [each for each in people if _may_accept(wanted, each)]
    others = [each for each in people if each not in admins]
    accept = [_button(f"Accept as {each.name}", each.address, "primary") for each in admins]
    return page(
        "Permissions requested for your organisation",
        el(
            "p",
            el("strong", wanted.app.name),
            f" asks for these permissions for everybody in {wanted.directory.name}:",
        ),
        sign_in_pages.permissions(wanted.permissions),
        el("form", el("div", accept, _button("Cancel", ""), class_="actions"), method="post"),
        el(
            "details",
            el("summary", "Sign in as somebody who may not accept"),
            el(
                "form",
                el("div", [_button(each.address, each.address) for each in others], class_="actions"),
                method="post",
            ),
        ),
        narrow=True,
    )


def _button(label: str, person: str, class_: str | None = None) -> Html:
    return el("button", label, name="person", value=person, class_=class_)


def _may_accept(wanted: Request, person: Person) -> bool:
    return person.directory_admin and person.directory == wanted.directory.id


def _answer(wanted: Request, form: Mapping[str, str]) -> web.Response:
    """Back to the application; who may not accept stays at a page. Raises AADSTS50034, 50020, 90093."""
    context, query = wanted.request.app[CONTEXT], wanted.request.query
    answer = {"admin_consent": "True", "tenant": wanted.directory.id}
    answer |= {"state": query["state"]} if "state" in query else {}
    if not form.get("person"):
        text = EntraError(65004).description(correlation_id(wanted.request))
        return redirect(
            query["redirect_uri"], {"error": "consent_required", "error_description": text, **answer}
        )
    person = context.world.person(form["person"])
    if person is None or not person.directory or person.shared:
        raise EntraError(50034, user=form["person"], tenant=wanted.directory.name)
    if person.directory != wanted.directory.id:
        names = {"user": person.address, "tenant": wanted.directory.name, "client_id": wanted.app.client_id}
        raise EntraError(50020, **names)
    if not person.directory_admin:
        raise EntraError(90093)
    for resource, names in wanted.asked.wanted.items():
        context.grants.consent(wanted.directory.id, wanted.app.client_id, resource, set(names))
    context.grants.consent(wanted.directory.id, wanted.app.client_id, scopes.ROLES, set(wanted.roles))
    return redirect(query["redirect_uri"], answer | {"scope": wanted.asked.text})
