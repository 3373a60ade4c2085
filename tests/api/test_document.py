"""The OpenAPI document is true: schemathesis calls every operation by it, rightly and wrongly, and finds nothing."""

import json
from uuid import uuid4

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as of_hypothesis
from schemathesis import GenerationMode

from api import ndjson
from sender import batches
from sender.doctor import runs
from tests.api.test_messages import ORDER
from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener, posted_to
from webhooks import posting
from webhooks.models import Endpoint

CASES = 12
OPERATIONS = 29
# Whether an address is one, or base64 whole, no schema can say: 422 is a right answer to what fits the schema.
STATUSES = ["2xx", "401", "403", "404", "409", "415", "422", "429"]


@pytest.fixture(autouse=True)
def _one_connection():
    """As Django's own test client does: the test's transaction is not closed at the end of a request."""
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


@pytest.fixture
def document(settings):
    settings.PUBLIC_URL = "http://localhost"  # the host schemathesis calls
    settings.API_REQUESTS_A_MINUTE = 1_000_000
    config = {"checks": {"positive_data_acceptance": {"expected-statuses": STATUSES}}}
    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", get_wsgi_application(), config=schemathesis.Config.from_dict(config)
    )


@pytest.fixture
def known(world, program, monkeypatch):
    """What is there, so that calls come further than to “no such thing”."""
    monkeypatch.setattr(runs, "MOST_ASKED", 1_000_000)
    monkeypatch.setattr(posting, "post", lambda *_told: posting.Answer(204, "", 1))
    return {
        "message_id": lambda: str(hand_over(world.user).pk),
        "batch_id": lambda: str(batches.begin(world.company, uuid4().hex, submitted_by="t", api_key="t").pk),
        "check_id": lambda: str(runs.ask(world.user, asked_by="test").pk),
        "address": lambda: "bob@people.example",
        "webhook_id": lambda: webhook_of(world.company),
        "delivery_id": lambda: str(posted_to(Endpoint.objects.get()).pk),
    }


def webhook_of(company) -> str:
    """A new one; there are never too many."""
    Endpoint.objects.all().delete()
    return str(listener(company)[0].pk)


@schemathesis.serializer(ndjson.MEDIA_TYPE)
def _lines(_context, value):
    """A body that is text goes as it is; of anything else the text is what a careless client would send."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace")


def in_vain(case, _known):
    return case


def about_what_is_there(case, known):
    for name in (name for name in known if name in case.path_parameters):
        case.path_parameters[name] = known[name]()
    if isinstance(case.body, dict) and "as" in case.body:
        case.body["as"] = "bob@people.example"
    if case.media_type == ndjson.MEDIA_TYPE:
        case.body = "\n".join([json.dumps(ORDER), json.dumps(case.body)])
    if "as" in case.query:
        case.query["as"] = "bob@people.example"
    return case


RIGHTLY = [
    (GenerationMode.POSITIVE, made, number)
    for made in (in_vain, about_what_is_there)
    for number in range(OPERATIONS)
]
# The last, health, takes nothing that could be wrong.
WRONGLY = [(GenerationMode.NEGATIVE, in_vain, number) for number in range(OPERATIONS - 1)]


@pytest.mark.parametrize(("mode", "made", "number"), RIGHTLY + WRONGLY)
def test_an_operation_keeps_to_the_document(document, known, program, number, mode, made):
    operation = [found.ok() for found in document.get_all_operations()][number]
    headers = {"Authorization": f"Bearer {program().secret}", "Accept-Encoding": "identity"}

    @of_hypothesis(
        max_examples=CASES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps(case):
        made(case, known).call_and_validate(headers=headers)

    keeps()


def test_every_operation_is_called(document):
    assert len(list(document.get_all_operations())) == OPERATIONS
