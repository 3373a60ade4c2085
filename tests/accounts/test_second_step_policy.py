"""A company that asks its admins for a second step at sign-in."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Company
from accounts.second_step import policy
from tests.accounts.codes import with_app, with_passkey
from tests.accounts.sign_in import sign_in
from tests.factories import make_member

PAGE = "/Alpha/people/second-step/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world):
    """By an admin who has one; the other has none."""
    with_app(world.admin.user)
    world.other = make_member(world.company, "admin", "olga")
    assert sign_in(Client(), world.admin).post(PAGE, {"asked": "yes"}).status_code == 302
    return world


def test_an_admin_without_one_gets_no_further_than_a_page_that_helps(asked):
    client = sign_in(Client(), asked.other)
    for name in ("overview", "settings", "settings-smtp", "people", "profile", "api-keys"):
        page = reverse(name, args=["Alpha"])
        for answer in filter(lambda answer: answer.status_code != 405, (client.get(page), client.post(page))):
            assert answer.status_code == 403
            assert "Alpha Ltd asks its admins" in answer.content.decode()
            assert reverse("mfa_index") in answer.content.decode()
    assert client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.parametrize("set_up", [with_app, with_passkey])
def test_with_one_everything_is_open_again(asked, set_up):
    set_up(asked.other.user)
    assert sign_in(Client(), asked.other).get(reverse("settings", args=["Alpha"])).status_code == 200


def test_other_people_and_other_companies_are_not_touched(asked):
    for person, code in ((asked.user, "Alpha"), (asked.support, "Alpha"), (asked.stranger, "Omega")):
        assert sign_in(Client(), person).get(reverse("overview", args=[code])).status_code == 200


def test_nobody_shuts_himself_out(client, world):
    sign_in(client, world.admin)
    answer = client.post(PAGE, {"asked": "yes"})
    assert "you would shut yourself out" in answer.content.decode()
    assert not Company.objects.get(code="Alpha").admins_need_second_step
    assert not AuditEvent.objects.exists()


def test_the_page_names_those_who_have_none_yet(client, world):
    with_passkey(world.admin.user)
    make_member(world.company, "admin", "olga")
    make_member(world.company, "admin", "gone", is_active=False)
    assert [one.user.name for one in policy.admins_without(world.company)] == ["Olga"]
    assert "olga@people.example" in sign_in(client, world.admin).get(PAGE).content.decode()


def test_it_is_switched_off_again_and_both_are_told_once(asked):
    client = sign_in(Client(), asked.admin)
    for _press in range(2):
        client.post(PAGE, {"asked": "no"})
    told = AuditEvent.objects.filter(company=asked.company, action__startswith="company.second_step")
    assert sorted(event.action for event in told) == ["company.second_step_asked", "company.second_step_left"]
    assert {event.actor for event in told} == {asked.admin.user}
    assert sign_in(Client(), asked.other).get(reverse("overview", args=["Alpha"])).status_code == 200


def test_the_password_is_asked_for_again_before_it_is_changed(client, world):
    sign_in(client, world.admin, minutes_ago=60)
    assert client.post(PAGE, {"asked": "no"}).url.startswith(reverse("account_reauthenticate"))
