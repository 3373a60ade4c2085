"""Requests that somebody else made up: from other sites, with other hosts, too many, leading elsewhere."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from mailsettings.models import Credential
from oauth.links import start_link
from sender.models import OutboxMessage
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator
from tests.safety.addresses import fill_in, is_plain
from tests.test_walk import patterns

ELSEWHERE = [
    "//evil.example",
    "https://evil.example/",
    "https:evil.example",
    "/\\evil.example",
    "\t//evil.example",
]
PASSWORD = "correct horse battery"
# Hand-over links: who has the address may post there and nobody else, whatever cookies he has (handover/pages/it.py).
BY_ITS_ADDRESS = "/handover/"
BY_ITS_KEY = "/api/"  # each request brings the program's key, and cookies are not looked at


@pytest.fixture(autouse=True)
def _no_tries_counted_yet():
    cache.clear()


@pytest.mark.parametrize("who", ["nobody", "user", "admin", "operator"])
def test_no_post_is_taken_without_its_token(vault, who):
    client = Client(enforce_csrf_checks=True)
    if who != "nobody":
        sign_in(client, make_operator() if who == "operator" else getattr(vault, who))
    paths = list(filter(is_plain, [fill_in(route, vault) for route, _name in patterns()]))
    paths = [path for path in paths if not path.startswith((BY_ITS_ADDRESS, BY_ITS_KEY))]
    before = [list(model.objects.values()) for model in (Membership, Credential, OutboxMessage)]
    answers = {path: client.post(path) for path in paths}
    for path, answer in answers.items():
        assert answer.status_code == 403, f"{path} answered {answer.status_code}"
        assert "CSRF" in answer.content.decode() or "page" in answer.content.decode()
    assert [list(model.objects.values()) for model in (Membership, Credential, OutboxMessage)] == before


@pytest.mark.parametrize("who", ["nobody", "user", "admin"])
def test_behind_a_link_its_address_counts_and_cookies_do_not(vault, who):
    client = Client(enforce_csrf_checks=True)
    if who != "nobody":
        sign_in(client, getattr(vault, who))
    paths = [fill_in(route, vault) for route, _name in patterns()]
    answers = [client.post(path) for path in paths if path.startswith(BY_ITS_ADDRESS)]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert not any(answer.cookies for answer in answers)


@pytest.mark.parametrize("who", ["nobody", "user", "admin", "operator"])
def test_by_the_api_a_key_counts_and_cookies_do_not(vault, who):
    client = Client(enforce_csrf_checks=True)
    if who != "nobody":
        sign_in(client, make_operator() if who == "operator" else getattr(vault, who))
    paths = [
        path for path in (fill_in(route, vault) for route, _name in patterns()) if path.startswith(BY_ITS_KEY)
    ]
    answers = [client.generic(method, path) for path in paths for method in ("POST", "PATCH")]
    assert {answer.status_code for answer in answers} <= {401, 403, 404, 405}
    assert len(answers) > 20
    assert not any(answer.cookies for answer in answers)


def test_a_token_of_another_visitor_is_not_taken(world):
    client = sign_in(Client(enforce_csrf_checks=True), world.user)
    others = Client().get("/accounts/login/").cookies["csrftoken"].value
    client.get(reverse("profile-method", args=["Alpha"]))
    answer = client.post(reverse("profile-method", args=["Alpha"]), {"csrfmiddlewaretoken": others})
    assert answer.status_code == 403


@pytest.mark.parametrize("there", ELSEWHERE)
def test_nobody_is_led_to_another_site(client, world, there):
    answers = [client.post("/appearance/", {"theme": "dark", "next": there})]
    form = {"login": "bob@people.example", "password": PASSWORD, "next": there}
    answers.append(client.post(f"/accounts/login/?next={there}", form))
    answers.append(client.get("/accounts/login/", {"next": there}))  # who is signed in is led on at once
    answers.append(client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": there}))
    answers.append(client.get("/operator/login/", {"next": there}))
    answers.append(client.post("/accounts/logout/", {"next": there}))
    for answer in answers:
        location = answer.headers.get("Location", "/")
        assert re.match(r"/(?![/\\])", location), location


def test_an_address_with_two_slashes_stays_here(client, world):
    sign_in(client, world.user)
    for path in ("//evil.example/", "//evil.example/..;/Alpha/"):
        answer = client.get("/", PATH_INFO=path)
        assert not answer.headers.get("Location", "").startswith(("//", "http://evil")), path


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_a_forged_host_changes_no_address_we_make(world, entra, vault, mailoutbox, settings, name):
    settings.ALLOWED_HOSTS = ["testserver", "evil.example"]
    forged = {name: "host=evil.example" if name == "Forwarded" else "evil.example"}
    client = sign_in(Client(headers=forged), world.user)
    client.post(reverse("account_reset_password"), {"email": "bob@people.example"})
    assert "http://testserver/accounts/password/reset/" in mailoutbox[0].body
    admin = sign_in(Client(headers=forged), world.admin)
    invited = admin.post(reverse("invite", args=["Alpha"]), {"email": "new@people.example", "role": "user"})
    pages = [mailoutbox[0].body, invited.content.decode()]
    pages.append(admin.get(reverse("settings-office365", args=["Alpha"])).content.decode())
    sent_to = client.get(start_link(world.user)).headers["Location"]
    assert "evil.example" not in "".join([*pages, sent_to])


def test_a_host_we_do_not_answer_to_is_refused(client, world):
    answer = client.get("/accounts/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("made_up", [{}, {"X-Forwarded-For": "10.1.1.{n}"}, {"X-Real-IP": "10.1.1.{n}"}])
def test_too_many_sign_ins_are_stopped_wherever_they_say_they_come_from(client, world, made_up):
    for number in range(31):
        headers = {name: value.format(n=number) for name, value in made_up.items()}
        answer = client.post("/accounts/login/", {"login": f"p{number}@x.example"}, headers=headers)
    assert answer.status_code == 429
    assert "wait five minutes" in answer.content.decode()


def test_guessing_one_persons_password_is_stopped_although_each_try_comes_from_elsewhere(world):
    for number in range(12):
        visitor = Client(REMOTE_ADDR=f"10.1.1.{number}")
        visitor.post("/accounts/login/", {"login": "bob@people.example", "password": "wrong"})
    right = {"login": "bob@people.example", "password": PASSWORD}
    answer = Client(REMOTE_ADDR="10.1.2.1").post("/accounts/login/", right)
    assert "Too many failed tries" in answer.content.decode()


@pytest.mark.parametrize("address", ["account_reauthenticate", "account_change_password"])
def test_guessing_the_password_in_somebodys_open_browser_is_stopped(client, world, address):
    sign_in(client, world.user)
    fields = {"password": "wrong", "oldpassword": "wrong", "password1": "quite another sentence"}
    answers = [client.post(reverse(address), fields) for _try in range(12)]
    assert answers[-1].status_code == 429 or "Too many" in answers[-1].content.decode()
