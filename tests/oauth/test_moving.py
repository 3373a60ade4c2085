"""From a password to Connect to Microsoft: the choice changes once the connection is there, and not before."""

import pytest

from mailsettings.models import UserMailSettings
from oauth import moving
from oauth.moving import move_link
from sender.routing import route
from tests.oauth.test_connect_page import answer_to, come_back, leave


@pytest.fixture
def bob(client, desk):
    """Bob's browser, signed in; he chose his e-mail password."""
    UserMailSettings.objects.create(
        company=desk.person.company, membership=desk.person, method="smtp_password", from_name="Bob"
    )
    client.force_login(desk.person.user)
    return client


def leave_to_move(client, membership) -> str:
    response = client.get(move_link(membership))
    assert response.status_code == 302
    return response["Location"]


def chosen() -> tuple[str, str]:
    row = UserMailSettings.objects.get()
    return row.method, row.from_name


def test_who_moves_sends_by_the_connection_afterwards(bob, desk):
    auth_uri = leave_to_move(bob, desk.person)
    assert chosen() == ("smtp_password", "Bob"), "nothing changes before the connection is there"
    desk.stub.grant(auth_uri)
    page = bob.get(come_back(bob, auth_uri)["Location"]).content.decode()
    assert chosen() == ("", "Bob")
    assert route(desk.person).method == "microsoft_graph"
    assert "Your e-mail password is not needed any more." in page


def test_who_declines_keeps_his_choice_and_may_try_again(bob, desk):
    auth_uri = leave_to_move(bob, desk.person)
    bob.get("/Alpha/oauth/microsoft/callback", answer_to(auth_uri, error="access_denied"))
    assert chosen()[0] == "smtp_password"
    again = leave(bob, desk.person)
    desk.stub.grant(again)
    come_back(bob, again)
    assert chosen()[0] == ""


def test_who_connects_without_moving_keeps_his_choice(bob, desk):
    auth_uri = leave(bob, desk.person)
    desk.stub.grant(auth_uri)
    come_back(bob, auth_uri)
    assert chosen()[0] == "smtp_password"


def test_an_old_wish_or_anothers_counts_no_more(bob, desk, world, monkeypatch):
    session = {}
    moving.wish(world.colleague, session)
    assert not moving.move(desk.person, session, actor=None)
    moving.wish(desk.person, session)
    session["oauth_move"][1] -= 3600
    assert not moving.move(desk.person, session, actor=None)
    assert session == {}
    assert chosen()[0] == "smtp_password"
