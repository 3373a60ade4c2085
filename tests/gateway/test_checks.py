"""`manage.py check` warns of gateway settings with which it would not start, and is silent where there is none."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from gateway.checks import gateway


@pytest.fixture
def installed(settings, certificate):
    _authority, chain, key = certificate
    settings.GATEWAY_CERTIFICATE, settings.GATEWAY_PRIVATE_KEY = str(chain), str(key)
    settings.GATEWAY_HOST, settings.GATEWAY_NAME = "0.0.0.0", "mail.firm.example"
    settings.GATEWAY_STARTTLS_PORT, settings.GATEWAY_TLS_PORT = "587", "465"
    settings.GATEWAY_MAX_MB = 40
    return settings


def ids() -> list[str]:
    return [message.id.removeprefix("postroom.") for message in gateway()]


def test_a_good_gateway_and_none_at_all_are_silent(installed):
    assert gateway() == []
    installed.GATEWAY_STARTTLS_PORT, installed.GATEWAY_HOST = "off", "::"
    assert gateway() == []
    installed.GATEWAY_CERTIFICATE = installed.GATEWAY_PRIVATE_KEY = ""
    installed.GATEWAY_TLS_PORT = "nonsense"
    assert gateway() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CERTIFICATE", "", "W010"),
        ("PRIVATE_KEY", "", "W010"),
        ("CERTIFICATE", "no-such-file.pem", "W010"),
        ("STARTTLS_PORT", "five", "W011"),
        ("TLS_PORT", "70000", "W011"),
        ("TLS_PORT", "²", "W011"),
        ("TLS_PORT", "587", "W011"),
        ("HOST", "not a host", "W012"),
        ("NAME", "", "W012"),
        ("MAX_MB", 0, "W013"),
        ("MAX_MB", 1_000, "W013"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(installed, name, value, expected):
    setattr(installed, f"GATEWAY_{name}", value)
    assert ids() == [expected]
    (told,) = gateway()
    assert told.msg.endswith(".")
    assert told.hint.endswith(".")


def test_both_ports_off_is_a_mistake(installed):
    installed.GATEWAY_STARTTLS_PORT = installed.GATEWAY_TLS_PORT = "off"
    assert ids() == ["W011"]


def test_a_key_of_another_certificate_or_with_a_password_is_a_mistake(installed, tmp_path: Path):
    other = trustme.CA().issue_cert("localhost").private_key_pem.bytes()
    (tmp_path / "key.pem").write_bytes(other)
    installed.GATEWAY_PRIVATE_KEY = str(tmp_path / "key.pem")
    assert ids() == ["W010"]
    key = serialization.load_pem_private_key(other, None)
    locked = serialization.BestAvailableEncryption(b"password")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*form))
    assert ids() == ["W010"]


def test_a_folder_is_no_certificate(installed, tmp_path):
    installed.GATEWAY_CERTIFICATE = str(tmp_path)
    assert ids() == ["W010"]
