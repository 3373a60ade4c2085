"""A mail server's host typed by a company must not lead into the portal's own network."""

import socket

import pytest
from django.urls import reverse

from mailsettings.models import SmtpServer
from sender.models import Health
from sender.worker import Worker
from tests.accounts.sign_in import sign_in
from tests.mailsettings import forms_data
from tests.sender.helpers import hand_over

INSIDE = [
    "127.0.0.1",
    "localhost",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]
# Other ways to write 127.0.0.1, which the system's resolver understands.
DISGUISED = ["2130706433", "127.1", "0x7f.0.0.1", "0177.0.0.1", "017700000001"]


@pytest.fixture
def dialled(monkeypatch, settings):
    """Addresses that were dialled: none may be. Names resolve without asking a server."""
    settings.OUTGOING_ALLOWED_NETWORKS = []
    calls = []
    monkeypatch.setattr(socket.socket, "connect", lambda _socket, address: calls.append(address))
    return calls


def send_through(world, host: str):
    SmtpServer.objects.create(
        company=world.company, host=host, port=25, authentication="none", security="none"
    )
    message = hand_over(world.user)
    Worker(threads=1, until_empty=True).run()
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("host", [*INSIDE, *DISGUISED])
def test_a_host_inside_is_not_dialled_and_the_page_says_why(transactional_db, world, client, dialled, host):
    message = send_through(world, host)
    assert dialled == []
    assert (message.state, message.cause) == ("waiting", "outgoing_address_refused")
    assert (message.mailbox.health, message.mailbox.cause) == (
        Health.NEEDS_ATTENTION,
        "outgoing_address_refused",
    )
    sign_in(client, world.user)
    page = client.get(reverse("message", args=["Alpha", message.pk])).content.decode()
    assert "may not connect to that address" in page
    assert "not a public address" in page


def test_a_public_name_that_leads_inside_is_not_dialled(transactional_db, world, dialled, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 25))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    assert send_through(world, "mail.alpha.example").cause == "outgoing_address_refused"
    assert dialled == []


def test_a_name_with_an_address_inside_and_one_outside_is_dialled_outside_only(
    transactional_db, world, dialled, monkeypatch
):
    """And only the address that was checked: the name is not asked again (DNS rebinding)."""
    answers = [["10.0.0.5", "93.184.216.34"], ["127.0.0.1"]]

    def resolve(*_args: object, **_options: object) -> list:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 25)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    message = send_through(world, "mail.alpha.example")
    assert dialled[0] == ("93.184.216.34", 25)
    assert message.cause != "outgoing_address_refused"


def test_the_operator_may_open_a_network(transactional_db, world, dialled, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = ["10.0.0.0/24"]
    send_through(world, "10.0.0.5")
    assert dialled[0] == ("10.0.0.5", 25)


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1", "017700000001"])
def test_numbers_in_disguise_are_refused_beside_the_field(client, world, host):
    sign_in(client, world.admin)
    answer = client.post(reverse("settings-smtp", args=["Alpha"]), forms_data.smtp(host=host))
    assert "not a server" in answer.content.decode()
    assert not SmtpServer.objects.exists()
