"""The authorize endpoint of Google: who signs in, what he allows, and back with a code.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.context import CONTEXT, Context
from sandbox.entra.ask import redirect
from sandbox.google import pages, parties
from sandbox.world import GoogleApp, Person

_SESSION = "sandbox_google_session"
OFFLINE = "offline"  # stored with a code that brings a refresh token


@dataclass(frozen=True)
class Ask:
    """An authorize request whose app and redirect address are known to be right."""

    request: web.Request
    context: Context
    app: GoogleApp
    query: Mapping[str, str]
    scopes: list[str]

    @property
    def login_hint(self) -> str:
        return self.query.get("login_hint", "").casefold()

    @property
    def prompts(self) -> list[str]:
        return self.query.get("prompt", "").split()

    def back(self, answer: dict[str, str]) -> web.Response:
        if "state" in self.query:
            answer = {"state": self.query["state"], **answer}
        return redirect(self.query["redirect_uri"], answer)


async def authorize(request: web.Request) -> web.Response:
    """GET shows the way in; each form posts back to the same address, so the query goes along."""
    form = await request.post() if request.method == "POST" else {}
    try:
        ask = _read(request)
    except pages.Blocked as blocked:
        return pages.blocked(blocked)
    person = _who(ask, str(form.get("person", "")))
    if person is None:
        return pages.pick_account(ask)
    try:
        _admit(ask, person)
    except pages.Blocked as blocked:
        return pages.blocked(blocked)
    response = _permitted(ask, person, form)
    response.set_cookie(_SESSION, person.address, httponly=True, secure=True, samesite="Lax")
    return response


def _read(request: web.Request) -> Ask:
    """Raises Blocked for what Google never tells the app, but shows on a page of its own."""
    context, query = request.app[CONTEXT], request.query
    app = context.world.google_app(query.get("client_id", ""))
    if app is None:
        raise pages.Blocked(401, "invalid_client", "The OAuth client was not found.")
    if query.get("redirect_uri") not in context.google_redirect_uris(app):
        raise pages.Blocked(
            400,
            "redirect_uri_mismatch",
            "The redirect URI in the request does not match the ones authorized for the OAuth client.",
        )
    if query.get("response_type") != "code" or query.get("code_challenge_method", "S256") != "S256":
        raise pages.Blocked(400, "invalid_request", "Required parameter is missing or invalid.")
    try:
        scopes = parties.scopes_of(query.get("scope", ""))
    except KeyError as unknown:
        raise pages.Blocked(400, "invalid_scope", f"Some requested scopes were invalid: {unknown}") from None
    return Ask(request, context, app, query, scopes)


def _who(ask: Ask, picked: str) -> Person | None:
    person = ask.context.world.person(picked or ask.request.cookies.get(_SESSION, ""))
    if not parties.is_google_account(person):
        return None
    chooses = "select_account" in ask.prompts or (ask.login_hint and person.address != ask.login_hint)
    return person if picked or not chooses else None


def _admit(ask: Ask, person: Person) -> None:
    """The walls of which the app hears nothing: the person stays at Google."""
    app, domain = ask.app, person.address.partition("@")[2]
    if app.publishing == "internal" and domain != app.organisation:
        raise pages.Blocked(
            403, "org_internal", f"{app.name} is restricted to users within its organization."
        )
    if app.publishing == "testing" and person.address not in app.test_users:
        raise pages.Blocked(
            403,
            "access_denied",
            f"{app.name} has not completed the Google verification process. The app is currently being tested,"
            " and can only be accessed by developer-approved testers.",
        )
    workspace = ask.context.world.workspace(domain)
    if workspace and workspace.blocks_apps and app.client_id not in workspace.trusted_apps:
        raise pages.Blocked(
            400,
            "admin_policy_enforced",
            "Access to your account data is restricted by policies within your organization. Please contact"
            f" the administrator of {domain} for more information.",
        )
    if person.blocked:
        raise pages.Blocked(400, "disabled_user", "Your account has been disabled.")


def _permitted(ask: Ask, person: Person, form: Mapping[str, object]) -> web.Response:
    grants = ask.context.grants
    standing = grants.consented((person.id,), ask.app.client_id, parties.GRANTED)
    asks = bool(set(ask.scopes) - standing) or "consent" in ask.prompts
    answer = form.get("answer", "")
    if asks and (answer == "cancel" or person.declines):
        return ask.back({"error": "access_denied"})
    if asks and answer != "continue":
        return pages.consent(ask, person)
    allowed = [scope for scope in ask.scopes if scope not in parties.MEANINGS or not asks or scope in form]
    grants.consent(person.id, ask.app.client_id, parties.GRANTED, set(allowed))
    return _with_code(ask, person, allowed, brings_refresh=asks)


def _with_code(ask: Ask, person: Person, allowed: list[str], *, brings_refresh: bool) -> web.Response:
    """A refresh token comes only where the person was asked, and the app wanted to come back."""
    offline = [OFFLINE] if brings_refresh and ask.query.get("access_type") == "offline" else []
    code = ask.context.grants.issue_code(
        person=person.id,
        client_id=ask.app.client_id,
        redirect_uri=ask.query["redirect_uri"],
        scope=" ".join([*allowed, *offline]),
        nonce=ask.query.get("nonce", ""),
        challenge=ask.query.get("code_challenge", ""),
    )
    domain = person.address.partition("@")[2]
    hosted = {"hd": domain} if ask.context.world.workspace(domain) else {}
    prompt = "consent" if brings_refresh else "none"
    return ask.back({"code": code, "scope": " ".join(allowed), "authuser": "0", **hosted, "prompt": prompt})
