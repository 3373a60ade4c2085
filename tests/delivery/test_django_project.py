"""A Django project elsewhere sends as a connected person: by REST to the portal, by Graph to the mailbox."""

import pytest
from django.core.cache import cache

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from sender.models import OutboxMessage
from tests.postroom.outside import run_in_a_project

ULLA, RITA = "ulla.user@nordicfreight.example", "rita@customer.example"
PROGRAM = f"""
message = EmailMultiAlternatives("Pasūtījums", "One truck to Köln.", "{ULLA}", ["Rita <{RITA}>"])
message.attach_alternative("<p>One truck to <b>Köln</b>.</p>", "text/html")
message.attach("order.pdf", b"%PDF-1.7 of the order", "application/pdf")
message.bcc = ["archive@customer.example"]
assert message.send() == 1
"""


@pytest.mark.processes
def test_a_django_project_delivers_as_a_connected_person(office, live_server, tmp_path):
    cache.clear()  # the counters of the rate limits
    person = office.connect(ULLA).membership
    _key, secret = keys.make(person.company, "Shop", [Scope.SEND], people=[person], actor=COMMAND_LINE)
    run_in_a_project(tmp_path, live_server.url, secret, PROGRAM)
    office.work()
    message = OutboxMessage.objects.select_related("mailbox").get()
    assert (message.state, message.mailbox.method) == ("sent", "microsoft_graph")
    (arrived,) = office.arrived(message)
    assert arrived.recipients == {RITA: "to", "archive@customer.example": "bcc"}
    raw = office.world.raw(arrived.id)
    assert b"archive@" not in raw
    assert b'filename="order.pdf"' in raw
