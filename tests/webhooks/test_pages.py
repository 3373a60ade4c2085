"""The pages of webhooks: only an admin's, the secret shown once, what failed posted again."""

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.ids import first_of
from tests.accounts.sign_in import sign_in
from tests.webhooks.listeners import listener, posted_to
from webhooks import keeping, outcomes, services
from webhooks.kinds import TEST, EventKind
from webhooks.models import Condition, Delivery, Endpoint, Event

NEW = "/Alpha/webhooks/new/"
URL = "https://hooks.firm.example/in"


@pytest.fixture
def admin(world, client):
    cache.clear()
    sign_in(client, world.admin)
    return client


def path(name: str, endpoint: Endpoint, *more: object) -> str:
    return reverse(name, args=["Alpha", endpoint.pk, *more])


def form_number(client, page: str) -> str:
    """Of a form that is taken once."""
    return re.search(r'name="once" value="([^"]+)"', client.get(page).content.decode())[1]


def test_a_form_that_is_sent_twice_makes_one_webhook_and_one_new_secret(admin):
    typed = {"url": URL, "events": [EventKind.MESSAGE_FAILED], "once": form_number(admin, NEW)}
    assert [admin.post(NEW, typed).status_code for _time in range(2)] == [200, 302]
    endpoint = Endpoint.objects.get()
    anew = path("webhook-secret", endpoint)
    number = {"once": form_number(admin, anew)}
    shown = admin.post(anew, number).content.decode()
    assert admin.post(anew, number).url == "/Alpha/webhooks/"
    endpoint.refresh_from_db()
    assert endpoint.unseal().decode().split()[0] in shown


def test_the_secret_is_shown_once_when_it_is_made(world, admin):
    chosen = [EventKind.MESSAGE_FAILED, EventKind.MESSAGE_SENT]
    text = admin.post(NEW, {"url": f" {URL} ", "events": chosen}).content.decode()
    endpoint = Endpoint.objects.get()
    secret = endpoint.unseal().decode()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret in text
    assert (endpoint.url, endpoint.events) == (URL, ["message.sent", "message.failed"])
    for address in ("/Alpha/webhooks/", path("webhook-page", endpoint), path("webhook-edit", endpoint)):
        assert secret not in admin.get(address).content.decode()
    event = AuditEvent.objects.get(action="webhook.added")
    assert (event.object_label, event.details["events"]) == ("hooks.firm.example", endpoint.events)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "Give the address"),
        ("hooks.example", "begins with https://"),
        ("http://hooks.example/", "begins with https://"),
        ("http://localhost.hooks.example/", "begins with https://"),
        ("https://user:word@hooks.example/", "Leave user name and password out"),
        ("https://10.0.0.5/in", "not a public address"),
        ("https://[fd00::1]/in", "not a public address"),
        ("https://[bad/in", "begins with https://"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_at_the_field(world, admin, url, says):
    answer = admin.post(NEW, {"url": url, "events": [EventKind.MESSAGE_SENT]})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_plain_http_is_taken_on_this_machine_where_the_operator_opened_it(world, admin, settings):
    form = {"url": "http://127.0.0.1:9000/in", "events": [EventKind.MESSAGE_SENT]}
    settings.OUTGOING_ALLOWED_NETWORKS = []
    assert admin.post(NEW, form).status_code == 422
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    assert admin.post(NEW, form).status_code == 200


def test_at_least_one_event_is_chosen(world, admin):
    assert "Choose at least one event." in admin.post(NEW, {"url": URL}).content.decode()


def test_ten_are_enough(world, admin):
    for _number in range(services.MOST):
        listener(world.company)
    answer = admin.post(NEW, {"url": URL, "events": [EventKind.MESSAGE_SENT]}, follow=True)
    assert "There are ten webhooks already." in answer.content.decode()
    assert "New webhook" not in answer.content.decode()


def test_a_webhook_is_changed_and_keeps_its_secret(world, admin):
    endpoint, secret = listener(world.company)
    form = {"url": "https://other.example/", "events": [EventKind.ALARM_OPENED]}
    page = admin.post(path("webhook-edit", endpoint), form, follow=True).content.decode()
    assert "https://other.example/" in page
    endpoint.refresh_from_db()
    assert (endpoint.events, endpoint.unseal().decode()) == (["alarm.opened"], secret)
    assert AuditEvent.objects.get(action="webhook.changed").details["address"] == "other.example"


def test_a_new_secret_is_asked_for_and_shown_once(world, admin):
    endpoint, secret = listener(world.company)
    assert "for a day" in admin.get(path("webhook-secret", endpoint)).content.decode()
    text = admin.post(path("webhook-secret", endpoint)).content.decode()
    new = Endpoint.objects.get().unseal().decode().split("\n")[0]
    assert new in text
    assert secret not in text
    assert AuditEvent.objects.filter(action="webhook.secret_replaced").exists()


def test_switching_off_gives_up_what_waited_and_on_lets_it_be_posted_again(world, admin):
    endpoint, _secret = listener(world.company)
    posted_to(endpoint, "waiting")
    page = admin.post(path("webhook-switch", endpoint), {"to": "off"}, follow=True).content.decode()
    assert "Nothing is posted there any more." in page
    assert Delivery.objects.get().state == "failed"
    assert (
        "Nothing is posted again" in admin.post(path("webhook-again", endpoint), follow=True).content.decode()
    )
    admin.post(path("webhook-switch", endpoint), {"to": "on"})
    page = admin.post(path("webhook-again", endpoint), {"hours": "24"}, follow=True).content.decode()
    assert "1 event is posted again." in page
    assert Delivery.objects.get().state == "waiting"
    done = ["webhook.switched_off", "webhook.switched_on", "webhook.sent_again"]
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True))[-3:] == done


