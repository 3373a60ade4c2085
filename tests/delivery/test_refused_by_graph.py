"""The unhappy ends by Microsoft Graph and its tokens: each has its own cause, and the message a definite state."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import CredentialKind
from oauth import services
from sender.mime import Attachment, MessageRefused
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage
from tests.delivery.conftest import SECRETS
from tests.delivery.outbox import order, state, time_passes

ULLA = "ulla.user@nordicfreight.example"
EXPIRED_SECRET = "xyz8Q~.Kf7UAVN0p5GsPjbWEKY6JS-wUxAi3iBj5"


@pytest.fixture
def ulla(office):
    """Connected, with an access token for an hour."""
    office.connect(ULLA)
    return office.person(ULLA, "NordicFreight")


@pytest.fixture
def ulla_at_refresh(office):
    """Connected, with an access token that has to be refreshed before anything is sent."""
    office.world.add_fault("token.lifetime", times=1, seconds=10)
    office.connect(ULLA)
    return office.person(ULLA, "NordicFreight")


def store_secret(person, value: str) -> None:
    credentials.store(person.company, CredentialKind.CLIENT_SECRET, value, actor=COMMAND_LINE)


def waits_s(message: OutboxMessage) -> float:
    message.refresh_from_db()
    return (message.due_at - timezone.now()).total_seconds()


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(office, ulla, status, form):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=700), usegmt=True)
    retry_after = "700" if form == "seconds" else date
    office.world.add_fault("graph.send", times=1, status=status, retry_after=retry_after)
    message = office.send(ulla, order())
    cause = "provider_throttled" if status == 429 else "provider_temporarily_unavailable"
    assert state(message) == ("waiting", cause, "")
    assert 690 < waits_s(message) <= 701
    office.work()
    assert office.world.requests()["graph.send"] == 1
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1


def test_a_throttled_mailbox_holds_back_its_other_mail_as_well(office, ulla):
    office.world.add_fault("graph.send", times=1, status=429, retry_after="700")
    first, second = office.submit(ulla, order()), office.submit(ulla, order())
    office.work()
    assert (state(first)[0], state(second)[0]) == ("waiting", "waiting")
    assert office.world.requests()["graph.send"] == 1


def test_a_503_without_retry_after_is_tried_again_after_a_minute(office, ulla):
    office.world.add_fault("graph.send", times=1, status=503)
    message = office.send(ulla, order())
    assert state(message) == ("waiting", "provider_temporarily_unavailable", "")
    assert 50 < waits_s(message) <= 60


@pytest.mark.parametrize(
    ("fault", "copies"),
    [({"action": "drop_after"}, 1), ({"action": "drop_before"}, 0), ({"status": 504, "store": True}, 1)],
    ids=["drop_after", "drop_before", "gateway_timeout"],
)
def test_no_answer_to_a_message_is_unknown_and_not_sent_again(office, ulla, fault, copies):
    office.world.add_fault("graph.send", times=1, **fault)
    message = office.send(ulla, order())
    assert state(message) == ("unknown", "unknown_outcome", "")
    time_passes(message)
    office.work()
    assert state(message)[0] == "unknown"
    assert len(office.arrived(message)) == copies
    assert office.world.requests()["graph.send"] == 1
    assert state(office.send(ulla, order()))[0] == "sent", "other mail does not wait for it"


def test_a_foreign_from_ends_its_message_and_not_the_mailbox(office, ulla):
    raw = b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: x\r\n\r\n"
    message = office.send(ulla, RawMessage(raw))
    assert state(message) == ("failed", "send_as_denied", "")
    assert state(office.send(ulla, order())) == ("sent", "", "")


def test_a_message_of_more_than_4_mb_is_refused_before_it_is_stored(office, ulla):
    file = Attachment("drawing.bin", b"\0" * 3_500_000)
    with pytest.raises(MessageRefused, match="4 MB"):
        office.submit(ulla, Draft(to=["janis@customer.example"], attachments=[file]))
    assert not OutboxMessage.objects.exists()
    assert state(office.send(ulla, order())) == ("sent", "", "")


@pytest.mark.parametrize(
    ("secret", "cause"),
    [(EXPIRED_SECRET, "client_secret_expired"), ("abc8Q~not-the-secret", "client_secret_invalid")],
)
def test_a_secret_that_is_refused_pauses_the_mailbox_until_it_is_replaced(
    office, ulla_at_refresh, secret, cause
):
    store_secret(ulla_at_refresh, secret)
    message = office.send(ulla_at_refresh, order())
    assert state(message) == ("waiting", cause, cause)
    connection = ulla_at_refresh.connections.get()
    assert connection.is_usable, "the person has nothing to do"
    store_secret(ulla_at_refresh, SECRETS["CLIENT_SECRET"])
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_revoked_grant_keeps_the_message_until_the_person_reconnects(office, ulla_at_refresh):
    office.world.revoke(ULLA)
    message = office.send(ulla_at_refresh, order())
    assert state(message) == ("waiting", "refresh_token_revoked", "refresh_token_revoked")
    connection = ulla_at_refresh.connections.get()
    assert connection.state == "needs_reconnecting"
    office.work()
    assert office.world.mail() == []
    office.connect(ULLA)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1


def test_a_token_that_graph_refuses_is_replaced_and_the_message_goes(office, ulla):
    office.world.add_fault("graph.send", times=1, status=401, code="InvalidAuthenticationToken")
    message = office.send(ulla, order())
    assert state(message) == ("sent", "", "")
    assert office.world.requests()["token.refresh_token"] == 1


@pytest.mark.parametrize(
    "fault", [{"status": 503, "retry_after": "400"}, {"action": "drop"}], ids=["503", "drop"]
)
def test_a_passing_fault_of_the_token_endpoint_is_waited_for(office, ulla_at_refresh, fault):
    office.world.add_fault("token", times=1, **fault)
    message = office.send(ulla_at_refresh, order())
    assert state(message) == ("waiting", "provider_temporarily_unavailable", "")
    wait_s = int(fault.get("retry_after", 60))
    assert wait_s - 10 < waits_s(message) <= wait_s
    assert ulla_at_refresh.connections.get().is_usable
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_secret_removed_meanwhile_pauses_the_mailbox_until_there_is_one(office, ulla_at_refresh):
    message = office.submit(ulla_at_refresh, order())
    company = ulla_at_refresh.company
    credentials.remove(credentials.stored(company, CredentialKind.CLIENT_SECRET), COMMAND_LINE)
    office.work()
    assert state(message) == ("waiting", "settings_incomplete", "settings_incomplete")
    store_secret(ulla_at_refresh, SECRETS["CLIENT_SECRET"])
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_person_who_disconnects_meanwhile_loses_no_message(office, ulla):
    message = office.submit(ulla, order())
    services.disconnect(ulla.connections.get(), COMMAND_LINE)
    office.work()
    assert state(message) == ("waiting", "not_connected", "not_connected")
    office.connect(ULLA)
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_cloud_missing_from_the_operators_table_is_waited_for(office, ulla, settings):
    clouds_file, settings.MICROSOFT_CLOUDS_FILE = settings.MICROSOFT_CLOUDS_FILE, ""
    message = office.send(ulla, order())
    assert state(message) == ("waiting", "portal_at_fault", "")
    assert message.attempts_made == 1
    assert "sandbox" in message.cause_raw
    settings.MICROSOFT_CLOUDS_FILE = clouds_file
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
