"""Signing in an app by a certificate: a client assertion, checked against the certificates of its registration.

https://learn.microsoft.com/entra/identity-platform/certificate-credentials (RFC 7523): PS256, and the certificate
named by its SHA-256 thumbprint in `x5t#S256`.
"""

import base64
from datetime import UTC, datetime

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.entra.errors import EntraError

_NEEDED = ["aud", "iss", "sub", "exp", "jti"]
_LEEWAY_S = 300


def normal(given: str | bytes) -> str:
    """The certificate in a PEM text or DER file, as the PEM text of it alone. Raises ValueError with a sentence."""
    content = given.encode() if isinstance(given, str) else given
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate
    try:
        certificate = load(content)
    except ValueError:
        raise ValueError(
            "This is no certificate: paste its PEM text, or choose its .cer or .pem file."
        ) from None
    if not isinstance(certificate.public_key(), rsa.RSAPublicKey):
        raise ValueError("The certificate's key is not an RSA key.")
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def thumbprint(pem: str) -> str:
    """As Entra's pages show it: SHA-1, in capitals."""
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303


def check(text: str, client_id: str, audience: str, registered: list[str]) -> None:
    """Whether the app signed this, now and for us. `registered`: PEM texts.

    Raises AADSTS50027 (no token), 700027 (not a registered certificate, or not its signature), 700024 (its time),
    700023 (made for another address), 700021 (made for another app).
    """
    certificate = _named(_header(text), registered)
    if certificate.not_valid_after_utc < datetime.now(UTC):
        raise EntraError(700027, reason="The key used is expired.")
    try:
        claims = jwt.decode(
            text,
            certificate.public_key(),
            ["PS256"],
            audience=audience,
            leeway=_LEEWAY_S,
            options={"require": _NEEDED},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise EntraError(700024) from None
    except jwt.InvalidAudienceError:
        raise EntraError(700023) from None
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise EntraError(700027, reason="The signature does not fit the key.") from None
    except jwt.InvalidTokenError:
        raise EntraError(50027) from None
    if not claims["iss"] == claims["sub"] == client_id:
        raise EntraError(700021)


def _header(text: str) -> dict:
    try:
        return jwt.get_unverified_header(text)
    except jwt.InvalidTokenError:
        raise EntraError(50027) from None


def _named(header: dict, registered: list[str]) -> x509.Certificate:
    """The registered certificate that the assertion names."""
    named = str(header.get("x5t#S256", "")).rstrip("=")
    for pem in registered:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        digest = certificate.fingerprint(hashes.SHA256())
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") == named:
            return certificate
    raise EntraError(700027, reason="The key was not found.")
