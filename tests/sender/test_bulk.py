"""Doing the same with many messages: asked back with the count, told what was done and what was not."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from mailsettings.models import SmtpServer
from sender import bulk, outbox
from sender.models import OutboxMessage, State
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import begun, ended, hand_over, left_without_an_answer, refused, state_of

MANY = "/Alpha/outbox/many/"


@pytest.fixture
def support(world) -> Client:
    return sign_in(Client(), world.support)


@pytest.fixture
def failed(world) -> list[OutboxMessage]:
    made = [hand_over(world.user, subject=f"Order {number}") for number in range(3)]
    for message in made:
        refused(message, "550 5.1.1 User unknown")
    return made


def ask(client: Client, action: str, **chosen: object):
    return client.post(MANY, {"action": action, "which": "ticked"} | chosen)


def said(client: Client, response) -> str:
    return client.get(response["Location"]).content.decode()


def test_nothing_is_done_before_it_is_confirmed_and_the_count_is_said(support, failed):
    html = ask(support, "retry", message=[one.pk for one in failed[:2]]).content.decode()
    assert "Try these messages again now?" in html
    assert "Try again now: 2 messages" in html
    assert "Order 0" in html
    assert "Order 2" not in html
    assert [state_of(one) for one in failed] == ["failed"] * 3


def test_ticked_messages_are_tried_again_and_the_rest_stays(world, support, failed):
    chosen = [one.pk for one in failed[:2]]
    response = ask(support, "retry", message=chosen, confirmed="yes", query="state=failed")
    assert response["Location"] == "/Alpha/outbox/?state=failed"
    assert [state_of(one) for one in failed] == ["waiting", "waiting", "failed"]
    assert "Done with 2 messages." in said(support, response)
    events = AuditEvent.objects.filter(action="message.retried", actor=world.support.user)
    assert set(events.values_list("object_label", flat=True)) == {one.message_id for one in failed[:2]}


def test_all_that_match_are_taken_but_none_that_came_later(world, support, failed):
    html = support.get("/Alpha/outbox/?state=failed").content.decode()
    assert "all that match (3)" in html
    newest = failed[1].pk
    ask(support, "retry", which="all", newest=newest, query="state=failed", confirmed="yes")
    assert [state_of(one) for one in failed] == ["waiting", "waiting", "failed"]


def test_what_was_asked_about_all_is_what_is_done(support, failed):
    page = ask(support, "retry", which="all", query="state=failed")
    assert page.context["newest"] == failed[2].pk
    assert page.context["keys"] == []
    assert "Try again now: 3 messages" in page.content.decode()


@pytest.mark.parametrize(
    "query", ["", "state=sent", "q=Order", "state=failed&q=Order", "since=x", "state=waiting"]
)
def test_all_is_refused_where_it_does_not_say_which(support, failed, query):
    response = ask(support, "retry", which="all", query=query, confirmed="yes")
    if query == "state=waiting":
        assert response.status_code == 302
    assert [state_of(one) for one in failed] == ["failed"] * 3


def test_those_in_another_state_are_told_and_left(world, support, failed):
    sent = hand_over(world.user, subject="Sent")
    ended(begun(sent))
    chosen = [failed[0].pk, sent.pk]
    assert "in another state and is left" in ask(support, "retry", message=chosen).content.decode()
    html = said(support, ask(support, "retry", message=chosen, confirmed="yes"))
    assert "Done with 1 message." in html
    assert "1 message was left as it is: this does not fit their state." in html
    assert state_of(sent) == "sent"


def test_those_without_a_way_are_told_with_the_reason(world, support, failed):
    SmtpServer.objects.all().delete()
    html = said(support, ask(support, "retry", message=[one.pk for one in failed], confirmed="yes"))
    assert "3 messages were left as they are: there is no way to send them" in html
    assert [state_of(one) for one in failed] == ["failed"] * 3


def test_waiting_messages_are_stopped(world, support):
    waiting = [hand_over(world.user) for _ in range(3)]
    ask(support, "cancel", which="all", query="state=waiting", confirmed="yes")
    assert [state_of(one) for one in waiting] == ["cancelled"] * 3


@pytest.mark.parametrize(("action", "becomes"), [("arrived", "sent"), ("again", "waiting")])
def test_those_of_unknown_outcome_are_settled(world, support, action, becomes):
    unknown = hand_over(world.user)
    left_without_an_answer(unknown)
    html = support.get("/Alpha/outbox/?state=unknown").content.decode()
    assert f'value="{action}"' in html
    ask(support, action, message=[unknown.pk], confirmed="yes")
    assert state_of(unknown) == becomes


def test_a_user_acts_on_his_own_only(world, failed):
    carol, bob = sign_in(Client(), world.colleague), sign_in(Client(), world.user)
    html = said(carol, ask(carol, "retry", message=[one.pk for one in failed], confirmed="yes"))
    assert "No message was chosen" in html
    ask(carol, "retry", which="all", query="state=failed", confirmed="yes")
    assert [state_of(one) for one in failed] == ["failed"] * 3
    ask(bob, "retry", which="all", query="state=failed", confirmed="yes")
    assert [state_of(one) for one in failed] == ["waiting"] * 3


def test_another_companys_messages_are_out_of_reach(world, support):
    theirs = hand_over(world.stranger)
    ask(support, "cancel", message=[theirs.pk], confirmed="yes")
    assert state_of(theirs) == "waiting"


def test_it_is_done_with_so_many_at_once_and_says_so(support, failed, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    html = ask(support, "retry", which="all", query="state=failed").content.decode()
    assert "the oldest 2" in html
    ask(support, "retry", which="all", query="state=failed", confirmed="yes")
    assert [state_of(one) for one in failed] == ["waiting", "waiting", "failed"]


@pytest.mark.parametrize(
    "form", [{}, {"action": "nonsense"}, {"action": "retry"}, {"action": "retry", "message": "x"}]
)
def test_forms_made_by_hand_change_nothing(support, failed, form):
    assert support.post(MANY, form).status_code == 302
    assert support.get(MANY).status_code == 405
    assert [state_of(one) for one in failed] == ["failed"] * 3


def test_only_what_fits_the_state_is_offered(world):
    assert [action.slug for action in bulk.fitting_in(State.WAITING)] == ["retry", "cancel"]
    assert bulk.fitting_in(State.SENT) == []
    assert outbox.cancel(hand_over(world.user))
