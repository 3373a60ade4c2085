"""Webhooks by the API: made with the secret told once, changed, switched, removed; those of the company alone."""

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from api.scopes import Scope
from tests.sender.stub_servers import StubGraph
from tests.webhooks.listeners import listener, posted_to
from webhooks import services
from webhooks.models import Condition, Delivery, Endpoint

URL = "https://hooks.firm.example/in"


def test_a_webhook_is_made_and_its_secret_told_once(program):
    erp = program(Scope.SETTINGS_READ, Scope.SETTINGS_WRITE)
    made = erp.post("/webhooks", {"url": URL, "events": ["message.sent", "message.failed", "message.sent"]})
    assert erp.status == 201
    endpoint = Endpoint.objects.get()
    assert made["secret"] == endpoint.unseal().decode()
    assert (made["id"], made["url"], made["condition"]) == (str(endpoint.pk), URL, "on")
    assert endpoint.events == made["events"] == ["message.sent", "message.failed"]
    (listed,) = erp.get("/webhooks")["webhooks"]
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    assert AuditEvent.objects.get(action="webhook.added").actor_label == "API key ERP"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://plain.example/", "events": ["message.sent"]}, "url"),
        ({"url": "https://10.0.0.1/", "events": ["message.sent"]}, "url"),
        ({"url": URL, "events": []}, "given.events"),
        ({"url": URL, "events": ["message.read"]}, "given.events.0"),
        ({"url": URL}, "given.events"),
        ({"url": URL, "events": ["message.sent"], "secret": "mine"}, "given.secret"),
    ],
)
def test_what_is_not_right_is_told_with_its_field(program, body, field):
    erp = program()
    assert erp.post("/webhooks", body)["field"] == field.removeprefix("given.")
    assert erp.status == 422
    assert not Endpoint.objects.exists()


def test_ten_are_enough(world, program):
    for _number in range(services.MOST):
        listener(world.company)
    erp = program()
    assert "ten webhooks" in erp.post("/webhooks", {"url": URL, "events": ["message.sent"]})["detail"]


def test_a_webhook_is_changed_part_by_part_and_switched(world, program):
    endpoint, _secret = listener(world.company)
    erp, path = program(), f"/webhooks/{endpoint.pk}"
    assert erp.call("PATCH", path, {"events": ["message.sent"]})["url"] == endpoint.url
    assert erp.call("PATCH", path, {"url": "https://other.example/"})["events"] == ["message.sent"]
    assert erp.call("PATCH", path, {"is_on": False})["condition"] == "off"
    assert erp.call("PATCH", path, {"is_on": True})["condition"] == "on"
    assert erp.call("PATCH", path, {"url": "ftp://x"})["field"] == "url"


def test_a_new_secret_is_told_once_and_what_failed_is_posted_again(world, program):
    endpoint, old = listener(world.company)
    posted_to(endpoint)
    erp, path = program(), f"/webhooks/{endpoint.pk}"
    new = erp.post(f"{path}/secret")["secret"]
    assert Endpoint.objects.get().unseal().decode() == f"{new}\n{old}"
    assert erp.post(f"{path}/again", {"hours": 1}) == {"events": 1}
    assert Delivery.objects.get().state == "waiting"


def test_what_was_posted_is_listed_with_what_was_answered(world, program):
    endpoint, _secret = listener(world.company)
    old, new = posted_to(endpoint), posted_to(endpoint, "waiting", status=None, reply="nobody listens")
    erp, path = program(Scope.SETTINGS_READ), f"/webhooks/{endpoint.pk}"
    assert erp.get(path)["url"] == endpoint.url
    first = erp.get(f"{path}/deliveries?limit=1")
    (shown,) = first["deliveries"]
    assert (shown["id"], shown["event_id"]) == (str(new.pk), str(new.event_id))
    assert (shown["type"], shown["state"], shown["tries"]) == ("message.sent", "waiting", 1)
    assert (shown["status"], shown["reply"]) == (None, "nobody listens")
    assert shown["next_try_at"]
    (shown,) = erp.get(f"{path}/deliveries?before={first['before']}")["deliveries"]
    assert (shown["id"], shown["status"], shown["reply"]) == (str(old.pk), 500, "out of order")
    assert shown["next_try_at"] is None
    (shown,) = erp.get(f"{path}/deliveries?state=failed")["deliveries"]
    assert shown["id"] == str(old.pk)
    assert erp.get(f"{path}/deliveries?state=lost")["field"] == "state"


