"""Mail through Google that meets something on its way: what waits, what is unknown, and what mends it."""

from datetime import timedelta

import pytest

from core.clock import now
from oauth.models import Connection
from sender.mime import Attachment
from sender.services import Draft
from tests.delivery.outbox import order, state, time_passes

GUSTAV = "gustav.user@fjordcargo.example"
API, SMTP = "GoogleByApi", "GoogleBySmtp"


@pytest.fixture
def gustav(office):
    office.connect_google(GUSTAV, API)
    return office.person(GUSTAV, API)


def test_a_grant_that_was_taken_back_waits_for_the_person_and_goes_on_once_connected(office, gustav):
    office.world.revoke(GUSTAV)
    office.world.add_fault("google.send", times=2, status=401, code="authError")
    message = office.send(gustav, order())
    assert state(message) == ("waiting", "refresh_token_revoked", "refresh_token_revoked")
    assert office.arrived(message) == []
    office.world.clear_faults()
    office.connect_google(GUSTAV, API)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"status": 429, "retry_after": "7"}, "provider_throttled"),
        ({"status": 403, "code": "userRateLimitExceeded"}, "provider_throttled"),
        ({"status": 403, "code": "dailyLimitExceeded"}, "sending_limit_reached"),
        ({"status": 503}, "provider_temporarily_unavailable"),
    ],
)
def test_what_passes_is_tried_again_and_arrives_once(office, gustav, fault, cause):
    office.world.add_fault("google.send", times=1, **fault)
    message = office.send(gustav, order())
    assert state(message) == ("waiting", cause, "")
    time_passes(message)
    office.work()
    assert state(message)[0] == "sent"
    assert len(office.arrived(message)) == 1


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_without_an_answer_nobody_knows_and_nothing_is_sent_again(office, gustav, action):
    office.world.add_fault("google.send", times=1, action=action)
    message = office.send(gustav, order())
    assert state(message)[0] == "unknown"
    time_passes(message)
    office.work()
    assert len(office.arrived(message)) == (1 if action == "drop_after" else 0)


def test_an_app_in_testing_stops_after_a_week_in_its_own_cause(office, gustav):
    office.world.revoke(GUSTAV)
    connection = Connection.objects.get(membership=gustav)
    connection.ends_at, connection.connected_at = now(), now() - timedelta(days=7)
    connection.save()
    office.world.add_fault("google.send", times=2, status=401, code="authError")
    message = office.send(gustav, order())
    assert state(message) == ("waiting", "google_app_not_verified", "google_app_not_verified")


@pytest.mark.parametrize("company", [API, SMTP])
def test_a_large_file_arrives_whole(office, company):
    office.connect_google(GUSTAV, company)
    files = [Attachment("drawing.bin", bytes(range(256)) * 40_000)]
    draft = Draft(to=["janis@customer.example"], subject="Order 7", text="Drawn.", attachments=files)
    message = office.send(office.person(GUSTAV, company), draft)
    assert state(message)[0] == "sent"
    (mail,) = office.arrived(message)
    assert mail.size_bytes > 10_000_000


def test_a_token_that_ended_between_messages_is_replaced(office):
    office.world.add_fault("token.lifetime", times=1, seconds=400)
    office.connect_google(GUSTAV, SMTP)
    who = office.person(GUSTAV, SMTP)
    assert state(office.send(who, order()))[0] == "sent"
    refusal = "535-5.7.8 Username and Password not accepted.\r\n535 5.7.8  gsmtp"
    office.world.add_fault("smtp.auth", times=1, reply=refusal)
    assert state(office.send(who, order()))[0] == "sent"
