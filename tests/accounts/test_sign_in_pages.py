import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import User
from tests.accounts.sign_in import sign_in

RIGHT = {"login": "bob@people.example", "password": "correct horse battery"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_counted_yet():
    cache.clear()


def test_signing_in_leads_to_the_persons_company(client, world):
    answer = client.post(reverse("account_login"), RIGHT | {"login": "BOB@people.example"}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("overview", args=["Alpha"])


def test_signing_in_leads_back_to_where_one_came_from_but_not_to_another_site(client, world):
    there = reverse("outbox", args=["Alpha"])
    login = client.get(there).url
    assert client.post(login, RIGHT | {"next": there}).url == there
    client.logout()
    assert client.post(reverse("account_login"), RIGHT | {"next": "https://evil.example/"}).url == "/"


def test_a_wrong_password_is_explained_and_the_address_kept(client, world):
    text = client.post(reverse("account_login"), RIGHT | {"password": "wrong"}).content.decode()
    assert "do not belong together" in text
    assert 'value="bob@people.example"' in text
    assert "wrong" not in re.sub(r"<title>.*</title>", "", text)


def test_an_unknown_address_gets_the_same_words(client, world):
    text = client.post(reverse("account_login"), RIGHT | {"login": "nobody@people.example"}).content.decode()
    assert "do not belong together" in text


def test_after_too_many_failed_tries_even_the_right_password_waits(client, world):
    for _try in range(5):
        client.post(reverse("account_login"), RIGHT | {"password": "wrong"})
    answer = client.post(reverse("account_login"), RIGHT)
    assert "Too many failed tries" in answer.content.decode()


def test_too_many_requests_get_a_page_in_our_words(client, world):
    answers = [client.post(reverse("account_login"), {}) for _try in range(31)]
    assert answers[-1].status_code == 429
    assert "wait five minutes" in answers[-1].content.decode()


def test_nobody_signs_up(client, db):
    assert "You come by invitation" in client.get(reverse("account_signup")).content.decode()
    client.post(reverse("account_signup"), {"email": "x@people.example", "password1": "a long sentence here"})
    assert "_auth_user_id" not in client.session


def test_nobody_changes_his_address(client, world):
    sign_in(client, world.user)
    answer = client.post(reverse("account_email"), {"action_add": "", "email": "other@people.example"})
    assert answer.url == reverse("any-profile")


def test_a_forgotten_password_is_set_anew_by_a_link(client, world, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": "bob@people.example"})
    link = re.search(r"http://testserver(\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    assert "New password" in form.content.decode()
    client.post(form.request["PATH_INFO"], {"password1": "quite another sentence"})
    assert (
        client.post(reverse("account_login"), RIGHT | {"password": "quite another sentence"}).status_code
        == 302
    )
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_the_reset_link_is_built_from_the_public_address(client, world, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post(
        reverse("account_reset_password"), {"email": "bob@people.example"}, headers={"host": "evil.example"}
    )
    assert "evil.example" not in mailoutbox[0].body
    assert "http://testserver/" in mailoutbox[0].body


def test_an_address_nobody_has_gets_no_mail_and_the_page_does_not_tell(client, world, mailoutbox):
    known = client.post(reverse("account_reset_password"), {"email": "bob@people.example"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@people.example"})
    assert known.url == unknown.url
    assert [mail.to for mail in mailoutbox] == [["bob@people.example"]]
    assert "is on its way" in client.get(known.url).content.decode()


@pytest.mark.parametrize("typed", ["rita@faß.example", "Rita@xn--fa-hia.example"])
def test_the_link_goes_to_the_very_domain_and_not_to_a_lookalike(client, db, mailoutbox, typed):
    """By the rules of 2003 ß was ss: another domain, which may be somebody else's."""
    User.objects.create_user("rita@faß.example", "correct horse battery")
    client.post(reverse("account_reset_password"), {"email": typed})
    assert [mail.to for mail in mailoutbox] == [["rita@xn--fa-hia.example"]]


def test_the_password_is_changed(client, world):
    sign_in(client, world.user)
    change = reverse("account_change_password")
    assert "Present password" in client.get(change).content.decode()
    wrong = client.post(change, {"oldpassword": "no", "password1": "quite another sentence"})
    assert "not your present password" in wrong.content.decode()
    fields = {"oldpassword": "correct horse battery", "password1": "quite another sentence"}
    done = client.post(change, fields, follow=True)
    assert done.request["PATH_INFO"] == reverse("overview", args=["Alpha"])
    assert "Your new password is saved." in done.content.decode()
    world.user.user.refresh_from_db()
    assert world.user.user.check_password("quite another sentence")


def test_signing_out_needs_a_button(client, world):
    sign_in(client, world.user)
    assert "Sign out?" in client.get(reverse("account_logout")).content.decode()
    client.post(reverse("account_logout"))
    assert client.get(reverse("overview", args=["Alpha"])).status_code == 302


def test_an_account_that_was_closed_is_told_so(client, world):
    world.user.user.is_active = False
    world.user.user.save()
    answer = client.post(reverse("account_login"), RIGHT, follow=True)
    assert "This account is closed" in answer.content.decode()
    assert "_auth_user_id" not in client.session
