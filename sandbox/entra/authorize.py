"""The authorize endpoint: who signs in, what he allows, and back with a code; and the sign-out.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from collections.abc import Mapping

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra import ask as asking
from sandbox.entra import issue, sign_in_pages
from sandbox.entra.ask import Ask
from sandbox.entra.errors import EntraError
from sandbox.world import Person

_SESSION = "sandbox_session"


async def authorize(request: web.Request) -> web.Response:
    """GET shows the way in; each form posts back to the same address, so the query goes along."""
    form = (
        {key: str(value) for key, value in (await request.post()).items()} if request.method == "POST" else {}
    )
    try:
        ask = asking.read(request)
    except EntraError as error:
        return sign_in_pages.trouble(request, error)
    try:
        ask.check()
        ask.scope()
        person = _who(ask, form)
    except EntraError as error:
        return ask.back_with_error(error)
    if person is None:
        return sign_in_pages.pick_account(ask)
    return _signed_in(ask, person, form)


def _who(ask: Ask, form: Mapping[str, str]) -> Person | None:
    """The person picked just now, or still signed in; None when somebody has to be picked. Raises AADSTS50058."""
    world = ask.request.app[CONTEXT].world
    if form.get("person"):
        return world.person(form["person"])
    session = world.person(ask.request.cookies.get(_SESSION, ""))
    if session and ask.login_hint and session.address != ask.login_hint:
        session = None
    if ask.prompt == "none" and session is None:
        raise EntraError(50058)
    return None if ask.prompt in ("login", "select_account") else session


def _signed_in(ask: Ask, person: Person, form: Mapping[str, str]) -> web.Response:
    try:
        _admit(ask, person)
    except EntraError as error:
        return sign_in_pages.trouble(ask.request, error)
    response = _permitted(ask, person, form)
    response.set_cookie(_SESSION, person.address, httponly=True, secure=True, samesite="Lax")
    return response


def _admit(ask: Ask, person: Person) -> None:
    directory = ask.directory
    if directory and person.directory != directory.id:
        raise EntraError(50020, user=person.address, tenant=directory.name, client_id=ask.app.client_id)
    if not person.directory or person.shared:
        raise EntraError(50034, user=person.address, tenant=directory.name if directory else "Microsoft")
    if person.blocked:
        raise EntraError(50057)


def _permitted(ask: Ask, person: Person, form: Mapping[str, str]) -> web.Response:
    """Consent, in the order Entra asks for it, then the code."""
    asked, answer = ask.scope(), form.get("answer", "")
    missing = _missing(ask, person)
    wanted = {name: set(each) for name, each in asked.wanted.items()} if ask.prompt == "consent" else missing
    if not missing and ask.prompt != "consent":
        return _with_code(ask, person)
    if ask.prompt == "none":
        return ask.back_with_error(EntraError(65001, client_id=ask.app.client_id), "interaction_required")
    if person.declines or answer == "cancel":
        return ask.back_with_error(EntraError(65004), subcode="cancel")
    if _needs_approval(ask, person):  # a page that is forced is barred, too: MicrosoftDocs/entra-docs#652
        return _at_approval(ask, person, answer)
    if answer != "accept":
        return sign_in_pages.consent(ask, person, wanted)
    for resource, names in missing.items():
        ask.request.app[CONTEXT].grants.consent(person.id, ask.app.client_id, resource, names)
    return _with_code(ask, person)


def _missing(ask: Ask, person: Person) -> dict[str, set[str]]:
    context, asked = ask.request.app[CONTEXT], ask.scope()
    missing = {
        resource: set(names) - issue.consented(context, ask.app, person, resource)
        for resource, names in asked.wanted.items()
    }
    return {resource: names for resource, names in missing.items() if names}


def _needs_approval(ask: Ask, person: Person) -> bool:
    directory = ask.request.app[CONTEXT].world.directory(person.directory)
    return person.needs_approval or not (directory.user_consent or person.directory_admin)


def _at_approval(ask: Ask, person: Person, answer: str) -> web.Response:
    if answer == "return":
        return ask.back_with_error(EntraError(90094), subcode="cancel")
    return sign_in_pages.approval(ask, person)


def _with_code(ask: Ask, person: Person) -> web.Response:
    code = ask.request.app[CONTEXT].grants.issue_code(
        person=person.id,
        client_id=ask.app.client_id,
        redirect_uri=ask.redirect_uri,
        scope=ask.query.get("scope", ""),
        nonce=ask.query.get("nonce", ""),
        challenge=ask.query.get("code_challenge", ""),
    )
    return ask.back_with_code(code)


async def logout(request: web.Request) -> web.Response:
    """GET /{tenant}/oauth2/v2.0/logout: ends the browser's session; tokens live on, as at Entra."""
    response = sign_in_pages.signed_out()
    response.del_cookie(_SESSION)
    return response