def test_one_that_stopped_by_itself_says_why_and_is_switched_on_again(world, admin):
    endpoint, _secret = listener(world.company)
    outcomes.stop(endpoint, Condition.FAILING)
    assert "for three days nothing got through" in admin.get(path("webhook-page", endpoint)).content.decode()
    admin.post(path("webhook-switch", endpoint), {"to": "on"})
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.failing_since) == (True, None)


def test_only_what_failed_since_then_is_posted_again(world, admin):
    endpoint, _secret = listener(world.company)
    old = posted_to(endpoint)
    Delivery.objects.filter(pk=old.pk).update(id=first_of(timezone.now() - timedelta(hours=2)))
    posted_to(endpoint, "delivered", status=200)
    new = posted_to(endpoint)
    admin.post(path("webhook-again", endpoint), {"hours": "1"})
    assert list(Delivery.objects.filter(state="waiting")) == [new]


def test_one_delivery_is_posted_again_with_the_same_event(world, admin):
    endpoint, _secret = listener(world.company)
    delivery = posted_to(endpoint, "delivered", status=200)
    admin.post(path("webhook-one-again", endpoint, delivery.pk))
    again = Delivery.objects.get()
    assert (again.state, again.tries, again.event_id) == ("waiting", 0, delivery.event_id)


def test_a_delivery_of_another_webhook_is_not_found(world, admin):
    endpoint, _secret = listener(world.company)
    others = posted_to(listener(world.stranger.company)[0])
    assert admin.post(path("webhook-one-again", endpoint, others.pk)).status_code == 404


def test_a_test_is_posted_at_once_and_stands_among_what_was_posted(world, admin, receiver):
    endpoint, _secret = listener(world.company, receiver.url)
    services.switch_off(endpoint, COMMAND_LINE)
    page = admin.post(path("webhook-test", endpoint), follow=True).content.decode()
    assert "The receiver took the test." in page
    assert "webhook.test" in page
    ((_path, _headers, body),) = receiver.requests
    assert json.loads(body)["data"] == {"company": "Alpha"}


def test_a_test_that_fails_is_not_repeated_and_says_why(world, admin, receiver):
    endpoint, _secret = listener(world.company, receiver.url)
    receiver.answers[:] = [(500, {}, b"out of order")]
    page = admin.post(path("webhook-test", endpoint), follow=True).content.decode()
    assert "The test was not taken: HTTP 500 out of order" in page
    assert (Delivery.objects.get().state, Event.objects.get().kind) == ("failed", TEST)
    assert (
        "Nothing is posted again"
        in admin.post(
            path("webhook-one-again", endpoint, Delivery.objects.get().pk), follow=True
        ).content.decode()
    )


def test_too_many_tests_are_refused(world, admin, receiver):
    endpoint, _secret = listener(world.company, receiver.url)
    for _number in range(services.MOST_TESTS):
        assert services.may_test(world.company)
    page = admin.post(path("webhook-test", endpoint), follow=True).content.decode()
    assert "Wait ten minutes." in page
    assert receiver.requests == []


def test_removing_is_asked_for_and_takes_all_along(world, admin):
    endpoint, _secret = listener(world.company)
    posted_to(endpoint)
    assert "no longer listed" in admin.get(path("webhook-remove", endpoint)).content.decode()
    page = admin.post(path("webhook-remove", endpoint), follow=True).content.decode()
    assert "The webhook is removed." in page
    assert "There is no webhook yet" in page
    assert admin.get(path("webhook-page", endpoint)).status_code == 404
    endpoint.refresh_from_db()
    assert endpoint.unseal() == b""
    services.switch_on(endpoint, COMMAND_LINE)
    endpoint.refresh_from_db()
    assert endpoint.condition == Condition.REMOVED
    keeping.purge(timezone.now())
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("who", ["support", "user"])
def test_only_admins_come_in(world, client, who):
    sign_in(client, getattr(world, who))
    assert client.get("/Alpha/webhooks/").status_code == 403


def test_the_list_of_deliveries_is_paged_and_costs_the_same_for_one_and_for_many(
    world, admin, django_assert_max_num_queries
):
    endpoint, _secret = listener(world.company)
    page = admin.get(path("webhook-page", endpoint)).content.decode()
    assert "Nothing was posted there yet." in page
    for number in range(31):
        posted_to(endpoint, reply=f"answer {number};")
    with django_assert_max_num_queries(10):
        page = admin.get(path("webhook-page", endpoint)).content.decode()
    assert "answer 30;" in page
    assert "answer 0;" not in page
    older = re.search(r"\?before=[0-9a-f-]+", page)[0]
    assert "answer 0;" in admin.get(path("webhook-page", endpoint) + older).content.decode()


def test_a_filter_that_finds_nothing_says_so(world, admin):
    endpoint, _secret = listener(world.company)
    posted_to(endpoint)
    assert (
        "No event is in this state."
        in admin.get(path("webhook-page", endpoint) + "?state=delivered").content.decode()
    )
    assert "out of order" in admin.get(path("webhook-page", endpoint) + "?state=failed").content.decode()
    assert "out of order" in admin.get(path("webhook-page", endpoint) + "?state=nonsense").content.decode()


def test_what_a_receiver_answers_is_shown_as_text(world, admin):
    endpoint, _secret = listener(world.company)
    posted_to(endpoint, reply="<script>alert(1)</script>")
    assert "<script>alert" not in admin.get(path("webhook-page", endpoint)).content.decode()
