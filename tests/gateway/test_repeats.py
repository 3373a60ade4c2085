"""A client that lost our 250 sends the message again, and it is not doubled; what only looks alike is not lost."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from sender.models import OutboxMessage
from tests.gateway.client import MESSAGE
from tests.gateway.conftest import BOB

AGAIN = "250 2.0.0 OK: taken before as "


def count() -> int:
    return OutboxMessage.objects.count()


def test_the_same_message_again_is_answered_alike_and_stored_once(door):
    with door.signed_in() as client:
        first = client.mail()
    with door.signed_in("Alpha") as client:
        again = client.mail()
    assert again == AGAIN + first.rpartition(" ")[2]
    assert count() == 1


def test_header_lines_that_the_way_here_changed_make_no_new_message(door):
    with door.signed_in() as client:
        client.mail()
        assert client.mail("Received: by relay.example; now\r\n" + MESSAGE).startswith("250 2.0.0 OK")
    assert count() == 1


@pytest.mark.parametrize(
    ("message", "to"),
    [
        (MESSAGE.replace("<order-1@", "<order-2@"), "rita@recipient.example"),
        (MESSAGE.replace("One truck", "Two trucks"), "rita@recipient.example"),
        (MESSAGE, "rolf@recipient.example"),  # one transaction for each recipient, as relays do
    ],
)
def test_another_message_is_another_message(door, message, to):
    with door.signed_in() as client:
        client.mail()
        assert client.mail(message, to).startswith("250 2.0.0 OK: taken as")
    assert count() == 2


def test_nothing_is_stored_when_the_answer_is_not_now(door, monkeypatch):
    """A message without Message-ID would be sent again, and be there twice."""

    def lost(_key) -> None:
        raise OperationalError("database is locked")

    with door.signed_in() as client:
        monkeypatch.setattr(keys, "used", lost)
        assert client.mail().startswith("451 4.3.0")
    assert count() == 0


def test_a_message_without_an_id_has_no_repeats(door):
    without = MESSAGE.replace("Message-ID: <order-1@people.example>\r\n", "")
    with door.signed_in() as client:
        client.mail(without)
        client.mail(without)
    assert count() == 2


def test_another_key_sends_it_anew(door):
    _key, secret = keys.make(door.world.company, "Other", [Scope.SEND], actor=COMMAND_LINE)
    with door.signed_in() as client:
        client.mail()
    with door.client() as client:
        client.login(BOB, secret)
        assert client.mail().startswith("250 2.0.0 OK: taken as")
    assert count() == 2


@pytest.mark.parametrize(("hours", "messages"), [(23, 1), (25, 2)])
def test_it_is_remembered_for_a_day_and_no_longer(door, hours, messages):
    """As it would look after that time: the day stands in the key under which it was stored."""
    with door.signed_in() as client:
        client.mail()
        message = OutboxMessage.objects.get()
        then = timezone.now() - timedelta(hours=hours)
        beginning, _day, digest = message.idempotency_key.split("-")
        message.idempotency_key = f"{beginning}-{then:%Y%m%d}-{digest}"
        message.submitted_at = then
        message.save(update_fields=["idempotency_key", "submitted_at"])
        assert client.mail().startswith("250")
    assert count() == messages


def test_the_same_message_from_many_connections_at_once_is_stored_once(door):
    clients = [door.signed_in() for _ in range(5)]
    for client in clients:
        for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
            client(command)
    for client in clients:
        client.send(MESSAGE + ".\r\n")
    replies = [client.reply() for client in clients]
    for client in clients:
        client.close()
    assert all(reply.startswith("250 2.0.0 OK") for reply in replies)
    assert len({reply.rpartition(" ")[2] for reply in replies}) == count() == 1
