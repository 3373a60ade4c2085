"""The gateway as a process: what a signal does to who is connected, and the codes that it ends with."""

import re
import signal
import smtplib
import socket
import ssl

import pytest
import trustme

from sender.models import OutboxMessage
from tests.gateway.client import Client
from tests.gateway.process import in_data, secret_for, started, until
from tests.processes import manage, running

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
FINISHING = "Finishing the messages being received"


@pytest.fixture(params=[1, 2])
def processes(request) -> int:
    return request.param


def test_the_first_signal_finishes_what_is_in_hand_and_sends_the_others_away(
    world, certificate, settings_of, processes
):
    secret = secret_for(world)
    with started(settings_of, processes) as (process, ports):
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


def test_the_second_signal_stops_at_once_and_nothing_half_is_stored(
    world, certificate, settings_of, processes
):
    secret = secret_for(world)
    with started(settings_of, processes) as (process, ports), in_data(ports, certificate[0], secret):
        process.send_signal(signal.SIGTERM)
        until(process, FINISHING)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert not OutboxMessage.objects.exists()


def test_a_message_answered_with_250_outlives_a_kill(world, certificate, settings_of, processes):
    secret = secret_for(world)
    with (
        started(settings_of, processes) as (process, ports),
        in_data(ports, certificate[0], secret) as client,
    ):
        assert client(".").startswith("250")
        process.kill()
        process.wait(30)
    assert OutboxMessage.objects.count() == 1


def test_a_new_certificate_is_used_without_a_restart(tmp_path, settings_of, certificate, processes):
    files = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    for old, new in zip(certificate[1:], files, strict=True):
        new.write_bytes(old.read_bytes())
    settings_of(GATEWAY_CERTIFICATE=str(files[0]), GATEWAY_PRIVATE_KEY=str(files[1]))
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    trusts_new = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with running("smtpgateway", "--processes", str(processes)) as process:
        port = int(re.search(r" tls=(\d+)", until(process, "gateway started"))[1])
        with pytest.raises(ssl.SSLError):
            smtplib.SMTP_SSL("localhost", port, context=trusts_new, timeout=30)
        issued.cert_chain_pems[0].write_to_path(files[0])
        process.send_signal(signal.SIGHUP)
        for _ in range(processes):
            until(process, "the old certificate stays in use")
        issued.private_key_pem.write_to_path(files[1])
        process.send_signal(signal.SIGHUP)
        for _ in range(processes):
            until(process, "certificate read anew")
        with smtplib.SMTP_SSL("localhost", port, context=trusts_new, timeout=30) as client:
            assert client.noop()[0] == 250


def test_a_second_gateway_shares_the_port_and_takes_over(world, certificate, settings_of, processes):
    secret = secret_for(world)
    with started(settings_of, processes) as (first, ports):
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


@pytest.mark.parametrize("option", ["--threads", "--processes"])
def test_wrong_options_are_exit_code_2(settings_of, option):
    settings_of()
    assert manage("smtpgateway", option, "0").returncode == 2
