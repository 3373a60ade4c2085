"""The pages of a sign-in at Google: choose an account, allow it, and "Access blocked", from which no way leads back."""

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.google import parties
from sandbox.pages.html import Html, el
from sandbox.pages.layout import page
from sandbox.world import Person

if TYPE_CHECKING:
    from sandbox.google.authorize import Ask


class Blocked(Exception):
    """What Google shows instead of going on, such as "Error 403: org_internal"."""

    def __init__(self, status: int, error: str, text: str):
        super().__init__(error)
        self.status, self.error, self.text = status, error, text


def blocked(why: Blocked) -> web.Response:
    return page(
        "Access blocked",
        el("p", why.text),
        el("p", f"Error {why.status}: {why.error}", class_="quiet"),
        status=why.status,
        narrow=True,
    )


def pick_account(ask: "Ask") -> web.Response:
    """Everybody with a Google account; the hinted one first."""
    people = [each for each in ask.context.world.people if parties.is_google_account(each)]
    people.sort(key=lambda each: each.address != ask.login_hint)
    known = any(each.address == ask.login_hint for each in people)
    return page(
        "Choose an account",
        el("p", "to continue to ", el("strong", ask.app.name)),
        ask.login_hint
        and not known
        and el("p", f"Couldn’t find the Google Account {ask.login_hint}.", class_="warn"),
        el("form", el("ul", [_person(each, ask) for each in people], class_="people"), method="post"),
        narrow=True,
    )


def _person(person: Person, ask: "Ask") -> Html:
    label = [el("strong", person.name), el("small", person.address), person.note and el("small", person.note)]
    button = el("button", *label, name="person", value=person.address)
    return el("li", button, class_="hinted" if person.address == ask.login_hint else None)


def consent(ask: "Ask", person: Person) -> web.Response:
    """Each permission has a box of its own, as Google lets people leave some out."""
    boxes = [_box(scope) for scope in ask.scopes if scope in parties.MEANINGS]
    buttons = [
        el("button", "Continue", name="answer", value="continue", class_="primary"),
        el("button", "Cancel", name="answer", value="cancel"),
    ]
    hidden = el("input", type="hidden", name="person", value=person.address)
    return page(
        f"{ask.app.name} wants access to your Google Account",
        el("p", person.address, class_="quiet"),
        ask.app.publishing == "testing"
        and el("p", "Google hasn’t verified this app. It is being tested.", class_="warn"),
        el("form", hidden, boxes, el("div", buttons, class_="actions"), method="post"),
        narrow=True,
    )


def _box(scope: str) -> Html:
    box = el("input", type="checkbox", name=scope, value="on", checked=True)
    return el("p", el("label", box, " ", parties.MEANINGS[scope], " ", el("code", scope)))
