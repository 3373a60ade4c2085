"""The page of keys: made by an admin who proved who he is, shown once, revoked by a click."""

import re
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from tests.accounts.sign_in import sign_in

NEW = "/Alpha/keys/new/"
FILLED_IN = {"name": "ERP", "scopes": ["send"], "whom": "some", "addresses": "bob@people.example\n"}


@pytest.fixture
def admin(world, client):
    return sign_in(client, world.admin)


def test_the_secret_is_shown_once(world, admin):
    page = admin.post(NEW, FILLED_IN).content.decode()
    secret = re.search(r'value="(pmk_[^"]+)"', page)[1]
    assert list(keys.people_of(keys.key_of(secret))) == [world.user]
    for name in ("api-keys", "audit"):
        assert secret not in admin.get(reverse(name, args=["Alpha"])).content.decode()


def form_number(client, page: str) -> str:
    """Of a form that is taken once."""
    return re.search(r'name="once" value="([^"]+)"', client.get(page).content.decode())[1]


def test_a_form_that_is_sent_twice_makes_one_key(world, admin):
    filled_in = FILLED_IN | {"once": form_number(admin, NEW)}
    refused = admin.post(NEW, filled_in | {"name": ""}).content.decode()
    filled_in["once"] = re.search(r'name="once" value="([^"]+)"', refused)[1]
    assert 'value="pmk_' in admin.post(NEW, filled_in).content.decode()
    again = admin.post(NEW, filled_in, follow=True)
    assert again.redirect_chain == [("/Alpha/keys/", 302)]
    assert "it was made once" in again.content.decode()
    assert ApiKey.objects.count() == 1
    admin.post(NEW, FILLED_IN | {"once": form_number(admin, NEW)})
    assert ApiKey.objects.count() == 2


def test_who_goes_back_to_a_form_that_was_refused_may_send_it_mended(world, admin):
    filled_in = FILLED_IN | {"once": form_number(admin, NEW)}
    assert admin.post(NEW, filled_in | {"name": ""}).status_code == 422
    assert 'value="pmk_' in admin.post(NEW, filled_in).content.decode()
    assert admin.post(NEW, filled_in).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_at_the_same_time_makes_one_key(world, admin):
    filled_in = FILLED_IN | {"once": form_number(admin, NEW)}
    start, answers = Barrier(2), []

    def press() -> None:
        client = Client()
        client.cookies = admin.cookies.copy()
        start.wait()
        answers.append(client.post(NEW, filled_in).status_code)
        connection.close()

    threads = [Thread(target=press) for _press in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 302]
    assert ApiKey.objects.count() == 1


def test_making_a_key_asks_for_the_password_again(world, client):
    sign_in(client, world.admin, minutes_ago=60)
    assert client.get(NEW)["Location"].startswith("/accounts/reauthenticate/")
    client.post(NEW, FILLED_IN)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Give the key a name."),
        ({"name": "ERP\r\nX: y"}, "line"),
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["everything"]}, "not one of the available choices"),
        ({"whom": ""}, "Choose for whom"),
        ({"addresses": ""}, "Name at least one person"),
        ({"addresses": "mallory@people.example"}, "Nobody in this company has the address"),
        ({"ends_on": "2020-01-01"}, "This day is over"),
        ({"ends_on": "soon"}, "Give a day."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(admin, wrong, said):
    answer = admin.post(NEW, FILLED_IN | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_revoking_kills_the_key_and_the_list_says_so(world, admin):
    key, secret = keys.make(world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE)
    page = admin.post(f"/Alpha/keys/{key.pk}/revoke/", follow=True).content.decode()
    assert "The key ERP is dead now." in page
    assert keys.key_of(secret) is None


def test_the_list_costs_the_same_for_one_key_and_for_fifty(world, admin, django_assert_max_num_queries):
    for number in range(51):
        keys.make(world.company, f"Program {number}", [Scope.SEND], actor=COMMAND_LINE)
    some = keys.make(world.company, "For some", [Scope.SEND], people=[world.user], actor=COMMAND_LINE)[0]
    assert list(some.people.all()) == [world.user]
    with django_assert_max_num_queries(10):
        page = admin.get("/Alpha/keys/").content.decode()
    assert "Program 50" in page
    assert "For 1 person" in page
    assert "Program 0<" not in page
    assert (
        "Program 0<" in admin.get("/Alpha/keys/?" + re.search(r"before=[0-9a-f-]+", page)[0]).content.decode()
    )
