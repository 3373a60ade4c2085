"""API keys and bodies that come in by SMTP, taken, refused, cut off and in trouble: nothing of them is left behind."""

import pytest
from django.db import OperationalError

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from gateway import handing_over
from tests.gateway.client import MESSAGE, Client, in_base64
from tests.gateway.conftest import BOB, certificate, serving
from tests.safety import canaries
from tests.sender.helpers import open_relay

__all__ = ["certificate"]
TEXT = MESSAGE.replace("One truck, please.", canaries.BODY)


@pytest.fixture
def door(search, world, certificate):
    """(a client, the key's secret); every reply is searched, too."""
    open_relay(world.user)
    _key, secret = keys.make(world.company, "Printer", [Scope.SEND], people=[world.user], actor=COMMAND_LINE)
    with serving(certificate, failures_per_connection=100) as gateway:
        client = Watched(gateway.ports, certificate[0], is_tls=True)
        client.search = search
        with client:
            yield client, secret


class Watched(Client):
    search = None

    def reply(self) -> str:
        said = super().reply()
        if self.search is not None:
            self.search.saw("reply", said)
        return said


def test_what_is_taken(search, door):
    client, secret = door
    client.login(BOB, secret)
    assert client.mail(TEXT).startswith("250")
    assert client.mail(TEXT).startswith("250")
    search.assert_clean(secret)


def test_what_is_refused(search, door):
    client, secret = door
    client("EHLO client.example")
    wrong = secret[:-1]
    for line in (
        f"AUTH PLAIN {in_base64(chr(0) + BOB + chr(0) + wrong)}",
        f"AUTH {secret}",
        secret,
        f"VRFY {secret}",
    ):
        assert client(line)[0] in "25"
    client.send(f"AUTH LOGIN {in_base64(BOB)}\r\n{in_base64(wrong)}\r\n")
    client.reply(), client.reply()
    client.login(BOB, secret)
    for text in (f"{canaries.BODY}\r\n", TEXT + canaries.BODY * 90 + "\r\n", TEXT.replace("bob@", "carol@")):
        assert client.mail(text)[0] == "5"
    assert client(f"MAIL FROM:<{secret}>")[0] == "5"
    search.assert_clean(secret, wrong)


@pytest.mark.parametrize("trouble", [OperationalError("disk full"), RuntimeError("a mistake of ours")])
def test_what_meets_trouble(search, door, monkeypatch, trouble):
    def fail(*_arguments: object, **_options: object) -> None:
        raise trouble

    client, secret = door
    client.login(BOB, secret)
    monkeypatch.setattr(handing_over, "submit_unused", fail)
    assert client.mail(TEXT).startswith("451")
    search.assert_clean(secret)


def test_what_is_cut_off(search, door):
    client, secret = door
    client("EHLO client.example")
    client.send(f"AUTH PLAIN {in_base64(chr(0) + BOB + chr(0) + secret)}")
    client.close()
    search.assert_clean(secret)
