"""The gateway as a process: what a signal does to who is connected, and the codes that it ends with."""

import re
import signal
import smtplib
import socket
import ssl
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
import trustme

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from gateway.server import Ports
from sender.models import OutboxMessage
from tests.gateway.client import MESSAGE, Client
from tests.gateway.conftest import BOB
from tests.processes import manage, running
from tests.sender.helpers import open_relay

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
FINISHING = "Finishing the messages being received"


@pytest.fixture
def settings_of(monkeypatch, certificate):
    """Sets the environment of the gateway's process."""

    def use(**values: str) -> None:
        files = {"GATEWAY_CERTIFICATE": str(certificate[1]), "GATEWAY_PRIVATE_KEY": str(certificate[2])}
        places = {"GATEWAY_HOST": "127.0.0.1", "GATEWAY_STARTTLS_PORT": "0", "GATEWAY_TLS_PORT": "0"}
        for name, value in (files | places | values).items():
            monkeypatch.setenv(name, value)

    return use


@contextmanager
def started(settings_of):
    settings_of()
    with running("smtpgateway") as process:
        line = until(process, "gateway started")
        yield process, Ports(*(int(re.search(rf" {name}=(\d+)", line)[1]) for name in ("starttls", "tls")))


def until(process: Popen, words: str) -> str:
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return line
    raise AssertionError(f"ended without saying {words!r}:\n{seen}")


def secret_for(world) -> str:
    open_relay(world.user)
    return keys.make(world.company, "Printer", [Scope.SEND], actor=COMMAND_LINE)[1]


def in_data(ports: Ports, ca_file: Path, secret: str) -> Client:
    client = Client(ports, ca_file, is_tls=True)
    client.login(BOB, secret)
    for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
        client(command)
    client.send(MESSAGE)
    return client


def test_the_first_signal_finishes_what_is_in_hand_and_sends_the_others_away(world, certificate, settings_of):
    secret = secret_for(world)
    with started(settings_of) as (process, ports):
        idle = Client(ports, certificate[0], is_tls=False)
        with in_data(ports, certificate[0], secret) as busy, idle:
            process.send_signal(signal.SIGTERM)
            until(process, FINISHING)
            assert idle.reply().startswith("421 4.3.2")
            assert idle.reply() == ""
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", ports.tls), 30)
            assert busy(".").startswith("250")
            assert busy.reply().startswith("421 4.3.2")
        assert process.wait(30) == 0
    assert OutboxMessage.objects.count() == 1


def test_the_second_signal_stops_at_once_and_nothing_half_is_stored(world, certificate, settings_of):
    secret = secret_for(world)
    with started(settings_of) as (process, ports), in_data(ports, certificate[0], secret):
        process.send_signal(signal.SIGTERM)
        until(process, FINISHING)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert not OutboxMessage.objects.exists()


def test_a_message_answered_with_250_outlives_a_kill(world, certificate, settings_of):
    secret = secret_for(world)
    with started(settings_of) as (process, ports), in_data(ports, certificate[0], secret) as client:
        assert client(".").startswith("250")
        process.kill()
        process.wait(30)
    assert OutboxMessage.objects.count() == 1


def test_a_new_certificate_is_used_without_a_restart(tmp_path, settings_of, certificate):
    files = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    for old, new in zip(certificate[1:], files, strict=True):
        new.write_bytes(old.read_bytes())
    settings_of(GATEWAY_CERTIFICATE=str(files[0]), GATEWAY_PRIVATE_KEY=str(files[1]))
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    trusts_new = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with running("smtpgateway") as process:
        port = int(re.search(r" tls=(\d+)", until(process, "gateway started"))[1])
        with pytest.raises(ssl.SSLError):
            smtplib.SMTP_SSL("localhost", port, context=trusts_new, timeout=30)
        issued.cert_chain_pems[0].write_to_path(files[0])
        process.send_signal(signal.SIGHUP)
        until(process, "the old certificate stays in use")
        issued.private_key_pem.write_to_path(files[1])
        process.send_signal(signal.SIGHUP)
        until(process, "certificate read anew")
        with smtplib.SMTP_SSL("localhost", port, context=trusts_new, timeout=30) as client:
            assert client.noop()[0] == 250


def test_a_second_gateway_shares_the_port_and_takes_over(world, certificate, settings_of):
    secret = secret_for(world)
    with started(settings_of) as (first, ports):
        settings_of(GATEWAY_STARTTLS_PORT="off", GATEWAY_TLS_PORT=str(ports.tls))
        with running("smtpgateway") as second:
            until(second, "gateway started")
            first.send_signal(signal.SIGTERM)
            assert first.wait(30) == 0
            with in_data(ports, certificate[0], secret) as client:
                assert client(".").startswith("250")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"GATEWAY_CERTIFICATE": ""}, "Set GATEWAY_CERTIFICATE and GATEWAY_PRIVATE_KEY"),
        ({"GATEWAY_CERTIFICATE": "/nowhere.pem"}, "The certificate /nowhere.pem with the key"),
        ({"GATEWAY_TLS_PORT": "smtps"}, "GATEWAY_TLS_PORT is not a port number"),
        ({"GATEWAY_TLS_PORT": "off", "GATEWAY_STARTTLS_PORT": "off"}, "must be a port"),
    ],
)
def test_wrong_settings_end_in_one_sentence_and_exit_code_2(settings_of, values, said):
    settings_of(**values)
    done = manage("smtpgateway")
    *checked, last = done.stderr.splitlines()
    assert (done.returncode, said in last) == (2, True)
    assert "HINT" in " ".join(checked)
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_one_sentence_and_exit_code_1(settings_of):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings_of(GATEWAY_TLS_PORT=str(taken.getsockname()[1]))
        done = manage("smtpgateway")
    assert done.returncode == 1
    assert "The gateway cannot listen on 127.0.0.1" in done.stderr


def test_wrong_options_are_exit_code_2(settings_of):
    settings_of()
    assert manage("smtpgateway", "--threads", "0").returncode == 2
