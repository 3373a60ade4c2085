"""The pages of a sign-in: who are you, may this app do that, your administrator must approve, it went wrong."""

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra.ask import Ask
from sandbox.entra.errors import EntraError, correlation_id
from sandbox.pages.html import Html, el
from sandbox.pages.layout import page
from sandbox.world import Person

MEANINGS = {
    "Mail.Send": "Send mail as you",
    "Mail.Send.Shared": "Send mail as you or for others whose mailboxes you may use",
    "Mail.Read": "Read your mail",
    "Mail.ReadWrite": "Read and write your mail",
    "User.Read": "Sign you in and read your profile",
    "SMTP.Send": "Send mail from your mailbox by SMTP AUTH",
    "IMAP.AccessAsUser.All": "Read and write your mailbox by IMAP",
    "POP.AccessAsUser.All": "Read your mailbox by POP",
}


def pick_account(ask: Ask) -> web.Response:
    """Everybody who can sign in; the hinted person and the asked directory first."""
    people = [each for each in ask.request.app[CONTEXT].world.people if each.directory and not each.shared]
    home = ask.directory.id if ask.directory else ask.app.directory
    people.sort(key=lambda each: (each.address != ask.login_hint, each.directory != home))
    known = any(each.address == ask.login_hint for each in people)
    unknown_hint = ask.login_hint and not known
    return page(
        "Pick an account",
        el("p", "to continue to ", el("strong", ask.app.name)),
        unknown_hint and el("p", f"The account {ask.login_hint} does not exist here.", class_="warn"),
        el(
            "form",
            el("ul", [_person(each, ask.login_hint) for each in people], class_="people"),
            method="post",
        ),
        narrow=True,
    )


def _person(person: Person, hint: str) -> Html:
    label = [el("strong", person.name), el("small", person.address), person.note and el("small", person.note)]
    button = el("button", *label, name="person", value=person.address)
    return el("li", button, class_="hinted" if person.address == hint else None)


def consent(ask: Ask, person: Person, missing: dict[str, set[str]]) -> web.Response:
    """What the app asks for, with Accept and Cancel."""
    names = sorted(name for each in missing.values() for name in each)
    return page(
        "Permissions requested",
        el("p", person.address, class_="quiet"),
        el("p", el("strong", ask.app.name), " would like to:"),
        permissions(names),
        _answer_form(person, [("accept", "Accept"), ("cancel", "Cancel")]),
        narrow=True,
    )


def permissions(names: list[str]) -> Html:
    return el("ul", [el("li", MEANINGS.get(name, name), " ", el("code", name)) for name in names])


def approval(ask: Ask, person: Person) -> web.Response:
    """The dead end of a person who may not consent."""
    return page(
        "Need admin approval",
        el("p", person.address, class_="quiet"),
        el(
            "p",
            el("strong", ask.app.name),
            " needs permissions that only an administrator can give.",
        ),
        el("p", "AADSTS90094", class_="quiet"),
        _answer_form(person, [("return", "Return to the application without granting consent")]),
        narrow=True,
    )


def _answer_form(person: Person, answers: list[tuple[str, str]]) -> Html:
    buttons = [
        el("button", label, name="answer", value=value, class_="primary" if value == "accept" else None)
        for value, label in answers
    ]
    hidden = el("input", type="hidden", name="person", value=person.address)
    return el("form", hidden, el("div", buttons, class_="actions"), method="post")


def trouble(request: web.Request, error: EntraError) -> web.Response:
    """A sign-in error that is not sent back to the client, as it may not be the client that asked."""
    again = request.method == "POST" and el(
        "p", el("a", "Sign in with another account", href=str(request.rel_url))
    )
    return page(
        "We could not sign you in",
        el("p", error.description(correlation_id(request))),
        again,
        status=400,
        narrow=True,
    )


def signed_out() -> web.Response:
    return page("You signed out", el("p", "You can close this page."), narrow=True)
