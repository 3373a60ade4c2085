"""Which language a page and a letter are in: the person's own, the company's, the browser's, English."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts import languages, services
from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from handover import links
from handover.ways import WAYS
from tests.accounts.sign_in import sign_in

OVERVIEW = "/Alpha/"


def lang(response):
    found = re.search(r'<html lang="([^"]+)"', response.content.decode())[1]
    assert response["Content-Language"] == found
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in response["Vary"].split(",")}
    return found


def speaks(company, tag):
    company.locale = tag
    company.save(update_fields=["locale"])


def chooses(membership, tag):
    membership.user.language = tag
    membership.user.save(update_fields=["language"])


@pytest.mark.parametrize(
    ("own", "cookie", "company", "browser", "taken"),
    [
        ("lv", "sv", "de", "nb", "lv"),
        ("", "sv", "de", "nb", "sv"),
        ("", "", "de", "nb", "de"),
        ("", "", "fr", "nb", "nb"),
        ("", "", "fr", "nb-NO,nb;q=0.9,en;q=0.8", "nb"),
        ("", "", "fr", "fr", "en"),
        ("xx", "zz", "fr", "en-GB", "en"),
    ],
)
def test_the_persons_language_comes_first_then_the_companys_then_the_browsers(
    client, world, own, cookie, company, browser, taken
):
    chooses(world.user, own)
    speaks(world.company, company)
    sign_in(client, world.user)
    client.cookies["django_language"] = cookie
    assert lang(client.get(OVERVIEW, headers={"accept-language": browser})) == taken


def test_pages_outside_the_company_follow_the_only_one(client, world):
    speaks(world.company, "lv")
    sign_in(client, world.user)
    assert lang(client.get(reverse("account_change_password"))) == "lv"
    Membership.objects.create(user=world.user.user, company=world.stranger.company, role="user")
    assert lang(client.get(reverse("account_change_password"))) == "en"
    assert lang(client.get(OVERVIEW)) == "lv"


def test_error_pages_are_in_the_persons_language(client, world):
    chooses(world.user, "sv")
    sign_in(client, world.user)
    response = client.get("/Omega/")
    assert (response.status_code, lang(response)) == (404, "sv")


def test_another_companys_language_is_not_told(client, world):
    speaks(world.stranger.company, "de")
    sign_in(client, world.user)
    assert lang(client.get("/Omega/")) == "en"


def test_the_language_is_chosen_on_the_profile(client, world):
    sign_in(client, world.user)
    client.cookies["django_language"] = "de"
    response = client.post(reverse("language"), {"language": "nb", "next": "/Alpha/profile/"})
    assert response.url == "/Alpha/profile/"
    page = client.get("/Alpha/profile/")
    assert lang(page) == "nb"
    assert '<option value="nb" selected>' in page.content.decode()
    client.post(reverse("language"), {"language": ""})
    assert lang(client.get(OVERVIEW)) == "en"


def test_who_is_not_signed_in_chooses_for_the_browser(client, db):
    page = reverse("account_login") + "?next=/Alpha/"
    assert f'value="{page}"' in client.get(page).content.decode()
    assert client.post(reverse("language"), {"language": "lv", "next": page}).url == page
    assert lang(client.get(page)) == "lv"


@pytest.mark.parametrize("tag", ["fr", "../../etc", "EN", "de'"])
def test_a_language_the_portal_does_not_speak_is_not_chosen(client, world, tag):
    client.post(reverse("language"), {"language": tag})
    assert "django_language" not in client.cookies
    sign_in(client, world.user).post(reverse("language"), {"language": tag})
    world.user.user.refresh_from_db()
    assert world.user.user.language == ""


def test_the_language_form_leads_to_no_other_site(client, db):
    assert client.post(reverse("language"), {"language": "de", "next": "//evil.example"}).url == "/"


def test_people_without_an_account_are_spoken_to_in_the_companys_language(world):
    speaks(world.company, "de")
    _invitation, link = services.invite(world.company, "new@x.example", "user", COMMAND_LINE)
    assert lang(Client().get(link.removeprefix("http://testserver"))) == "de"
    _link, address = links.make(world.company, WAYS["connect"], "Iris", actor=COMMAND_LINE)
    assert lang(Client().get(address.removeprefix("http://testserver"))) == "de"


def test_programs_are_answered_in_english(client, world):
    response = client.get("/api/v1/messages", headers={"accept-language": "de"})
    assert response.status_code == 401
    assert response.json()["title"] == client.get("/api/v1/messages").json()["title"]
    assert "Content-Language" not in response


@pytest.mark.parametrize(
    ("own", "company", "taken"), [("lv", "de", "lv"), ("", "de", "de"), ("", "fr", "en"), ("", "en", "en")]
)
def test_letters_are_in_the_language_of_whom_they_are_for(world, own, company, taken):
    chooses(world.user, own)
    speaks(world.company, company)
    assert languages.of_person(world.user.user) == taken
    assert languages.of_person(world.user.user, world.company) == taken
    assert languages.of_address("bob@people.example", world.company) == taken
    assert languages.of_address("bob@people.example") == taken


def test_letters_to_nobody_known_are_in_the_companys_language_or_english(world):
    speaks(world.company, "sv")
    assert languages.of_address("new@x.example", world.company) == "sv"
    assert languages.of_address("new@x.example") == "en"
