"""Pages that say that something is not there, not allowed, too much or broken: each says what to do next."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.accounts.sign_in import sign_in


def test_a_page_above_ones_role_names_those_who_can_do_it(world):
    response = sign_in(Client(), world.user).get("/Alpha/audit/")
    html = response.content.decode()
    assert response.status_code == 403
    assert "At Alpha Ltd your role is “user”" in html
    assert "alice@people.example" in html
    assert "sid@people.example" not in html
    assert 'aria-label="Main"' in html  # the menu stays


def test_what_is_not_there_within_a_company_leads_on_in_it(world):
    client = sign_in(Client(), world.user)
    response = client.get("/Alpha/outbox/01a1fd26-766c-73d3-8789-2ce702579b11/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "Search the outbox" in html
    assert "A message is deleted some time after it ended." in html


@pytest.mark.parametrize("path", ["/Omega/outbox/", "/nothing/", "/Alpha/nothing/"])
def test_what_is_not_there_elsewhere_says_who_one_is_and_nothing_of_the_company(world, path):
    html = sign_in(Client(), world.user).get(path).content.decode()
    assert "bob@people.example" in html
    assert "Omega Ltd" not in html


def test_a_broken_page_gives_the_time_to_quote():
    html = render_to_string("500.html")
    assert "by which they find it in their log: 20" in html


@pytest.mark.django_db
def test_a_form_that_is_too_large_is_answered_in_words(client):
    answer = client.post("/accounts/login/", {"login": "a@b.example", "more": "x" * 3_000_000})
    assert answer.status_code == 400
    assert "so nothing was changed" in answer.content.decode()


def test_too_many_tries_say_what_goes_on():
    assert "Mail goes on as usual" in render_to_string("429.html")
