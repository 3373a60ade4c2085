"""A running gateway, a person who can send, and a key for that person."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from django.core.cache import cache

from accounts.audit import COMMAND_LINE
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from gateway.limits import Limits
from gateway.server import Gateway, Ports
from tests.gateway.client import Client
from tests.sender.helpers import open_relay

BOB = "bob@people.example"


@pytest.fixture(autouse=True)
def _no_failures_before():
    """All tests come from one address."""
    cache.clear()


@dataclass
class Door:
    """A gateway with the key of a program; `world.user` is Bob, whom the program sends as."""

    gateway: Gateway
    world: object
    key: ApiKey
    secret: str
    ca_file: Path

    def client(self, *, is_tls: bool = False, is_encrypted: bool = True) -> Client:
        return Client(self.gateway.ports, self.ca_file, is_tls=is_tls, is_encrypted=is_encrypted)

    def signed_in(self, user_name: str = BOB) -> Client:
        client = self.client()
        client.login(user_name, self.secret)
        return client


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[Path, Path, Path]:
    """(authority, certificate, private key) as PEM files."""
    folder, authority = tmp_path_factory.mktemp("gateway"), trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    return folder / "ca.pem", folder / "certificate.pem", folder / "key.pem"


@contextmanager
def serving(certificate: tuple[Path, Path, Path], **limits: object) -> Iterator[Gateway]:
    gateway = Gateway(
        "127.0.0.1",
        Ports(starttls=0, tls=0),
        name="mail.alpha.example",
        certificate=certificate[1],
        private_key=certificate[2],
        threads=2,
        limits=Limits(**limits),
    )
    thread = threading.Thread(target=gateway.run, name="gateway")
    thread.start()
    assert gateway.listening.wait(30)
    try:
        yield gateway
    finally:
        gateway.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def open_door(transactional_db, world, certificate) -> Iterator[Callable[..., Door]]:
    """Starts a gateway with these limits; rows are committed, as its threads have connections of their own."""
    open_relay(world.user)
    started = []

    def start(**limits: object) -> Door:
        started.append(serving(certificate, **limits))
        gateway = started[-1].__enter__()
        key, secret = keys.make(
            world.company, "Printer", [Scope.SEND], people=[world.user], actor=COMMAND_LINE
        )
        return Door(gateway, world, key, secret, certificate[0])

    yield start
    for one in started:
        one.__exit__(None, None, None)


@pytest.fixture
def door(open_door) -> Door:
    return open_door()


@pytest.fixture
def settings_of(monkeypatch, certificate) -> Callable[..., None]:
    """Sets the environment of the gateway's process."""

    def use(**values: str) -> None:
        files = {"GATEWAY_CERTIFICATE": str(certificate[1]), "GATEWAY_PRIVATE_KEY": str(certificate[2])}
        places = {"GATEWAY_HOST": "127.0.0.1", "GATEWAY_STARTTLS_PORT": "0", "GATEWAY_TLS_PORT": "0"}
        for name, value in (files | places | values).items():
            monkeypatch.setenv(name, value)

    return use
