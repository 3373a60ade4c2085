"""Deliveries as a receiver with the specification's own library sees them, and what its answers lead to."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core import guarded
from core.ids import first_of
from tests.sender.helpers import hand_over
from tests.sender.stub_servers import DROP
from tests.webhooks.listeners import listener
from tests.webhooks.receiver import OK, raw
from webhooks import delivering, keeping, secrets, services, spreading
from webhooks.kinds import EventKind
from webhooks.models import Condition, Delivery, DeliveryState, Endpoint, Event


@pytest.fixture
def endpoint(world, receiver):
    """One that is told when a message was accepted; `secret` signs."""
    made, secret = listener(world.company, receiver.url, (EventKind.MESSAGE_ACCEPTED,))
    made.secret = secret
    return made


def deliver(after: timedelta = timedelta(0)) -> None:
    """Spread and post what is due then."""
    spreading.spread(timezone.now())
    rows = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=timezone.now() + after)
    rows.update(due_at=timezone.now())
    for each in delivering.due(timezone.now()):
        while delivering.turn(each.pk):
            pass


def test_an_event_is_posted_signed_as_the_specification_says(world, receiver, endpoint):
    message = hand_over(world.user, idempotency_key="order-1")
    deliver()
    ((path, headers, body),) = receiver.requests
    event = Webhook(endpoint.secret).verify(body, headers)
    stored = Event.objects.get()
    assert (path, headers["Content-Type"]) == ("/in", "application/json")
    assert (event["type"], event["timestamp"]) == ("message.accepted", stored.happened_at.isoformat())
    assert (event["data"]["id"], event["data"]["idempotency_key"]) == (str(message.pk), "order-1")
    assert headers["webhook-id"] == str(stored.pk)
    row = Delivery.objects.get()
    assert (row.state, row.status, row.tries, row.reply) == ("delivered", 204, 1, "")
    deliver(timedelta(hours=1))
    assert len(receiver.requests) == 1


def test_neither_another_secret_nor_another_moment_verifies_it(world, receiver, endpoint):
    hand_over(world.user)
    deliver()
    _path, headers, body = receiver.requests[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets.make()).verify(body, headers)
    later = headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body, later)


def test_what_is_replayed_later_is_told_by_its_age(world, receiver, endpoint):
    hand_over(world.user)
    spreading.spread(timezone.now())
    event = Event.objects.get()
    long_ago = timezone.now() - timedelta(minutes=6)
    body = json.dumps({"type": event.kind})
    headers = {"webhook-id": str(event.pk), "webhook-timestamp": str(int(long_ago.timestamp()))}
    headers["webhook-signature"] = Webhook(endpoint.secret).sign(str(event.pk), long_ago, body)
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(endpoint.secret).verify(body, headers)


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        ((500, {}, b"out of order"), 500, "out of order"),
        ((404, {}, b"who?"), 404, "who?"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), 302, ""),
        (DROP, None, "closed connection without response"),
    ],
)
def test_a_receiver_that_fails_is_asked_again_with_the_same_id(
    world, receiver, endpoint, answer, status, why
):
    receiver.answers[:] = [answer, OK]
    hand_over(world.user)
    deliver()
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.status) == ("waiting", 1, status)
    assert why in row.reply
    assert timedelta(seconds=3) < row.due_at - timezone.now() < timedelta(seconds=6)
    deliver(timedelta(seconds=6))
    row.refresh_from_db()
    assert (row.state, row.status, row.tries) == ("delivered", 204, 2)
    assert len(receiver.ids) == 2
    assert set(receiver.ids) == {str(row.event_id)}


def test_a_receiver_says_itself_when_to_come_again(world, receiver, endpoint):
    receiver.answers[:] = [(503, {"Retry-After": "3600"}, b"")]
    hand_over(world.user)
    deliver()
    assert Delivery.objects.get().due_at - timezone.now() > timedelta(minutes=59)


def test_after_one_failure_the_others_of_the_turn_go_back(world, receiver, endpoint):
    receiver.answers[:] = [(500, {}, b"")]
    for _number in range(3):
        hand_over(world.user)
    deliver()
    assert len(receiver.requests) == 1
    assert sorted(Delivery.objects.values_list("tries", flat=True)) == [0, 0, 1]
    assert Delivery.objects.filter(state="waiting", due_at__lte=timezone.now()).count() == 2


def test_more_than_a_turn_takes_is_delivered_in_the_order_it_came(world, receiver, endpoint):
    messages = [hand_over(world.user) for _number in range(delivering.AT_ONCE + 2)]
    deliver()
    told = [json.loads(body)["data"]["id"] for _path, _headers, body in receiver.requests]
    assert told == [str(message.pk) for message in messages]


def test_one_that_is_gone_is_stopped_at_once(world, receiver, endpoint):
    receiver.answers[:] = [(410, {}, b"")]
    for _number in range(2):
        hand_over(world.user)
    deliver()
    endpoint.refresh_from_db()
    assert endpoint.condition == Condition.GONE
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    assert AuditEvent.objects.get(action="webhook.stopped").details == {"why": "gone"}
    hand_over(world.user)
    deliver(timedelta(hours=1))
    assert len(receiver.requests) == 1


def test_a_receiver_that_fails_for_three_days_is_stopped_and_a_success_counts_anew(world, receiver, endpoint):
    receiver.answers[:] = [(500, {}, b""), OK, (500, {}, b"")]
    hand_over(world.user)
    deliver()
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=4))
    deliver(timedelta(days=1))
    endpoint.refresh_from_db()
    assert (endpoint.condition, endpoint.failing_since) == (Condition.ON, None)
    hand_over(world.user)
    deliver()
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=3))
    deliver(timedelta(days=1))
    endpoint.refresh_from_db()
    assert endpoint.condition == Condition.FAILING
    assert Delivery.objects.first().state == DeliveryState.FAILED


def test_what_is_over_its_time_is_given_up_after_a_last_try(world, receiver, endpoint):
    receiver.answers[:] = [(500, {}, b"")]
    hand_over(world.user)
    spreading.spread(timezone.now())
    Delivery.objects.update(give_up_at=timezone.now())
    deliver()
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert len(receiver.requests) == 1


def test_an_address_inside_is_not_dialled(world, receiver, endpoint, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    hand_over(world.user)
    deliver()
    assert "not a public address" in Delivery.objects.get().reply
    assert receiver.requests == []


def test_a_redirect_inside_is_not_followed(world, receiver, endpoint, settings):
    with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as inside:
        receiver.answers[:] = [(307, {"Location": inside}, b"")]
        hand_over(world.user)
        deliver()
    row = Delivery.objects.get()
    assert (row.state, row.status) == ("waiting", 307)


def test_plain_http_is_not_posted_to_elsewhere(world, receiver, endpoint):
    Endpoint.objects.update(url="http://hooks.firm.example/in")
    hand_over(world.user)
    deliver()
    assert "https://" in Delivery.objects.get().reply


def test_a_certificate_of_nobody_known_is_refused(world, receiver, endpoint, settings):
    settings.EXTRA_CA_FILE = ""
    hand_over(world.user)
    deliver()
    assert "certificate" in Delivery.objects.get().reply
    assert receiver.requests == []


@pytest.mark.parametrize(("status", "state"), [(b"200 OK", "delivered"), (b"500 No", "waiting")])
def test_an_answer_without_an_end_is_read_only_at_its_beginning(world, status, state):
    begins = b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain\r\n\r\n"
    with raw(begins, b"x" * 500) as url:
        listener(world.company, url)
        hand_over(world.user)
        deliver()
    row = Delivery.objects.get()
    assert row.state == state
    assert len(row.reply) <= 500


def test_a_receiver_that_drips_its_answer_is_left_when_the_time_is_over(world, monkeypatch):
    monkeypatch.setattr(guarded, "WHOLE_CALL_S", 0.3)
    with raw(b"HTTP/1.1 ", b" ") as url:
        listener(world.company, url)
        hand_over(world.user)
        deliver()
    row = Delivery.objects.get()
    assert (row.state, row.status) == ("waiting", None)


def test_what_a_receiver_repeats_of_the_secret_is_hidden(world, receiver, endpoint):
    receiver.answers[:] = [(500, {}, f"you are {endpoint.secret}, password=hunter22".encode())]
    hand_over(world.user)
    deliver()
    assert Delivery.objects.get().reply == "you are [hidden], password=[hidden]"


def test_a_new_secret_signs_beside_the_old_one_for_a_day(world, receiver, endpoint):
    new = services.rotate(endpoint, COMMAND_LINE)
    hand_over(world.user)
    deliver()
    _path, headers, body = receiver.requests[0]
    for secret in (new, endpoint.secret):
        assert Webhook(secret).verify(body, headers)["type"] == "message.accepted"
    Endpoint.objects.update(old_secret_until=timezone.now())
    hand_over(world.user)
    deliver()
    _path, headers, body = receiver.requests[1]
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body, headers)
    keeping.purge(timezone.now())
    assert Endpoint.objects.get().unseal().decode() == new


def test_a_secret_that_cannot_be_read_is_told_and_nothing_is_posted(world, receiver, endpoint, settings):
    settings.ENCRYPTION_KEYS = ["other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    Event.objects.create(company=world.company, kind=EventKind.MESSAGE_ACCEPTED)
    deliver()
    assert "cannot be read" in Delivery.objects.get().reply
    assert receiver.requests == []


def test_each_endpoint_gets_what_it_chose_and_no_other_companys(world, receiver, endpoint):
    listener(world.company, receiver.url, (EventKind.MESSAGE_ACCEPTED, EventKind.MESSAGE_SENT))
    listener(world.company, receiver.url, (EventKind.MESSAGE_FAILED,))
    listener(world.stranger.company, receiver.url)
    hand_over(world.user)
    deliver()
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_who_took_it_over_keeps_what_he_found(world, receiver, endpoint):
    hand_over(world.user)
    spreading.spread(timezone.now())
    (taken,) = delivering.take(endpoint.pk, timezone.now())
    assert delivering.take(endpoint.pk, timezone.now()) == []
    Delivery.objects.update(due_at=timezone.now())  # the lease is over
    deliver()
    answer = delivering.posting.Answer(500, "late", 1)
    delivering.outcomes.write(endpoint, [delivering.Tried(taken, answer, timezone.now())])
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_after_a_month_it_is_forgotten(world, receiver, endpoint):
    hand_over(world.user)
    deliver()
    long_ago = first_of(timezone.now() - timedelta(days=31))
    Event.objects.create(id=long_ago, company=world.company, kind=EventKind.MESSAGE_SENT, is_spread=True)
    assert keeping.purge(timezone.now()) == 1
    assert Delivery.objects.count() == 1
