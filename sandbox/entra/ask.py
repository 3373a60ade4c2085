"""One authorize request, read and checked; and the way back to the client that sent it.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra import parties, scopes
from sandbox.entra.errors import EntraError, correlation_id
from sandbox.pages.html import el
from sandbox.pages.layout import HEADERS, page
from sandbox.world import AppRegistration, Directory

_MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True)
class Ask:
    """An authorize request whose client and redirect address are known to be right."""

    request: web.Request
    directory: Directory | None
    app: AppRegistration
    query: Mapping[str, str]

    @property
    def redirect_uri(self) -> str:
        return self.query["redirect_uri"]

    @property
    def prompt(self) -> str:
        return self.query.get("prompt", "")

    @property
    def login_hint(self) -> str:
        return self.query.get("login_hint", "").casefold()

    def scope(self) -> scopes.ScopeRequest:
        """Raises what `scopes.read` raises, AADSTS650053 for a permission that does not exist."""
        return scopes.read(self.request.app[CONTEXT], self.app, self.query.get("scope", ""), unknown=650053)

    def check(self) -> None:
        """What Entra reports to the redirect address. Raises AADSTS700054 or AADSTS501491."""
        response_type = self.query.get("response_type", "")
        if response_type != "code":
            raise EntraError(700054, response_type=response_type)
        if self.query.get("code_challenge") and self.query.get("code_challenge_method") != "S256":
            raise EntraError(501491)

    def back_with_code(self, code: str) -> web.Response:
        return self._back({"code": code})

    def back_with_error(self, error: EntraError, name: str = "", subcode: str = "") -> web.Response:
        """`name` where the authorize endpoint says another `error` than the token endpoint."""
        answer = {"error": name or error.kind.error}
        if subcode:
            answer["error_subcode"] = subcode
        return self._back({**answer, "error_description": error.description(correlation_id(self.request))})

    def _back(self, answer: dict[str, str]) -> web.Response:
        if "state" in self.query:
            answer["state"] = self.query["state"]
        mode = self.query.get("response_mode", "query")
        if mode == "form_post":
            return _form_post(self.redirect_uri, answer)
        return redirect(self.redirect_uri, answer, "#" if mode == "fragment" else "?")


def read(request: web.Request) -> Ask:
    """Raises EntraError for what cannot be told to the client, because it is not sure who that is."""
    query = request.query
    directory = parties.directory_of(request)
    app = parties.app_of(request.app[CONTEXT], query.get("client_id", ""), directory)
    parties.check_redirect_uri(request.app[CONTEXT], app, query.get("redirect_uri", ""))
    if not query.get("response_type"):
        raise EntraError(900144, field="response_type")
    if query.get("response_mode", "query") not in _MODES:
        raise EntraError(70011, scope="response_mode")
    return Ask(request, directory, app, query)


def redirect(uri: str, answer: dict[str, str], mark: str = "?") -> web.Response:
    mark = "&" if mark == "?" and "?" in uri else mark
    location = f"{uri}{mark}{urlencode(answer)}"
    return web.Response(status=302, headers={**HEADERS, "Location": location})


def _form_post(uri: str, answer: dict[str, str]) -> web.Response:
    """Entra's page submits itself by a script; this one has a button, as pages here work without scripts."""
    fields = [el("input", type="hidden", name=name, value=value) for name, value in answer.items()]
    button = el("button", "Continue", class_="primary")
    return page("Back to the application", el("form", fields, button, method="post", action=uri), narrow=True)
