"""A person who has not yet allowed what the company's settings need by now: told to connect again."""

import pytest

from mailsettings.models import AppOnlySettings, CompanyMailSettings
from oauth.models import Connection, ConnectionState
from portal.sending_state import state_of
from tests.portal.test_dashboard import connect, open_relay, overview, use_microsoft


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
    assert "must connect to Microsoft again" in overview(client, world.admin)


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
