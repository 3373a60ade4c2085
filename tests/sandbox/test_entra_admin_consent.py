"""The admin consent endpoint: who may accept, for which directory, and what comes of it."""

from urllib.parse import urlencode

import jwt
import pytest

from sandbox import world
from tests.sandbox.people import CALLBACK, CUSTOMS, NORDIC, Visitor, query_of, text_of

CAUTIOUS = world.load().directories[2]
CECIL, CLARA = "cecil.admin@cautious.example", "clara.cautious@cautious.example"


def consent_url(visitor: Visitor, tenant: str = CAUTIOUS.id, **changed: str) -> str:
    fields = {
        "client_id": CUSTOMS.client_id,
        "redirect_uri": CUSTOMS.redirect_uris[0],
        "scope": visitor.url("/graph/.default"),
        "state": "s",
    }
    return visitor.url(f"/{tenant}/v2.0/adminconsent?{urlencode(fields | changed)}")


def roles(visitor: Visitor, resource: str = "graph") -> list[str]:
    token = visitor.app_token(resource, CUSTOMS)
    return jwt.decode(token, options={"verify_signature": False})["roles"]


def test_application_permissions_stand_in_the_token_once_they_are_accepted(visitor: Visitor):
    assert roles(visitor) == []
    reply = visitor.press(consent_url(visitor), person=CECIL)
    assert query_of(reply.headers["Location"]) == {
        "admin_consent": "True", "tenant": CAUTIOUS.id, "state": "s", "scope": visitor.url("/graph/.default")
    }  # fmt: skip
    assert roles(visitor) == ["Mail.Send"]
    assert roles(visitor, "outlook") == [], "another resource is another approval"


def test_permissions_by_name_bring_no_application_permissions(visitor: Visitor):
    visitor.press(consent_url(visitor, scope=visitor.url("/graph/Mail.Send")), person=CECIL)
    assert roles(visitor) == []
    url = visitor.authorize_url(CAUTIOUS.id, client_id=CUSTOMS.client_id, scope="openid Mail.Send")
    url = url.replace("NordicFreight", "CautiousCustoms")
    assert "code" in visitor.sign_in(url, CLARA)


def test_a_forced_consent_page_bars_who_may_not_consent_although_it_was_approved(visitor: Visitor):
    visitor.press(consent_url(visitor, scope=visitor.url("/graph/Mail.Send")), person=CECIL)
    asked = {"client_id": CUSTOMS.client_id, "scope": "openid Mail.Send", "prompt": "consent"}
    url = visitor.authorize_url(CAUTIOUS.id, **asked).replace("NordicFreight", "CautiousCustoms")
    assert "AADSTS90094" in text_of(visitor.press(url, person=CLARA, answer="accept"))
    assert "code" in visitor.sign_in(url, CECIL)


def test_cancel_goes_back_as_an_error(visitor: Visitor):
    reply = visitor.press(consent_url(visitor), person="")
    answer = query_of(reply.headers["Location"])
    assert (answer["error"], answer["admin_consent"], answer["state"]) == ("consent_required", "True", "s")
    assert answer["error_description"].startswith("AADSTS65004")
    assert roles(visitor) == []


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (CLARA, "AADSTS90093"),
        ("anna.admin@nordicfreight.example", "AADSTS50020"),
        ("nobody@cautious.example", "AADSTS50034"),
    ],
)
def test_who_may_not_accept_stays_at_a_page(visitor: Visitor, person, code):
    page = visitor.press(consent_url(visitor), person=person)
    assert (page.status_code, code in text_of(page)) == (400, True)
    assert roles(visitor) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"redirect_uri": "https://elsewhere.example/"}, "AADSTS50011"),
        ({"redirect_uri": CUSTOMS.redirect_uris[0].lower()}, "AADSTS50011"),
        ({"scope": "https://graph.microsoft.com/.default Mail.Send"}, "AADSTS70011"),
        ({"scope": "Mail.Sent"}, "AADSTS650053"),
        ({"client_id": "7c1f0a64-5f2e-4c39-9a57-000000000000"}, "AADSTS700016"),
        ({"tenant": "common"}, "AADSTS90002"),
    ],
)
def test_a_request_that_is_not_right_shows_no_button(visitor: Visitor, changed, code):
    page = visitor.web.get(consent_url(visitor, **changed))
    assert (page.status_code, code in text_of(page)) == (400, True)
    assert "Accept as" not in text_of(page)


def test_the_page_offers_the_directorys_admins_and_names_the_permissions(visitor: Visitor):
    asked = {"client_id": NORDIC.client_id, "redirect_uri": CALLBACK}
    page = text_of(visitor.web.get(consent_url(visitor, "nordicfreight.example", **asked)))
    assert "Accept as Anna Admin" in page
    assert "Accept as Arta Admin" not in page
    assert "Mail.ReadWrite" in page, "delegated permissions of the registration come with .default"
