import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from accounts.access import ADMINS, company_page, recently_authenticated
from portal.urls import urlpatterns as portal_urls
from tests.accounts.sign_in import sign_in


@company_page(*ADMINS)
@recently_authenticated
def secret_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"saved {request.POST.get('word', '')}")


urlpatterns = [path("<company:company_code>/secret/", secret_page), *portal_urls]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
PAGE = "/Alpha/secret/"


def test_a_page_that_takes_a_secret_opens_right_after_signing_in(client, world):
    assert sign_in(client, world.admin).get(PAGE).status_code == 200


def test_later_it_asks_for_the_password_and_comes_back(client, world):
    sign_in(client, world.admin, minutes_ago=16)
    asked = client.get(PAGE)
    assert asked.url == reverse("account_reauthenticate") + "?next=%2FAlpha%2Fsecret%2F"
    assert b"Type your password again" in client.get(asked.url).content
    back = client.post(asked.url, {"password": "correct horse battery", "next": PAGE})
    assert back.url == PAGE
    assert client.get(PAGE).status_code == 200


def test_a_wrong_password_is_not_enough(client, world):
    sign_in(client, world.admin, minutes_ago=16)
    answer = client.post(reverse("account_reauthenticate"), {"password": "wrong", "next": PAGE})
    assert "This is not your password." in answer.content.decode()
    assert client.get(PAGE).status_code == 302


def test_a_form_opened_in_time_is_still_taken_half_an_hour_later(client, world):
    sign_in(client, world.admin, minutes_ago=44)
    assert client.post(PAGE, {"word": "typed"}).content == b"saved typed"


def test_a_form_left_open_for_an_hour_is_not_taken_and_the_person_is_told(client, world):
    sign_in(client, world.admin, minutes_ago=60)
    answer = client.post(PAGE, {"word": "typed"}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("account_reauthenticate")
    assert b"Nothing was saved" in answer.content


def test_who_was_signed_out_meanwhile_is_told_and_comes_back_to_the_form(client, world):
    form = "http://testserver/Alpha/outbox/?state=failed"
    answer = client.post("/Alpha/outbox/many/", {"word": "typed"}, headers={"Referer": form}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("account_login")
    assert answer.request["QUERY_STRING"] == "next=%2FAlpha%2Foutbox%2F%3Fstate%3Dfailed"
    assert b"Nothing was saved: you were signed out meanwhile." in answer.content


@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/Alpha/", "//evil.example/", "javascript:alert(1)"]
)
def test_who_was_signed_out_is_sent_to_no_other_site(client, world, referer):
    answer = client.post(PAGE, {"word": "typed"}, headers={"Referer": referer})
    assert answer.url == reverse("account_login") + "?next=/"


def test_what_a_page_asks_by_itself_is_nothing_that_was_not_saved(client, world):
    answer = client.post(PAGE, headers={"HX-Request": "true"}, follow=True)
    assert b"Nothing was saved" not in answer.content
    assert client.get(PAGE).url == reverse("account_login") + f"?next={PAGE}"


def test_another_persons_proof_does_not_count(client, world):
    sign_in(client, world.colleague)
    records = dict(client.session)
    client.force_login(world.admin.user)
    session = client.session
    session.update({name: records[name] for name in records if name.startswith("account_")})
    session.save()
    assert client.get(PAGE).status_code == 302


def test_the_company_page_comes_first(client, world):
    assert sign_in(client, world.support).get(PAGE).status_code == 403
    assert sign_in(Client(), world.stranger).get(PAGE).status_code == 404
    assert Client().get(PAGE).url.startswith(reverse("account_login"))


def test_a_code_in_another_case_leads_to_the_companys_own(client, world):
    assert sign_in(client, world.admin).get("/alpha/secret/?x=1").url == "/Alpha/secret/?x=1"


def test_times_on_a_page_are_the_companys(client, world):
    world.company.time_zone = "Asia/Tokyo"
    world.company.save()
    sign_in(client, world.admin)
    page = client.get(reverse("person", args=["Alpha", world.user.pk]))
    assert page.status_code == 200
    audit = client.post(
        reverse("person-role", args=["Alpha", world.user.pk]), {"role": "support"}, follow=True
    )
    assert audit.status_code == 200
    assert " JST" in client.get(reverse("audit", args=["Alpha"])).content.decode()