def test_one_event_is_posted_again_only_where_somebody_listens(world, program):
    endpoint, _secret = listener(world.company)
    delivery = posted_to(endpoint)
    erp, path = program(), f"/webhooks/{endpoint.pk}/deliveries/{delivery.pk}/again"
    assert erp.post(path) == {"events": 1}
    assert Delivery.objects.get().state == "waiting"
    assert erp.post(path) == {"events": 0}
    erp.call("PATCH", f"/webhooks/{endpoint.pk}", {"is_on": False})
    assert Delivery.objects.get().state == "failed"
    assert erp.post(path) == {"events": 0}
    assert AuditEvent.objects.get(action="webhook.sent_again").actor_label == "API key ERP"


def test_the_delivery_of_another_webhook_is_not_found(world, program):
    endpoint, _secret = listener(world.company)
    delivery = posted_to(listener(world.company)[0])
    erp = program()
    erp.post(f"/webhooks/{endpoint.pk}/deliveries/{delivery.pk}/again")
    assert erp.status == 404


def test_a_test_tells_what_the_receiver_answered(world, program):
    with StubGraph() as receiver:
        endpoint, _secret = listener(world.company, f"http://127.0.0.1:{receiver.port}/in")
        receiver.answers[:] = [(503, {}, b"out of order"), (204, {}, b"")]
        erp, path = program(Scope.SETTINGS_WRITE), f"/webhooks/{endpoint.pk}/test"
        said = erp.post(path)
        assert (said["is_ok"], said["status"], said["reply"]) == (False, 503, "out of order")
        assert erp.post(path)["is_ok"]
    assert erp.post(path)["status"] is None
    for _number in range(services.MOST_TESTS - 3):
        assert services.may_test(world.company)
    assert "many tests" in erp.post(path)["detail"]
    assert (erp.status, erp.headers["Retry-After"]) == (429, "600")


def test_a_webhook_is_removed(world, program):
    endpoint, _secret = listener(world.company)
    erp = program()
    assert erp.call("DELETE", f"/webhooks/{endpoint.pk}")["id"] == str(endpoint.pk)
    assert erp.get("/webhooks") == {"webhooks": []}
    erp.call("DELETE", f"/webhooks/{endpoint.pk}")
    assert erp.status == 404
    assert Endpoint.objects.get().condition == Condition.REMOVED


def test_another_companys_are_not_found(world, program):
    theirs, _secret = listener(world.stranger.company)
    erp = program()
    assert erp.get("/webhooks") == {"webhooks": []}
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/secret"),
        ("POST", "/again"),
        ("POST", "/test"),
    ):
        erp.call(method, f"/webhooks/{theirs.pk}{path}", {})
        assert erp.status == 404
    services.remove(theirs, COMMAND_LINE)


def test_a_key_without_the_permission_is_refused(program):
    erp = program(Scope.SETTINGS_READ, Scope.SEND)
    assert erp.post("/webhooks", {"url": URL, "events": ["message.sent"]})["cause"] == "permission_missing"
    endpoint, _secret = listener(erp.key.company)
    assert erp.post(f"/webhooks/{endpoint.pk}/test")["cause"] == "permission_missing"
    erp = program(Scope.SETTINGS_WRITE)
    assert erp.get(f"/webhooks/{endpoint.pk}/deliveries")["cause"] == "permission_missing"
