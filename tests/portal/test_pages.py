import re
from pathlib import Path
from types import SimpleNamespace

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role
from portal.finders import PACKAGE_FILES, PackageFinder
from portal.templatetags.nav import nav
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator

OVERVIEW = "/Alpha/"


def test_the_portal_says_that_it_is_well_by_any_name(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz", headers={"host": "10.0.0.1"}).content == b"ok"


def test_other_names_of_the_host_lead_to_the_public_one(client, db):
    answer = client.get("/accounts/login/?next=/x", headers={"host": "127.0.0.1"})
    assert answer.url == "http://testserver/accounts/login/?next=/x"


def test_home_leads_to_the_only_company(client, world):
    assert sign_in(client, world.user).get("/").url == OVERVIEW
    assert client.get(reverse("any-profile")).url == reverse("profile", args=["Alpha"])


def test_home_offers_a_choice_of_several_companies(client, world):
    Membership.objects.create(user=world.user.user, company=world.stranger.company, role=Role.USER)
    text = sign_in(client, world.user).get("/").content.decode()
    assert "Alpha Ltd" in text
    assert "Omega Ltd" in text


def test_an_operator_without_a_company_lands_on_his_pages(client, db):
    assert sign_in(client, make_operator()).get("/").url == reverse("operator-overview")


def test_pages_of_a_signed_in_person_are_not_kept(client, world):
    assert sign_in(client, world.user).get(OVERVIEW)["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("chosen", "html"), [("dark", 'data-bs-theme="dark"'), ("light", 'data-bs-theme="light"')]
)
def test_the_appearance_is_remembered(client, world, chosen, html):
    sign_in(client, world.user)
    answer = client.post(reverse("appearance"), {"theme": chosen, "next": OVERVIEW})
    assert answer.url == OVERVIEW
    assert html in client.get(OVERVIEW).content.decode()


def test_the_appearance_form_leads_to_no_other_site(client, db):
    assert client.post(reverse("appearance"), {"theme": "dark", "next": "//evil.example"}).url == "/"
    assert client.post(reverse("appearance"), {"theme": "<script>"}).cookies.get("theme") is None


@pytest.mark.parametrize(
    ("role", "seen", "hidden"),
    [
        ("admin", ["people", "settings", "outbox", "audit"], []),
        ("support", ["people", "outbox", "test-send"], ["settings", "audit"]),
        ("user", ["outbox", "test-send", "profile"], ["people", "settings", "audit"]),
    ],
)
def test_each_role_sees_its_part_of_the_menu(client, world, role, seen, hidden):
    text = sign_in(client, getattr(world, role)).get(OVERVIEW).content.decode()
    menu = text[: text.index("<main")]
    for name in seen:
        assert f'href="{reverse(name, args=["Alpha"])}"' in menu
    for name in hidden:
        assert f'href="{reverse(name, args=["Alpha"])}"' not in menu
    assert reverse("admin:index") not in menu


def test_the_menu_marks_the_page_one_is_on(client, world):
    sign_in(client, world.admin)
    people = reverse("people", args=["Alpha"])
    marked = f'href="{people}" aria-current="page"'
    assert marked in client.get(people).content.decode()
    assert marked in client.get(reverse("person", args=["Alpha", world.user.pk])).content.decode()
    assert marked not in client.get(OVERVIEW).content.decode()


@pytest.mark.parametrize("name", ["microsoft-try-next", "microsoft-read-end", "settings-approval"])
def test_what_an_admin_does_about_the_app_belongs_to_the_settings(rf, world, name):
    request = rf.get("/")
    request.user, request.resolver_match = world.admin.user, SimpleNamespace(url_name=name)
    shown = nav({"request": request, "membership": world.admin, "theme": "auto", "csrf_token": ""})
    assert f'href="{reverse("settings", args=["Alpha"])}" aria-current="page"' in shown


def test_error_pages_say_what_to_do(client, world):
    sign_in(client, world.user)
    missing = client.get("/Nowhere/")
    assert missing.status_code == 404
    assert "bob@people.example" in missing.content.decode()
    assert "it does not reach this page" in client.get(reverse("people", args=["Alpha"])).content.decode()


def test_a_form_without_its_token_is_explained(world):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": "x"})
    assert answer.status_code == 403
    assert "send it once more" in answer.content.decode()


def test_a_fault_of_ours_shows_a_page_without_details(client, world, monkeypatch):
    def fail(_viewer):
        raise RuntimeError("the canary in the traceback")

    monkeypatch.setattr("portal.dashboard.crowd_of", fail)
    client.raise_request_exception = False
    answer = sign_in(client, world.admin).get(OVERVIEW)
    assert answer.status_code == 500
    assert "The fault is ours" in answer.content.decode()
    assert "canary" not in answer.content.decode()


def test_no_page_holds_inline_script_or_style(client, world):
    sign_in(client, world.admin)
    for name in ("overview", "people", "invite", "audit"):
        text = client.get(reverse(name, args=["Alpha"])).content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script src=")


def test_package_files_are_found_one_by_one():
    for address in PACKAGE_FILES:
        assert finders.find(address)
    assert [address for address, _storage in PackageFinder().list([])] == list(PACKAGE_FILES)
    assert finders.find("bootstrap/js/bootstrap.js") is None


def test_a_cold_page_is_small(client, world):
    """The page as it is, and everything it names as WhiteNoise sends it, brotli-compressed."""
    text = sign_in(client, world.admin).get(OVERVIEW).content
    names = set(re.findall(r'(?:href|src)="/static/([^"]+)"', text.decode()))
    files = [Path(finders.find(name)).read_bytes() for name in names]
    assert len(files) >= 10
    assert len(text) + sum(len(brotli.compress(data)) for data in files) < 75_000


def test_where_a_choice_leads_back_to_is_an_address_and_no_name(client):
    answer = client.post("/appearance/", {"theme": "dark", "next": "profile"})
    assert answer.status_code == 302
