"""Apps that sign in by a certificate: only a registered one, by PS256, now, and for this address."""

import base64
import hashlib
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.client import SandboxRefused
from tests.sandbox.people import NORDIC, Visitor, problem, text_of

PEM = serialization.Encoding.PEM


@cache
def key(number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(signer, days: int = 10) -> x509.Certificate:
    name, end = x509.Name([]), datetime.now(UTC) + timedelta(days=days)
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(name, name, signer.public_key(), serial)
    return (
        builder.not_valid_before(end - timedelta(days=30)).not_valid_after(end).sign(signer, hashes.SHA256())
    )


def pem(cert: x509.Certificate) -> str:
    return cert.public_bytes(PEM).decode()


CERTIFICATE, FOREIGN, ENDED = certificate(key()), certificate(key(1)), certificate(key(), -1)


@pytest.fixture
def registered(sandbox_client):
    for cert in (CERTIFICATE, ENDED):
        sandbox_client.add_certificate(NORDIC.client_id, pem(cert))


def assertion(visitor, cert=CERTIFICATE, signer=None, algorithm="PS256", **claims) -> str:
    now = time.time()
    stated = {"iss": NORDIC.client_id, "sub": NORDIC.client_id, "exp": now + 600, "jti": str(uuid.uuid4())}
    stated["aud"] = visitor.url(f"/{NORDIC.directory}/oauth2/v2.0/token")
    digest = base64.urlsafe_b64encode(hashlib.sha256(cert.public_bytes(serialization.Encoding.DER)).digest())
    return jwt.encode(stated | claims, signer or key(), algorithm, headers={"x5t#S256": digest.decode()})


def ask(visitor, signed):
    scope = "https://graph.microsoft.com/.default"
    return visitor.token(
        client_secret="", client_assertion=signed, grant_type="client_credentials", scope=scope
    )


def test_a_registered_certificate_signs_in(visitor: Visitor, registered):
    assert ask(visitor, assertion(visitor)).json()["access_token"]


def test_a_certificate_nobody_registered_does_not(visitor: Visitor, sandbox_client):
    answer = ask(visitor, assertion(visitor))
    assert problem(answer) == (401, "invalid_client", "AADSTS700027")
    assert "key was not found" in answer.text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"cert": FOREIGN, "signer": key(1)}, "AADSTS700027"),
        ({"signer": key(1)}, "AADSTS700027"),
        ({"algorithm": "RS256"}, "AADSTS700027"),
        ({"cert": ENDED}, "AADSTS700027"),
        ({"exp": 1_000_000_000}, "AADSTS700024"),
        ({"nbf": 4_000_000_000}, "AADSTS700024"),
        ({"aud": "https://login.elsewhere.example"}, "AADSTS700023"),
        ({"iss": "somebody else"}, "AADSTS700021"),
        ({"sub": "somebody else"}, "AADSTS700021"),
        ({"jti": None}, "AADSTS50027"),
    ],
)
def test_a_wrong_assertion_is_refused(visitor: Visitor, registered, changed, code):
    assert problem(ask(visitor, assertion(visitor, **changed))) == (401, "invalid_client", code)


def test_what_is_no_certificate_of_an_rsa_key_is_not_registered(sandbox_client):
    other = certificate(ec.generate_private_key(ec.SECP256R1()))
    for text, words in [("nothing", "no certificate"), (pem(other), "not an RSA key")]:
        with pytest.raises(SandboxRefused, match=words):
            sandbox_client.add_certificate(NORDIC.client_id, text)
    with pytest.raises(SandboxRefused, match="no registration"):
        sandbox_client.add_certificate(str(uuid.UUID(int=1)), pem(CERTIFICATE))


def test_the_page_takes_a_certificate_pasted_or_as_a_file(visitor: Visitor, sandbox_client):
    url = visitor.url(f"/registrations/{NORDIC.client_id}/certificates")
    der = CERTIFICATE.public_bytes(serialization.Encoding.DER)
    given = [({"pem": pem(FOREIGN)}, None), ({"pem": ""}, {"file": ("app.cer", der)})]
    for data, files in given:
        assert visitor.web.post(url, data=data, files=files).status_code == 200
    shown = text_of(visitor.web.get(visitor.url("/")))
    for cert in (CERTIFICATE, FOREIGN):
        assert cert.fingerprint(hashes.SHA1()).hex().upper() in shown
    refused = visitor.web.post(url, data={"pem": "nothing"}, files={"file": ("", b"")})
    assert refused.status_code == 400
    assert "no certificate" in text_of(refused)


def test_a_reset_forgets_certificates(visitor: Visitor, registered, sandbox_client):
    sandbox_client.reset()
    assert problem(ask(visitor, assertion(visitor)))[2] == "AADSTS700027"
