"""The page that explains a pasted error: in by POST only, out in plain words, nothing kept."""

import logging

import pytest
from django.core.cache import cache
from django.urls import reverse

from portal import explaining
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import hand_over, refused

PAGE = "/Alpha/explain/"
EXPIRED = (
    "AADSTS7000222: The provided client secret keys for app 'x' are expired. "
    "Trace ID: 11111111-2222-3333-4444-555555555555 Timestamp: 2026-11-20 10:11:12Z"
)


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


@pytest.fixture
def support(client, world):
    return sign_in(client, world.support)


def test_a_known_error_is_told_with_who_mends_it_and_the_ids_to_quote(support):
    text = support.post(PAGE, {"text": EXPIRED}).content.decode()
    assert "The client secret has ended" in text
    assert "Your company&#x27;s administrator of this portal has to mend this." in text
    assert "keeps its mail until this is mended" in text
    assert "client_secret_expired" in text
    assert "<dt>trace_id</dt><dd><code>11111111-2222-3333-4444-555555555555</code>" in text
    assert "Text to forward" in text


def test_what_is_known_beside_the_text_settles_it(support):
    text = {"text": "535 5.7.8 Username and Password not accepted"}
    google = support.post(PAGE, text | {"provider": "google", "stage": "smtp_auth", "flow": "basic"})
    assert "app password" in google.content.decode()
    assert '<option value="google" selected>' in google.content.decode()


def test_other_meanings_are_told_when_the_text_leaves_them_open(support):
    text = support.post(PAGE, {"text": "535 5.7.3 Authentication unsuccessful"}).content.decode()
    assert "It can also mean:" in text


def test_an_unknown_text_says_so(support):
    assert "not known here" in support.post(PAGE, {"text": "the printer is on fire"}).content.decode()


def test_commands_name_the_companys_own_app_or_say_what_to_fill_in(support):
    text = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
    assert "-Identity &lt;mailbox&gt; " in support.post(PAGE, {"text": text}).content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "Paste the error text."), ("x" * (explaining.MOST_CHARS + 1), "Paste the part around the error.")],
)
def test_a_text_that_is_missing_or_too_long_is_said_beside_the_field(support, text, said):
    answer = support.post(PAGE, {"text": text})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "xxxx" not in answer.content.decode()


def test_nothing_is_logged(support, caplog):
    caplog.set_level(logging.DEBUG)
    support.post(PAGE, {"text": "heliotrope 535"})
    assert "heliotrope" not in caplog.text


def test_a_text_in_the_address_is_not_looked_at(support):
    text = support.get(PAGE, {"text": EXPIRED}).content.decode()
    assert "client_secret_expired" not in text


def test_many_texts_in_a_short_time_are_refused(support, monkeypatch):
    monkeypatch.setattr(explaining, "MOST_TEXTS", 2)
    answers = [support.post(PAGE, {"text": "535"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Wait five minutes." in answers[2].content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("support", 200), ("user", 403), ("stranger", 404)]
)
def test_it_is_for_the_companys_staff(client, world, who, status):
    assert sign_in(client, getattr(world, who)).get(PAGE).status_code == status


def test_a_messages_page_hands_the_servers_words_over_by_post(client, world):
    message = hand_over(world.user)
    refused(message, "550 5.1.1 User unknown <x>")
    at = reverse("message", args=["Alpha", message.pk])
    text = sign_in(client, world.support).get(at).content.decode()
    assert f'<form method="post" action="{PAGE}">' in text
    assert 'name="text" value="550 5.1.1 User unknown &lt;x&gt;"' in text
    assert PAGE not in sign_in(client, world.user).get(at).content.decode()
