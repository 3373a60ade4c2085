"""The web hook, as a receiver with the specification's own library sees it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.audit import COMMAND_LINE
from alarms import hook, services, telling
from alarms.models import Outcome, Telling, WebHook
from sender import actions
from tests.alarms.wrong import look, paused
from tests.sender.stub_servers import DROP, StubGraph

OK = (204, {}, b"")


@pytest.fixture
def receiver():
    with StubGraph([OK]) as server:
        yield server


@pytest.fixture
def secret(world, receiver):
    services.set_mailed(world.admin, False, COMMAND_LINE)
    return services.set_hook(world.company, f"http://127.0.0.1:{receiver.port}/alarms", COMMAND_LINE)


def tell(after: timedelta = timedelta(0)) -> int:
    return telling.deliver(timezone.now() + after)


def test_an_alarm_is_posted_signed_as_the_specification_says(world, receiver, secret):
    paused(world.company)
    look()
    assert tell() == 1
    path, headers, body = receiver.requests[0]
    event = Webhook(secret).verify(body, headers)
    assert path == "/alarms"
    assert event["type"] == "alarm.opened"
    assert event["data"]["title"] == "Company mail server needs attention."
    assert (event["data"]["company"], event["data"]["kind"]) == ("Alpha", "mailbox_paused")
    row = Telling.objects.get()
    assert (row.outcome, row.recipient, headers["webhook-id"]) == (Outcome.TOLD, "127.0.0.1", str(row.pk))


def test_another_secret_does_not_verify_it(world, receiver, secret):
    paused(world.company)
    look()
    tell()
    _path, headers, body = receiver.requests[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(hook.new_secret()).verify(body, headers)


def test_its_end_is_posted_too(world, receiver, secret):
    mailbox = paused(world.company)
    look()
    tell()
    actions.wake(mailbox)
    look()
    tell()
    event = json.loads(receiver.requests[1][2])
    assert event["type"] == "alarm.over"
    assert event["data"]["closed_at"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, {}, b"out of order"), "HTTP 500 out of order"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "HTTP 302"),
        (DROP, "closed connection without response"),
    ],
)
def test_a_receiver_that_fails_is_tried_again_with_the_same_id(world, receiver, secret, answer, why):
    receiver.answers[:] = [answer, OK]
    paused(world.company)
    look()
    tell()
    row = Telling.objects.get()
    assert (row.outcome, row.tries) == (Outcome.WAITING, 1)
    assert why in row.why
    tell(timedelta(seconds=6))
    row.refresh_from_db()
    assert (row.outcome, row.why) == (Outcome.TOLD, "")
    ids = {headers["webhook-id"] for _path, headers, _body in receiver.requests}
    assert len(receiver.requests) == 2
    assert ids == {str(row.pk)}


def test_a_receiver_that_fails_is_asked_once_a_round_and_does_not_hold_up_mail(
    world, receiver, secret, mailoutbox
):
    services.set_mailed(world.admin, True, COMMAND_LINE)
    receiver.answers[:] = [(503, {}, b"")]
    for method in ("company_smtp", "graph_app", "smtp_app"):
        paused(world.company, method=method)
    look()
    tell(telling.GATHER)
    assert len(receiver.requests) == 1
    assert len(mailoutbox) == 1
    receiver.answers[:] = [OK]
    tell(telling.GATHER + timedelta(seconds=6))
    assert len(receiver.requests) == 4


def test_a_worker_that_stops_tells_no_more(world, receiver, secret):
    paused(world.company)
    paused(world.company, method="graph_app")
    look()
    telling.deliver(timezone.now(), lambda: len(receiver.requests) == 1)
    assert len(receiver.requests) == 1


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(world, receiver, secret):
    receiver.answers[:] = [(410, {}, b"")]
    paused(world.company)
    look()
    tell()
    assert Telling.objects.get().outcome == Outcome.FAILED


def test_an_address_inside_is_not_dialled(world, receiver, secret, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    paused(world.company)
    look()
    tell()
    row = Telling.objects.get()
    assert row.outcome == Outcome.FAILED
    assert "not a public address" in row.why
    assert receiver.requests == []


def test_a_hook_that_was_changed_meanwhile_does_not_get_the_others(world, receiver, secret):
    paused(world.company)
    look()
    services.set_hook(world.company, "https://elsewhere.example/", COMMAND_LINE)
    tell()
    assert Telling.objects.get().outcome == Outcome.FAILED
    assert receiver.requests == []


def test_another_companys_alarms_are_not_posted(world, receiver, secret):
    services.set_mailed(world.stranger, False, COMMAND_LINE)
    paused(world.stranger.company)
    look()
    assert tell() == 0


def test_the_secret_is_sealed(world, secret):
    row = WebHook.objects.get()
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(row.ciphertext)
    assert row.unseal().decode() == secret
