"""Webhooks by the API: made with the secret told once, changed, switched, removed; those of the company alone."""

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from api.scopes import Scope
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
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/again")):
        erp.call(method, f"/webhooks/{theirs.pk}{path}", {})
        assert erp.status == 404
    services.remove(theirs, COMMAND_LINE)


def test_a_key_without_the_permission_is_refused(program):
    erp = program(Scope.SETTINGS_READ, Scope.SEND)
    assert erp.post("/webhooks", {"url": URL, "events": ["message.sent"]})["cause"] == "permission_missing"
