"""Client certificates: making one, reading one that somebody brings, and what is shown of its public part.

Entra signs apps in by RSA keys and shows a certificate's SHA-1 thumbprint; the sign-in itself names the SHA-256 one
(learn.microsoft.com/entra/identity-platform/certificate-credentials).
"""

import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils.translation import gettext as _

from core.errors import InputError

LARGEST_BYTES = 64 * 1024
LEAST_BITS = 2048
MADE_BITS = 3072
MADE_LIFE = timedelta(days=730)  # 24 months, the longest Entra's pages offer for a secret
_SKEW = timedelta(hours=1)  # Microsoft's clock may be behind ours
_KEY_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)
_CERTIFICATE_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The public part, as PEM."""

    pem: str

    @property
    def der(self) -> bytes:
        return self._read.public_bytes(serialization.Encoding.DER)

    @property
    def sha1(self) -> str:
        """The thumbprint as Entra shows it: 40 hex digits in capitals."""
        return self._read.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - only a name here

    @property
    def sha256(self) -> str:
        return self._read.fingerprint(hashes.SHA256()).hex().upper()

    @property
    def ends_on(self) -> date:
        """The last whole day it is good, in UTC."""
        return (self._read.not_valid_after_utc - timedelta(days=1)).date()

    @property
    def name(self) -> str:
        return self._read.subject.rfc4514_string()

    @property
    def _read(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem.encode())


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`key_pem` is the private key, unencrypted: it goes nowhere but into a sealed row."""

    key_pem: str
    certificate: Certificate

    def __repr__(self) -> str:
        return f"KeyPair({self.certificate.sha1})"


def make(company_code: str, moment: datetime) -> KeyPair:
    """A new RSA key with a self-signed certificate that names the company."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=MADE_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, company_code)])
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _SKEW)
        .not_valid_after(moment + MADE_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )
    return _pair(key, builder.sign(key, hashes.SHA256()))


def read(content: bytes, password: str, moment: datetime, known: Certificate | None = None) -> KeyPair:
    """The key and certificate of a PFX file, or of PEM text holding both.

    One that is `known` already may have ended. Raises InputError; its field is "password" where that is what
    is wrong, else "file".
    """
    if len(content) > LARGEST_BYTES:
        raise _wrong(_("This file is too large for a certificate. Choose a .pfx or .pem file."))
    with warnings.catch_warnings():  # of odd certificates; what matters is checked below
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        is_pem = b"-----BEGIN " in content
        key, certificate = _of_pem(content, password) if is_pem else _of_pfx(content, password)
        _check(key, certificate)
        pair = _pair(key, certificate)
        if pair.certificate != known:
            _check_days(certificate, moment)
    return pair


def _of_pfx(content: bytes, password: str) -> tuple[object, x509.Certificate]:
    """https://datatracker.ietf.org/doc/html/rfc7292"""
    try:
        key, certificate, _chain = pkcs12.load_key_and_certificates(content, password.encode() or None)
    except UnsupportedAlgorithm:
        raise _wrong(
            _("This file is encrypted in a way that is not supported. Export it with AES.")
        ) from None
    except ValueError as error:
        if "password" in str(error).lower():
            raise _wrong_password(password) from None
        raise _wrong(
            _(
                "This is neither a PFX file nor PEM text. Choose a .pfx file, or a .pem with key and certificate."
            )
        ) from None
    if key is None:
        raise _no_key()
    if certificate is None:
        raise _no_certificate()
    return key, certificate


def _of_pem(content: bytes, password: str) -> tuple[object, x509.Certificate]:
    key_block = _KEY_BLOCK.search(content)
    if key_block is None:
        raise _no_key()
    key = _pem_key(key_block[0], password)
    blocks = _CERTIFICATE_BLOCK.findall(content)
    if not blocks:
        raise _no_certificate()
    try:
        certificates = [x509.load_pem_x509_certificate(block) for block in blocks]
    except ValueError:
        raise _wrong(_("The certificate in this file cannot be read. Export it again.")) from None
    return key, next((one for one in certificates if _fits(key, one)), certificates[0])


def _pem_key(block: bytes, password: str) -> object:
    is_encrypted = b"ENCRYPTED" in block
    try:
        return serialization.load_pem_private_key(block, password.encode() if is_encrypted else None)
    except TypeError:  # encrypted, and no password
        raise _wrong_password(password) from None
    except (ValueError, UnsupportedAlgorithm):
        if is_encrypted:
            raise _wrong_password(password) from None
        raise _wrong(_("The private key in this file cannot be read. Export it again.")) from None


def _check(key: object, certificate: x509.Certificate) -> None:
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _wrong(
            _("Microsoft signs apps in with RSA keys only, and this key is of another kind. Make an RSA key.")
        )
    if key.key_size < LEAST_BITS:
        bits = {"bits": key.key_size, "least": LEAST_BITS}
        raise _wrong(_("This RSA key has %(bits)d bits. It needs %(least)d or more: make a new one.") % bits)
    if not _fits(key, certificate):
        raise _wrong(_("The key and the certificate in this file do not belong together. Export them again."))


def _fits(key: object, certificate: x509.Certificate) -> bool:
    try:
        return certificate.public_key() == key.public_key()
    except (ValueError, UnsupportedAlgorithm):  # of a key that nobody here can read
        return False


def _check_days(certificate: x509.Certificate, moment: datetime) -> None:
    if certificate.not_valid_after_utc <= moment:
        day = {"day": certificate.not_valid_after_utc.date().isoformat()}
        raise _wrong(_("This certificate ended on %(day)s. Make a new one.") % day)
    if certificate.not_valid_before_utc > moment:
        day = {"day": certificate.not_valid_before_utc.date().isoformat()}
        raise _wrong(_("This certificate is not valid before %(day)s. Use one that is valid now.") % day)


def _pair(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> KeyPair:
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(
        key_pem.decode(), Certificate(certificate.public_bytes(serialization.Encoding.PEM).decode())
    )


def _wrong(sentence: str, field: str = "file") -> InputError:
    return InputError(sentence, field)


def _wrong_password(password: str) -> InputError:
    if password:
        return _wrong(_("This password does not open the file. Type it again."), "password")
    return _wrong(_("The file is protected. Type its password."), "password")


def _no_key() -> InputError:
    return _wrong(
        _(
            "There is no private key in this file. Export the certificate with its private key, as a .pfx file."
        )
    )


def _no_certificate() -> InputError:
    return _wrong(_("There is no certificate in this file. Put the key and the certificate into one file."))
