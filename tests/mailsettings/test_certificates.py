"""Certificates: made here, or read from what people bring; each mistake has its own sentence."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from core.errors import InputError
from mailsettings import certificates
from tests.mailsettings import key_files

NOW = datetime.now(UTC)
FOREIGN = key_files.certificate(key_files.rsa_key(number=1))


def test_a_made_certificate_names_the_company_and_ends_in_two_years():
    pair = certificates.make("NordicFreight", NOW)
    key = serialization.load_pem_private_key(pair.key_pem.encode(), None)
    read = x509.load_der_x509_certificate(pair.certificate.der)
    assert key.key_size == 3072
    assert read.public_key() == key.public_key()
    assert pair.certificate.name == "CN=NordicFreight"
    assert timedelta(days=728) < pair.certificate.ends_on - NOW.date() <= timedelta(days=730)
    assert (len(pair.certificate.sha1), len(pair.certificate.sha256)) == (40, 64)
    assert "PRIVATE" not in repr(pair)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (key_files.pfx(), key_files.PASSWORD),
        (key_files.pfx(password=""), ""),
        (key_files.pem(), ""),
        (key_files.pem(), "not needed"),
        (key_files.pem(password=key_files.PASSWORD), key_files.PASSWORD),
        (FOREIGN.public_bytes(key_files.PEM) + key_files.pem(), ""),
    ],
    ids=["pfx", "pfx without password", "pem", "needless password", "encrypted pem", "chain"],
)
def test_a_key_and_its_certificate_are_read(content, password):
    pair = certificates.read(content, password, NOW)
    read = serialization.load_pem_private_key(pair.key_pem.encode(), None)
    assert read.private_numbers() == key_files.rsa_key().private_numbers()
    assert pair.certificate.name == "CN=brought along"


ENDED = key_files.certificate(key_files.rsa_key(), days=-1)
EARLY = key_files.certificate(key_files.rsa_key(), since_days=2)
WEAK = key_files.rsa_key(1024)


@pytest.mark.parametrize(
    ("content", "password", "field", "words"),
    [
        (key_files.pfx(), "wrong", "password", "does not open the file"),
        (key_files.pfx(), "", "password", "Type its password"),
        (key_files.pem(password=key_files.PASSWORD), "wrong", "password", "does not open the file"),
        (key_files.pem(password=key_files.PASSWORD), "", "password", "Type its password"),
        (key_files.without_key(), key_files.PASSWORD, "file", "no private key"),
        (FOREIGN.public_bytes(key_files.PEM), "", "file", "no private key"),
        (key_files.key_pem(key_files.rsa_key()), "", "file", "no certificate"),
        (key_files.pem(cert=FOREIGN), "", "file", "do not belong together"),
        (key_files.pem(cert=ENDED), "", "file", "ended on"),
        (key_files.pem(cert=EARLY), "", "file", "not valid before"),
        (key_files.pem(WEAK), "", "file", "has 1024 bits"),
        (key_files.pfx(key_files.ec_key()), key_files.PASSWORD, "file", "RSA keys only"),
        (key_files.pem(key_files.ec_key()), "", "file", "RSA keys only"),
        (b"", "", "file", "neither a PFX file nor PEM"),
        (b"a picture", "", "file", "neither a PFX file nor PEM"),
        (FOREIGN.public_bytes(serialization.Encoding.DER), "", "file", "neither a PFX file nor PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "", "file", "cannot be read"),
        (b"x" * (certificates.LARGEST_BYTES + 1), "", "file", "too large"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(content, password, field, words):
    with pytest.raises(InputError, match=words) as found:
        certificates.read(content, password, NOW)
    assert found.value.field == field
    assert found.value.__cause__ is None


def test_a_broken_certificate_beside_a_good_key_is_said():
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    with pytest.raises(InputError, match="certificate in this file cannot be read"):
        certificates.read(key_files.key_pem(key_files.rsa_key()) + broken, "", NOW)


def test_a_certificate_for_a_key_of_an_unknown_kind_is_said_not_to_fit():
    pair = certificates.make("Alpha", NOW)
    der = ssl.PEM_cert_to_DER_cert(pair.certificate.pem)
    rsa, unknown = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010163")
    odd = ssl.DER_cert_to_PEM_cert(der.replace(rsa, unknown, 1))
    assert certificates.read((pair.key_pem + odd + pair.certificate.pem).encode(), "", NOW) == pair
    with pytest.raises(InputError) as refused:
        certificates.read((pair.key_pem + odd).encode(), "", NOW)
    assert "do not belong together" in str(refused.value)
