"""Secrets around alarms: what a secret that ends holds, what a server said."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Role
from alarms import telling
from alarms.models import Alarm, Telling
from tests.accounts.sign_in import sign_in
from tests.alarms.wrong import look, paused, secret_ending
from tests.factories import make_company, make_member, make_operator
from tests.safety import canaries
from tests.sender.stub_servers import StubGraph
from tests.webhooks.listeners import listener
from webhooks import delivering, spreading
from webhooks.models import Event


@pytest.fixture
def told(search, mailoutbox):
    """A company with a webhook, and every secret near an alarm."""
    company = make_company("Alarmed")
    admin = make_member(company, Role.ADMIN)
    with StubGraph() as receiver:
        endpoint, secret = listener(company, f"http://127.0.0.1:{receiver.port}/in")
        ending = secret_ending(company, 3)
        ending.seal(canaries.CLIENT_SECRET.encode())
        ending.save()
        paused(company, cause_raw=f"535 password={canaries.APP_PASSWORD}")
        look()
        telling.deliver(timezone.now() + telling.GATHER)
        spreading.spread(timezone.now())
        delivering.turn(endpoint.pk)
        yield company, admin, secret, receiver


def test_nothing_that_is_told_stored_or_shown_holds_a_secret(told, client, mailoutbox):
    company, admin, secret, receiver = told
    texts = [letter.subject + letter.body for letter in mailoutbox]
    texts += [str(body) + str(headers) for _path, headers, body in receiver.requests]
    for model in (Alarm, Telling, AuditEvent, Event):
        texts += map(str, model.objects.values())
    sign_in(client, admin)
    for name in ("alarms", "webhooks", "overview", "calendar", "outbox", "audit"):
        texts.append(client.get(reverse(name, args=[company.code])).content.decode())
    client.force_login(make_operator())
    texts.append(client.get(reverse("operator-overview")).content.decode())
    assert len(receiver.requests) > 0
    for text in texts:
        assert canaries.found_in(text.encode()) == []
        assert secret not in text
        assert secret.removeprefix("whsec_") not in text
