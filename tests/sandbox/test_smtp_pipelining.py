"""Several commands in one flight (RFC 2920), with and without faults."""

import smtplib
import socket
import ssl
from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from tests.sandbox.people import ULLA, letter

ENVELOPE = f"MAIL FROM:<{ULLA}>\r\nRCPT TO:<%s@example.com>\r\nRCPT TO:<%s@example.com>\r\nDATA\r\n"


@pytest.fixture
def ulla(sandbox: Sandbox, sandbox_client) -> Iterator[smtplib.SMTP]:
    tls = ssl.create_default_context(cafile=str(sandbox.ca_file))
    server = smtplib.SMTP_SSL("localhost", sandbox.tls_port, "client.example", timeout=5, context=tls)
    server.login(ULLA, "Ulla-sails-1")
    yield server
    server.close()


def codes(server: smtplib.SMTP, count: int) -> list[int]:
    return [server.getreply()[0] for _ in range(count)]


def ends(server: smtplib.SMTP) -> bool:
    """Whether the server says nothing more and hangs up."""
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError, socket.timeout)) as caught:
        server.getreply()
    return not isinstance(caught.value, TimeoutError)


def test_the_content_may_be_followed_by_the_next_envelope_in_one_flight(ulla, sandbox_client):
    ulla.send(ENVELOPE % ("a", "b"))
    assert codes(ulla, 4) == [250, 250, 250, 354]
    ulla.send(letter() + b".\r\n" + (ENVELOPE % ("c", "d")).encode())
    assert codes(ulla, 5) == [250, 250, 250, 250, 354]
    ulla.send(letter() + b".\r\n")
    assert codes(ulla, 1) == [250]
    assert len(sandbox_client.mail()) == 2


def test_a_refused_recipient_does_not_stop_the_flight(ulla, sandbox_client):
    ulla.send("RSET\r\n" + ENVELOPE % ("nobody", "b"))
    assert codes(ulla, 5) == [250, 250, 550, 250, 354]
    ulla.send(letter() + b".\r\n")
    assert codes(ulla, 1) == [250]
    assert list(sandbox_client.mail()[0].recipients) == ["b@example.com"]


def test_data_without_a_recipient_is_refused_and_the_next_flight_is_taken(ulla):
    ulla.send(ENVELOPE % ("nobody", "later"))
    assert codes(ulla, 4) == [250, 550, 450, 503]
    ulla.send("RSET\r\n" + ENVELOPE % ("a", "b"))
    assert codes(ulla, 5) == [250, 250, 250, 250, 354]


def test_after_a_refused_sender_everything_in_the_flight_is_refused(ulla, sandbox_client):
    sandbox_client.add_fault("smtp.mail", reply="451 4.7.0 Busy", times=1)
    ulla.send(ENVELOPE % ("a", "b"))
    assert codes(ulla, 4) == [451, 503, 503, 503]


@pytest.mark.parametrize(("where", "before"), [("smtp.mail", 0), ("smtp.rcpt", 1), ("smtp.data", 3)])
@pytest.mark.parametrize("fault", [{"action": "drop"}, {"reply": "421 4.3.2 Closing"}], ids=["drop", "421"])
def test_a_cut_ends_the_flight_where_it_stands(ulla, sandbox_client, where, before, fault):
    sandbox_client.add_fault(where, times=1, **fault)
    ulla.send(ENVELOPE % ("a", "b"))
    assert codes(ulla, before) == [250, 250, 250][:before]
    if "reply" in fault:
        assert codes(ulla, 1) == [421]
    assert ends(ulla)
    assert sandbox_client.mail() == []


@pytest.mark.parametrize("where", ["smtp.mail", "smtp.rcpt", "smtp.data"])
def test_garbage_can_stand_in_for_an_answer(ulla, sandbox_client, where):
    sandbox_client.add_fault(where, reply="what?", times=1)
    ulla.send(ENVELOPE % ("a", "b"))
    assert b"what?" in b"".join(ulla.file.readline() for _ in range(4))
