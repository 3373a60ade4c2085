"""A gateway of several processes: who gets a connection, what counts together, and what a killed one leaves behind."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest

from gateway.limits import Limits
from sender.models import OutboxMessage
from tests.gateway.client import Client
from tests.gateway.conftest import BOB
from tests.gateway.process import in_data, secret_for, started, until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
ENDED = "a process of the gateway ended"


def children_of(process: Popen) -> list[int]:
    return [
        int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ]


def test_each_process_gets_as_many_connections_and_loses_only_its_own(certificate, settings_of):
    with started(settings_of, 2) as (process, ports), ExitStack() as stack:
        clients = [stack.enter_context(Client(ports, certificate[0], is_tls=True)) for _ in range(6)]
        os.kill(children_of(process)[0], signal.SIGKILL)
        until(process, ENDED)
        ended = [is_ended(client) for client in clients]
        assert ended.count(True) == 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def is_ended(client: Client) -> bool:
    try:
        return client("NOOP") == ""
    except OSError:
        return True


def test_a_process_killed_before_its_250_doubles_nothing(certificate, settings_of, world):
    secret = secret_for(world)
    with started(settings_of, 2) as (process, ports):
        with in_data(ports, certificate[0], secret) as client:
            client.send(".\r\n")
            for child in children_of(process):
                os.kill(child, signal.SIGKILL)
        for _ in range(2):
            until(process, ENDED)
        for _ in range(2):
            with in_data(ports, certificate[0], secret) as client:
                assert client(".").startswith("250")
    assert OutboxMessage.objects.count() == 1


def test_the_processes_finish_what_is_in_hand_when_the_first_one_is_killed(certificate, settings_of, world):
    secret = secret_for(world)
    with started(settings_of, 2) as (process, ports), in_data(ports, certificate[0], secret) as client:
        process.kill()
        process.wait(30)
        assert client(".").startswith("250")
        assert client.reply().startswith("421 4.3.2")
    assert OutboxMessage.objects.count() == 1


def test_connections_of_an_address_count_over_all_processes(certificate, settings_of):
    with started(settings_of, 3) as (_process, ports), ExitStack() as stack:
        for number in range(Limits().connections_per_address + 1):
            client = stack.enter_context(Client(ports, certificate[0], is_tls=False, is_encrypted=False))
            assert client.said.startswith("421 4.7.0") == (number == Limits().connections_per_address)


def test_connections_of_a_key_count_over_all_processes(certificate, settings_of, world):
    secret = secret_for(world)
    with started(settings_of, 3) as (_process, ports), ExitStack() as stack:
        signed_in = [
            stack.enter_context(Client(ports, certificate[0], is_tls=True))
            for _ in range(Limits().connections_per_key)
        ]
        assert {client.login(BOB, secret)[:3] for client in signed_in} == {"235"}
        with Client(ports, certificate[0], is_tls=True) as another:
            assert another.login(BOB, secret).startswith("454 4.7.0 Too many connections use this API key")
            assert signed_in[0]("QUIT").startswith("221")
            assert signed_in[0].reply() == ""
            assert eventually(another, secret).startswith("235")


def eventually(client: Client, secret: str) -> str:
    """The other process hears of the key that was given back a moment later."""
    for _ in range(200):
        if not (reply := client.login(BOB, secret)).startswith("454"):
            break
    return reply


def test_wrong_keys_count_over_all_processes(certificate, settings_of):
    limits = Limits()
    with started(settings_of, 3) as (_process, ports):
        for _ in range(limits.failures_per_address):
            with Client(ports, certificate[0], is_tls=True) as client:
                assert client.login(BOB, "pmk_0_wrong").startswith("535")
        with Client(ports, certificate[0], is_tls=True) as client:
            assert client.said.startswith("421 4.7.0 Too many failed sign-ins")
