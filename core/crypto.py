"""Keeping secrets: AES-256-GCM with versioned master keys (NIST SP 800-38D).

A ciphertext is bound to its place (table, row, field, key) by the associated data, so a value copied to
another row does not decrypt. The newest key encrypts; all listed keys decrypt.
"""

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from core.errors import ConfigurationError, PostroomError

KEY_BYTES = 32
NONCE_BYTES = 12  # random 96-bit nonces: safe for fewer than 2**32 values a key


class DecryptionFailed(PostroomError):
    """The value cannot be read: its key is not configured, or the bytes are not this row's."""


class KeyMissing(DecryptionFailed):
    """Its key is not configured; the operator can put it back."""


@lru_cache(maxsize=4)
def _parse(entries: tuple[str, ...]) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in entries:
        name, separator, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not separator or not name or len(key) != KEY_BYTES:
            raise ConfigurationError(
                "ENCRYPTION_KEYS holds an entry that is not name:base64 of 32 bytes. "
                "Make one with: manage.py newkey"
            )
        if keys.setdefault(name, key) != key:
            raise ConfigurationError("ENCRYPTION_KEYS holds two keys of the same name.")
    if not keys:
        raise ConfigurationError("ENCRYPTION_KEYS is empty. Make a key with: manage.py newkey")
    return keys


def master_keys() -> dict[str, bytes]:
    """The configured keys by id, the newest (the one that encrypts) first.

    Raises ConfigurationError when the setting is empty or malformed.
    """
    return _parse(tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def newest_key_id() -> str:
    """The id of the key that encrypts new values."""
    return next(iter(master_keys()))


def encrypt(plaintext: bytes, context: str) -> tuple[str, bytes]:
    """Encrypt under the newest key; returns (key id, nonce + ciphertext).

    `context` names the place of the value ("table:row id:field"); the same text is needed to decrypt.
    """
    key_id, key = next(iter(master_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    return key_id, nonce + _cipher(key).encrypt(nonce, plaintext, f"{context}:{key_id}".encode())


def decrypt(key_id: str, ciphertext: bytes, context: str) -> bytes:
    """The plaintext of what `encrypt` returned.

    Raises KeyMissing, and DecryptionFailed when the value was moved or changed.
    """
    key = master_keys().get(key_id)
    if key is None:
        raise KeyMissing(f"The encryption key {key_id!r} is not configured.")
    data = bytes(ciphertext)
    try:
        return _cipher(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], f"{context}:{key_id}".encode())
    except (InvalidTag, ValueError):  # the second for bytes that are cut short
        raise DecryptionFailed("The stored value does not belong to this row, or was changed.") from None


def fingerprint(secret: str, context: str) -> str:
    """Four hex digits, of a keyed hash, by which people tell two secrets apart without learning anything.

    Keyed with SECRET_KEY rather than a master key: it must stay the same when values are re-encrypted.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{context}:{secret}".encode(), hashlib.sha256)
    return digest.hexdigest()[-4:]


def new_key() -> str:
    """A fresh random master key, base64, as an entry of ENCRYPTION_KEYS wants it after the colon."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()
