"""A message's page and the test send, by HTTP."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEvent
from mailsettings.models import CompanyMailSettings
from sender.models import Health, OutboxMessage, SendingMailbox
from sender.reading import content_of
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import (
    begun,
    ended,
    hand_over,
    left_without_an_answer,
    open_relay,
    refused,
    state_of,
)


@pytest.fixture
def user(world) -> Client:
    return sign_in(Client(), world.user)


@pytest.fixture
def support(world) -> Client:
    return sign_in(Client(), world.support)


def page_of(message: OutboxMessage, part: str = "") -> str:
    return f"/{message.company.code}/outbox/{message.pk}/{part}"


def test_a_test_send_shows_the_way_and_stores_a_message(world, user):
    open_relay(world.user)
    html = user.get("/Alpha/test/").content.decode()
    assert "mail.alpha.example" in html
    assert "Not connected to Microsoft" in html or "not filled in" in html
    response = user.post("/Alpha/test/", {"to": "bob@people.example"})
    message = OutboxMessage.objects.get()
    assert response["Location"] == page_of(message)
    assert (message.kind, message.state, message.submitted_by) == ("test", "waiting", "bob@people.example")
    assert AuditEvent.objects.filter(action="message.test_sent").exists()


def test_a_file_goes_along_with_a_test(world, user):
    open_relay(world.user)
    file = SimpleUploadedFile("Frachtbrief ü.pdf", b"%PDF" * 99)
    user.post("/Alpha/test/", {"to": "bob@people.example", "file": file})
    (sent,) = content_of(OutboxMessage.objects.get()).files
    assert (sent.name, sent.content) == ("Frachtbrief ü.pdf", b"%PDF" * 99)
    assert AuditEvent.objects.get(action="message.test_sent").details["file_bytes"] == 396


def test_a_file_that_is_too_large_is_told_beside_the_field(world, user, monkeypatch):
    open_relay(world.user)
    CompanyMailSettings.objects.create(company=world.company, max_files_mb=1)

    def said_of(name: str, content: bytes) -> str:
        form = {"to": "bob@people.example", "file": SimpleUploadedFile(name, content)}
        response = user.post("/Alpha/test/", form)
        assert response.status_code == 422
        (sentence,) = response.context["form"].errors["file"]
        return sentence

    assert "your company allows 1 MB" in said_of("plan.pdf", b"x" * (2 << 20))
    monkeypatch.setattr("sender.forms.MOST_FILE_BYTES", 1 << 20)
    assert "larger than 25 MB" in said_of("plan.pdf", b"x" * (2 << 20))
    assert "shorter" in said_of("x" * 201, b"x")
    assert not OutboxMessage.objects.exists()


def test_support_tests_another_person_and_a_user_cannot(world, user, support):
    open_relay(world.user)
    form = {"to": "sid@people.example", "person": str(world.colleague.pk)}
    assert user.post("/Alpha/test/", form).status_code == 404
    assert not OutboxMessage.objects.exists()
    support.post("/Alpha/test/", form)
    assert OutboxMessage.objects.get().person == "carol@people.example"


def test_a_wrong_address_is_said_beside_the_field_and_kept(world, user):
    open_relay(world.user)
    response = user.post("/Alpha/test/", {"to": "not an address"})
    html = response.content.decode()
    assert response.status_code == 422
    assert 'value="not an address"' in html
    assert "There is a problem" in html
    assert "<title>Error:" in html
    assert not OutboxMessage.objects.exists()


def test_an_eleventh_test_within_ten_minutes_waits(world, user):
    open_relay(world.user)
    for _ in range(10):
        assert user.post("/Alpha/test/", {"to": "bob@people.example"}).status_code == 302
    response = user.post("/Alpha/test/", {"to": "bob@people.example"})
    assert response.status_code == 422
    assert "many tests" in response.content.decode()
    assert OutboxMessage.objects.count() == 10


def test_without_a_way_nothing_is_sent_and_the_page_says_what_is_missing(world, user):
    response = user.post("/Alpha/test/", {"to": "bob@people.example"})
    assert "no way for this person" in response.content.decode()
    assert not OutboxMessage.objects.exists()


def test_a_moving_message_asks_for_its_own_news_and_a_finished_one_does_not(world, user):
    message = hand_over(world.user)
    assert "hx-get" in user.get(page_of(message, "status/")).content.decode()
    ended(begun(message))
    html = user.get(page_of(message, "status/")).content.decode()
    assert "hx-get" not in html
    assert "<html" not in html


def test_a_failure_is_told_in_plain_words_with_the_servers_own_below(world, user):
    message = hand_over(world.user)
    reply = "550 5.1.1 User unknown"
    refused(message, reply)
    html = user.get(page_of(message)).content.decode()
    assert "What to do" in html
    assert reply in html
    assert "Try again now" in html


def test_a_paused_mailbox_is_explained_on_its_waiting_messages(world, user):
    message = hand_over(world.user)
    SendingMailbox.objects.update(
        health=Health.NEEDS_ATTENTION, cause="user_password_wrong", cause_raw="535 no"
    )
    html = user.get(page_of(message)).content.decode()
    assert "sent as soon as the cause is mended" in html
    assert "hx-get" not in html


def test_the_end_of_a_connection_is_not_explained_as_a_servers_answer_about_a_recipient(world, user):
    message = hand_over(world.user)
    left_without_an_answer(message)
    reply = "421 4.3.2 Service shutting down"
    message.recipients.update(outcome="unknown", reply=reply)
    html = user.get(page_of(message)).content.decode()
    assert reply in html
    assert "recipient-why" not in html
    message.recipients.update(outcome="deferred")
    assert "recipient-why" in user.get(page_of(message)).content.decode()


def test_an_unknown_outcome_is_decided_by_a_person(world, user):
    message = hand_over(world.user)
    left_without_an_answer(message)
    assert "It did not arrive" in user.get(page_of(message)).content.decode()
    user.post(page_of(message, "retry/"))
    assert state_of(message) == "unknown"
    user.post(page_of(message, "resolve/"), {"found": "nonsense"})
    assert state_of(message) == "unknown"
    user.post(page_of(message, "resolve/"), {"found": "again"})
    assert state_of(message) == "waiting"


def test_a_waiting_message_can_be_stopped_and_tried_again(world, user):
    message = hand_over(world.user)
    user.post(page_of(message, "cancel/"))
    assert state_of(message) == "cancelled"
    user.post(page_of(message, "retry/"))
    assert state_of(message) == "waiting"


def test_actions_want_a_post(world, user):
    message = hand_over(world.user)
    for part in ("retry/", "cancel/", "resolve/"):
        assert user.get(page_of(message, part)).status_code == 405


def test_a_messages_page_says_why_it_went_otherwise_than_was_asked_for(world, user):
    message = hand_over(world.user)
    note = "A copy stays in Sent Items because <b>it is signed</b>."
    ended(begun(message), note=note)
    html = user.get(page_of(message)).content.decode()
    assert "A copy stays in Sent Items because &lt;b&gt;it is signed" in html


@pytest.mark.parametrize("name", ["test", "check"])
def test_in_a_large_company_the_person_is_typed_by_address(world, support, user, name, monkeypatch):
    monkeypatch.setattr("sender.pages.picking.MOST_LISTED", 3)
    html = support.get(f"/Alpha/{name}/").content.decode()
    assert "<option" not in html
    chosen = support.get(f"/Alpha/{name}/?person=Carol@people.example")
    assert chosen.context["person"] == world.colleague
    assert support.get(f"/Alpha/{name}/?person=mallory@people.example").status_code == 404
    assert user.get(f"/Alpha/{name}/?person=carol@people.example").status_code == 404


def test_a_message_to_very_many_shows_those_it_did_not_reach_first_and_stays_quick(
    world, user, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr("sender.story.SHOWN", 5)
    message = hand_over(world.user, to=tuple(f"person{number}@recipient.example" for number in range(30)))
    ended(begun(message))
    message.recipients.update(outcome="accepted")
    message.recipients.filter(address="person29@recipient.example").update(outcome="refused", reply="550 no")
    with django_assert_max_num_queries(18):
        html = user.get(page_of(message)).content.decode()
    assert "person29@recipient.example" in html
    assert "and 25 more" in html


def test_a_message_tells_its_story_in_order(world, user):
    message = hand_over(world.user)
    refused(message, "550 5.1.1 User unknown")
    user.post(page_of(message, "retry/"))
    ended(begun(message))
    html = " ".join(user.get(page_of(message)).content.decode().split())
    told = ["Handed over by test", "Way chosen: Company mail server", "Attempt 1", "named."]
    told += ["Tried again by bob@people", "Attempt 2", "Ended: the provider took charge of it"]
    places = [html.index(words) for words in told]
    assert places == sorted(places)
    assert "Why no other way" in html
