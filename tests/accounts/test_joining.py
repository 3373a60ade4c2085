from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import services
from accounts.audit import Actor
from accounts.models import Invitation, Membership, Role, User
from tests.accounts.sign_in import sign_in
from tests.factories import make_user

NEW = {"name": "New Person", "password": "a sentence nobody guesses"}


@pytest.fixture
def invited(world):
    def make(email="new@people.example"):
        _invitation, link = services.invite(world.company, email, Role.SUPPORT, Actor(world.admin.user))
        return link.removeprefix("http://testserver")

    return make


def test_somebody_new_sets_name_and_password_and_is_in(client, world, invited):
    link = invited()
    assert 'autocomplete="new-password"' in client.get(link).content.decode()
    assert client.post(link, NEW).url == reverse("overview", args=["Alpha"])
    assert client.get(reverse("people", args=["Alpha"])).status_code == 200
    assert Membership.objects.get(user__email="new@people.example").role == Role.SUPPORT


def test_a_person_who_just_joined_need_not_type_the_password_again(client, world, invited):
    client.post(invited(), NEW)
    assert client.session["account_authentication_methods"]


def test_a_weak_password_is_refused_and_the_name_is_kept(client, world, invited):
    text = client.post(invited(), {"name": "New Person", "password": "password"}).content.decode()
    assert "There is a problem" in text
    assert 'value="New Person"' in text
    assert 'value="password"' not in text
    assert not User.objects.filter(email="new@people.example").exists()


def test_a_password_like_the_own_address_is_refused(client, world, invited):
    client.post(invited("katharina@people.example"), {"name": "K", "password": "katharina"})
    assert not User.objects.filter(email="katharina@people.example").exists()


def test_somebody_known_signs_in_and_confirms(client, world, invited):
    user = make_user("known")
    link = invited(user.email)
    assert f"{reverse('account_login')}?next={link}" in client.get(link).content.decode()
    sign_in(client, user)
    assert "Join Alpha Ltd?" in client.get(link).content.decode()
    assert not Membership.objects.filter(user=user).exists()
    assert client.post(link).url == reverse("overview", args=["Alpha"])
    assert Membership.objects.filter(user=user, role=Role.SUPPORT).exists()


def test_nobody_sets_a_password_for_an_account_that_exists(client, world, invited):
    user = make_user("known")
    client.post(invited(user.email), NEW)
    user.refresh_from_db()
    assert user.check_password("correct horse battery")
    assert not Membership.objects.filter(user=user).exists()


def test_the_wrong_account_is_named_and_may_change(client, world, invited):
    link = invited()
    sign_in(client, world.stranger)
    text = client.get(link).content.decode()
    assert "mallory@people.example" in text
    assert "new@people.example" in text
    client.post(link)
    assert not Membership.objects.filter(user=world.stranger.user, company=world.company).exists()
    assert client.post(reverse("account_logout"), {"next": link}).url == link
    assert "Your name" in client.get(link).content.decode()


def test_a_used_link_says_so(client, world, invited):
    link = invited()
    client.post(link, NEW)
    client.logout()
    answer = client.get(link)
    assert answer.status_code == 410
    assert "used already" in answer.content.decode()
    assert client.post(link, NEW).status_code == 410


def test_an_expired_link_says_whom_to_ask(client, world, invited):
    link = invited()
    invitation = Invitation.objects.get()
    Invitation.objects.update(expires_at=invitation.created_at - timedelta(days=1))
    answer = client.get(link)
    assert answer.status_code == 410
    assert "Ask an admin of Alpha Ltd" in answer.content.decode()


def test_an_unknown_link_says_what_may_be_wrong(client, db):
    answer = client.get(reverse("accept-invitation", args=["x" * 43]))
    assert answer.status_code == 404
    assert "Copy the whole link" in answer.content.decode()
