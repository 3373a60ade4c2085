"""Every operation of the document, asked for without a key, and with that of another company."""

import json

import pytest
from django.test import Client

from api.v1.site import site
from mailsettings.models import CompanyMailSettings
from sender import batches
from sender.doctor import runs
from sender.models import CheckRun, OutboxMessage
from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener, posted_to
from webhooks.models import Delivery, Endpoint

OPERATIONS = [
    (method.upper(), path, told)
    for path, methods in site.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method, told in methods.items()
]
CLOSED = [(method, path) for method, path, told in OPERATIONS if "security" in told]
BODY = {"as": "bob@people.example", "to": ["rita@recipient.example"], "text": "x"}
BODIES = {"checks": {"as": "bob@people.example"}, "resolve": {"found": "sent"}, "explain": {"text": "550 x"}}
BODIES |= {"again": {}, "webhooks": {"url": "https://hooks.firm.example/", "events": ["message.sent"]}}


@pytest.fixture
def fill(world):
    endpoint, _secret = listener(world.company)
    values = {
        "{message_id}": str(hand_over(world.user).pk),
        "{batch_id}": str(batches.begin(world.company, "monday", submitted_by="t", api_key="t").pk),
        "{check_id}": str(runs.ask(world.user, asked_by="test").pk),
        "{address}": "bob@people.example",
        "{webhook_id}": str(endpoint.pk),
        "{delivery_id}": str(posted_to(endpoint).pk),
    }

    def filled(path: str) -> str:
        for name, value in values.items():
            path = path.replace(name, value)
        assert "{" not in path, f"the walk does not know how to fill in {path}"
        return path

    return filled


def test_all_but_health_need_a_key():
    assert {path for _method, path, told in OPERATIONS if "security" not in told} == {"/api/v1/health"}
    assert len(CLOSED) == 28


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_without_a_key_nothing_is_told(world, fill, method, path):
    answer = Client().generic(method, fill(path), b"{}", "application/json")
    assert (answer.status_code, answer.json()["cause"]) == (401, "key_missing")


# A batch is answered line by line: test_batches.py looks at those.
@pytest.mark.parametrize(("method", "path"), [each for each in CLOSED if each != ("POST", "/api/v1/batches")])
def test_the_key_of_another_company_finds_nothing(world, program, fill, method, path):
    theirs = program(company=world.stranger.company)
    body = BODIES.get(path.rpartition("/")[2], {} if method == "PATCH" else BODY)
    body = (
        None if path.endswith(("cancel", "retry", "secret", "test")) or method in ("GET", "DELETE") else body
    )
    said = theirs.call(method, fill(path).removeprefix("/api/v1"), body)
    if "{" in path or (path.endswith(("/messages", "/checks")) and method == "POST"):
        assert theirs.status in (403, 404)
    else:
        assert theirs.status in (200, 201)
    for ours in ("Alpha", "mail.alpha.example", "Order 1", "carol@people.example"):
        assert ours not in json.dumps(said)
    assert OutboxMessage.objects.get().state == "waiting"
    assert CheckRun.objects.count() == 1
    assert not CompanyMailSettings.objects.exists()
    assert Endpoint.objects.get(company=world.company).is_on
    assert [each.state for each in Delivery.objects.filter(endpoint__company=world.company)] == ["failed"]
