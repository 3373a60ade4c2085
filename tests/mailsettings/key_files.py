"""Certificates as people bring them: right ones, and each that cannot be used."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "a word for the file"
PEM = serialization.Encoding.PEM


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """Another key for another number; making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(key: object, *, days: int = 100, since_days: int = -200) -> x509.Certificate:
    """Self-signed, good from `since_days` to `days` after now."""
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "brought along")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=since_days))
    return builder.not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256())


def encryption(password: str) -> serialization.KeySerializationEncryption:
    if not password:
        return serialization.NoEncryption()
    return serialization.BestAvailableEncryption(password.encode())


def key_pem(key: object, password: str = "") -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption(password))


def pem(key: object = None, cert: x509.Certificate | None = None, password: str = "") -> bytes:
    key = key or rsa_key()
    return key_pem(key, password) + (cert or certificate(key)).public_bytes(PEM)


def pfx(key: object = None, cert: x509.Certificate | None = None, password: str = PASSWORD) -> bytes:
    key = key or rsa_key()
    return pkcs12.serialize_key_and_certificates(
        b"one", key, cert or certificate(key), None, encryption(password)
    )


def without_key() -> bytes:
    """A PFX that holds a certificate alone."""
    return pkcs12.serialize_key_and_certificates(
        b"one", None, certificate(rsa_key()), None, encryption(PASSWORD)
    )
