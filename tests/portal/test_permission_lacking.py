"""A person who has not yet allowed what the company's settings need by now: told to connect again."""

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import AppOnlySettings, CompanyMailSettings, GoogleApp
from oauth.models import Connection, ConnectionState
from sender import standing
from sender.models import Health
from sender.sending_state import state_of
from tests.accounts.sign_in import sign_in
from tests.portal.test_dashboard import connect, mailbox_of, open_relay, overview, use_microsoft


@pytest.fixture
def bob(world):
    """Connected before the company chose to send as its shared mailbox."""
    use_microsoft(world.company)
    connect(world.user)
    CompanyMailSettings.objects.create(
        company=world.company, connections_from="mailbox", shared_mailbox="orders@people.example"
    )
    return world.user


def test_without_another_way_his_mail_does_not_leave_until_he_connects_again(world, bob, client):
    state = state_of(bob)
    assert (state.tone, state.label, state.cause) == ("bad", "needs reconnecting", "consent_missing")
    assert not state.can_send
    told = overview(client, world.admin)
    assert "must connect to Microsoft again" in told
    assert "with the button Reconnect to Microsoft." in told
    sign_in(client, bob)
    assert "Reconnect to Microsoft" in client.get(reverse("profile", args=["Alpha"])).content.decode()


def test_while_another_way_carries_his_mail_he_is_still_told(world, bob):
    open_relay(world.company)
    state = state_of(bob)
    assert (state.tone, state.label, state.can_send) == ("warn", "needs reconnecting", True)
    assert str(state.way) == "Company mail server"


def test_once_allowed_there_is_nothing_to_tell(world, bob):
    Connection.objects.update(scopes=["Mail.Send", "Mail.Send.Shared"])
    assert state_of(bob).label == "connected"


def test_a_connection_that_ended_is_told_also_while_the_companys_app_sends(world, bob):
    Connection.objects.update(state=ConnectionState.NEEDS_RECONNECTING, cause="refresh_token_revoked")
    AppOnlySettings.objects.create(company=world.company, use_graph=True)
    assert (state_of(bob).tone, state_of(bob).label) == ("warn", "needs reconnecting")


@pytest.fixture
def sender(world):
    """Bob, who was connected before the company switched large messages on."""
    use_microsoft(world.company)
    connect(world.user)
    Connection.objects.update(scopes=["Mail.Send", "User.Read"])
    CompanyMailSettings.objects.create(company=world.company, large_messages=True)
    return world.user


def test_who_sends_without_what_a_setting_needs_is_told_so_everywhere(world, sender, client):
    state = state_of(sender)
    assert (state.tone, state.label, state.can_send) == ("warn", "needs more permission", True)
    assert state.lacking == ("Mail.ReadWrite",)
    assert "Not allowed yet: Mail.ReadWrite" in state.reason
    own = overview(client, sender)
    assert "Connect to Microsoft once more." in own
    assert "Your company now sends large messages" in own
    assert f'href="{reverse("profile", args=["Alpha"])}">Open my profile' in own
    shown = overview(client, world.admin)
    assert "Bob needs more permission." in shown
    assert "with the button Reconnect to Microsoft." in shown
    assert f'href="{reverse("person", args=["Alpha", sender.pk])}">Look at it' in shown
    standing.keep(world.company, [sender])
    people = client.get(reverse("people", args=["Alpha"])).content.decode()
    assert people.count("Nobody has allowed this yet") == 1


def test_several_people_are_told_of_together(world, sender, client):
    connect(world.colleague)
    shown = overview(client, world.admin)
    assert "Bob, Carol need more permission." in shown
    assert f'href="{reverse("people", args=["Alpha"])}?state=attention">Look at it' in shown


def test_once_given_the_permission_is_no_more_asked_for(world, sender, client):
    Connection.objects.update(scopes=["https://graph.example/Mail.ReadWrite"])
    assert state_of(sender).label == "connected"
    assert "more permission" not in overview(client, world.admin)


def test_a_mailbox_that_does_not_send_at_all_is_told_first(world, sender):
    mailbox_of(sender, health=Health.NEEDS_ATTENTION, cause="mailbox_missing_or_unlicensed")
    assert (state_of(sender).label, state_of(sender).lacking) == ("needs attention", ())


def test_what_the_companys_mailbox_lacks_is_its_admins_to_mend(world, client):
    use_microsoft(world.company)
    connect(world.admin)
    office, scopes = "office@alpha.example", ["Mail.Send", "User.Read"]
    Connection.objects.update(membership=None, address=office, scopes=scopes)
    chosen = {"use_fallback_mailbox": True, "fallback_mailbox": office, "large_messages": True}
    CompanyMailSettings.objects.create(company=world.company, **chosen)
    assert state_of(world.user).way == "Company's connected mailbox"
    shown = overview(client, world.admin)
    assert "The company&#x27;s mailbox needs more permission." in shown
    assert f'href="{reverse("company-mailbox", args=["Alpha"])}">Open its page' in shown
    assert "once more" not in overview(client, world.user)


def test_the_profile_calls_a_connection_that_sends_nothing_not_in_use(world, sender, client):
    Connection.objects.update(scopes=["Mail.Send", "User.Read", "Mail.ReadWrite"])
    CompanyMailSettings.objects.update(method="smtp_password")
    sign_in(client, sender)
    shown = client.get(reverse("profile", args=["Alpha"])).content.decode()
    assert "You cannot send mail yet" in shown
    assert "Connected, not in use" in shown


def test_a_person_whose_company_changed_to_gmails_mail_server_reconnects_to_google(world, client):
    credentials.store(world.company, "google_client_secret", "GOCSPX-x", actor=COMMAND_LINE)
    GoogleApp.objects.create(company=world.company, client_id="1.apps.googleusercontent.com", send_by="smtp")
    connect(world.user)
    scopes = ["https://www.googleapis.com/auth/gmail.send"]
    Connection.objects.update(provider="google", client_id="1.apps.googleusercontent.com", scopes=scopes)
    state = state_of(world.user)
    assert (state.tone, state.label, state.reconnect_to) == ("bad", "needs reconnecting", "Google")
    assert "Bob must connect to Google again." in overview(client, world.admin)


def test_an_ended_connection_to_google_is_not_called_one_to_microsoft(world, client):
    open_relay(world.company)
    connect(world.user, ConnectionState.NEEDS_RECONNECTING, "google_app_not_verified")
    Connection.objects.update(provider="google")
    assert "Bob must connect to Google again." in overview(client, world.admin)
    assert "You must connect to Google again." in overview(client, world.user)


def test_a_mailbox_of_the_company_that_lacks_a_permission_is_not_each_persons_to_connect(world):
    use_microsoft(world.company)
    open_relay(world.company)
    box = {"use_fallback_mailbox": True, "fallback_mailbox": "office@people.example"}
    CompanyMailSettings.objects.create(company=world.company, **box)
    connect(world.user, ConnectionState.NEEDS_RECONNECTING, "consent_missing")
    Connection.objects.update(membership=None, address="office@people.example")
    assert state_of(world.user).label == "saved"
