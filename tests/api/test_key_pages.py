"""The page of keys: made by an admin who proved who he is, shown once, revoked by a click."""

import re

import pytest
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
