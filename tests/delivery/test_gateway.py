"""Real programs hand mail to the gateway with a key; it leaves by Graph as a connected person."""

import smtplib
from email import message_from_bytes, policy

import pytest

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from sender.models import OutboxMessage
from tests.delivery.arrival import difference
from tests.delivery.faults.places import until
from tests.gateway import dotnet, postfix
from tests.gateway.clients import EVERY, is_here
from tests.gateway.conftest import certificate, serving
from tests.sender.helpers import state_of

__all__ = ["certificate"]
ULLA, RITA = "ulla.user@nordicfreight.example", "rita@customer.example"
MESSAGE = (
    f"From: Ulla <{ULLA}>\r\nTo: Rita <{RITA}>\r\nSubject: =?utf-8?q?K=C3=B6ln?=\r\n"
    "Date: Fri, 2 Oct 2026 10:00:00 +0200\r\nMessage-ID: <from-the-erp@nordicfreight.example>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "One truck to Köln, please.\r\n..\r\n.dots\r\n"
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(not is_here(name), reason=f"{name} is not installed"))
        for name in EVERY
    ],
)
def test_each_program_delivers_as_a_connected_person(office, certificate, tmp_path, name):
    person = office.connect(ULLA).membership
    _key, secret = keys.make(person.company, "ERP", [Scope.SEND], people=[person], actor=COMMAND_LINE)
    file = tmp_path / "message.eml"
    file.write_bytes(MESSAGE.encode())
    with serving(certificate) as gateway:
        assert "2.0.0 OK" in EVERY[name](gateway.ports, certificate[0], ULLA, secret, file, RITA)
    office.work()
    message = OutboxMessage.objects.select_related("mailbox").get()
    assert (state_of(message), message.mailbox.method) == ("sent", "microsoft_graph")
    (arrived,) = office.arrived(message)
    assert arrived.recipients == {RITA: "to"}
    assert not difference(MESSAGE.encode(), office.world.raw(arrived.id))


@pytest.mark.skipif(not dotnet.IS_HERE, reason="dotnet or mcs is not installed")
def test_the_smtp_client_of_dotnet_delivers_as_a_connected_person(office, certificate, tmp_path):
    person = office.connect(ULLA).membership
    _key, secret = keys.make(person.company, "TMS", [Scope.SEND], people=[person], actor=COMMAND_LINE)
    program = dotnet.compiled(tmp_path)
    with serving(certificate) as gateway:
        dotnet.send(program, gateway.ports.starttls, certificate[0], ULLA, secret, RITA)
    office.work()
    message = OutboxMessage.objects.get()
    assert (state_of(message), message.subject) == ("sent", "Köln")
    (arrived,) = office.arrived(message)
    assert arrived.recipients == {RITA: "to"}
    read = message_from_bytes(office.world.raw(arrived.id), policy=policy.default)
    assert read.get_body().get_content().split() == ["One", "truck", "to", "Köln,", "please.", ".", ".dots"]
    assert [file.get_filename() for file in read.iter_attachments()] == ["order.txt"]


@pytest.mark.skipif(not postfix.IS_HERE, reason="Postfix is not installed, or this is not root")
def test_a_postfix_behind_which_old_programs_stand_relays_through_the_gateway(office, certificate):
    person = office.connect(ULLA).membership
    _key, secret = keys.make(person.company, "Printers", [Scope.SEND], people=[person], actor=COMMAND_LINE)
    with serving(certificate) as gateway:
        way = (gateway.ports.starttls, certificate[0], ULLA, secret)
        with postfix.smart_host_client(*way) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as printer:
            printer.sendmail(ULLA, [RITA], MESSAGE.encode())
            until(OutboxMessage.objects.exists)
    office.work()
    message = OutboxMessage.objects.get()
    assert state_of(message) == "sent"
    (arrived,) = office.arrived(message)
    assert arrived.recipients == {RITA: "to"}
    assert b"One truck to K\xc3\xb6ln, please." in office.world.raw(arrived.id)
