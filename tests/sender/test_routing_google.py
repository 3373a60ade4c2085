"""The rungs of Connect to Google: which one carries a person's mail, and why the others do not."""

from datetime import timedelta

import pytest

from accounts.audit import COMMAND_LINE
from core.clock import now
from mailsettings import credentials
from mailsettings.models import GoogleApp, UserMailSettings
from oauth.models import Connection
from sender.routing import NoRoute, route

SEND, MAIL = "https://www.googleapis.com/auth/gmail.send", "https://mail.google.com/"
CLIENT = "402418830125-6f3kqv1m8s2c7x9pbd0tznw4hjr5yel7.apps.googleusercontent.com"


@pytest.fixture
def google(world):
    credentials.store(world.company, "google_client_secret", "GOCSPX-x", actor=COMMAND_LINE)
    return GoogleApp.objects.create(company=world.company, client_id=CLIENT)


@pytest.fixture
def connected(world, google):
    moment = now() - timedelta(days=1)
    return Connection.objects.create(
        company=world.company,
        membership=world.user,
        provider="google",
        client_id=CLIENT,
        tenant_id="people.example",
        object_id="123456789012345678901",
        address=world.user.user.email,
        scopes=["openid", SEND],
        connected_at=moment,
        refreshed_at=moment,
    )


def reasons(world) -> dict[str, tuple[str, str]]:
    with pytest.raises(NoRoute) as none:
        route(world.user)
    return {rung.method: (rung.cause, rung.reason) for rung in none.value.refused}


def test_a_connection_carries_mail_by_the_gmail_api(world, connected):
    way = route(world.user)
    assert (way.method, way.account, way.membership) == ("google_api", connected.address, world.user)
    assert way.from_address == connected.address
    assert "Connected to Google" in way.reason


def test_the_company_says_which_of_the_two_ways(world, connected):
    GoogleApp.objects.update(send_by="smtp")
    cause, reason = reasons(world)["google_smtp"]
    assert cause == "consent_missing"
    assert "connect again" in reason
    Connection.objects.update(scopes=["openid", MAIL])
    assert route(world.user).method == "google_smtp"
    GoogleApp.objects.update(send_by="gmail_api")
    assert route(world.user).method == "google_api"


def test_without_a_secret_nobody_sends_by_google(world, connected):
    credentials.remove(credentials.stored(world.company, "google_client_secret"), COMMAND_LINE)
    assert reasons(world)["google_api"][0] == "settings_incomplete"


def test_who_has_not_connected_is_told_so(world, google):
    assert reasons(world)["google_api"] == ("not_connected", "Not connected to Google.")


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"state": "needs_reconnecting", "cause": "google_app_not_verified"}, "google_app_not_verified"),
        ({"state": "disconnected"}, "not_connected"),
        ({"client_id": "1-other.apps.googleusercontent.com"}, "not_connected"),
    ],
)
def test_a_connection_that_does_not_send_says_why(world, connected, changes, cause):
    Connection.objects.update(**changes)
    assert reasons(world)["google_api"][0] == cause


def test_a_connection_to_google_is_not_one_to_microsoft(world, connected):
    Connection.objects.update(provider="microsoft")
    assert reasons(world)["google_api"][0] == "not_connected"


def test_another_way_may_be_chosen(world, connected):
    UserMailSettings.objects.create(company=world.company, membership=world.user, method="gmail_app_password")
    assert "Another way was chosen" in reasons(world)["google_api"][1]


def test_what_the_operator_does_not_allow_is_passed_over(world, connected):
    world.company.allowed_methods = ["google_smtp"]
    world.company.save()
    assert "operator" in reasons(world)["google_api"][1]
