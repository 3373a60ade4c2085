"""Signing secrets, as the specification writes them; for a day after a change the old one signs, too.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
"""

import binascii
import secrets
from base64 import b64decode, b64encode
from datetime import datetime, timedelta

from core.crypto import DecryptionFailed
from webhooks.models import Endpoint

BEGINNING = "whsec_"
SECRET_BYTES = 32
FIT_BYTES = range(24, 65)  # of one made elsewhere, as the specification says
OLD_ONE_SIGNS = timedelta(days=1)


def make() -> str:
    return BEGINNING + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_fit(secret: str) -> bool:
    """Whether one made elsewhere can sign."""
    if not secret.startswith(BEGINNING):
        return False
    try:
        return len(b64decode(secret.removeprefix(BEGINNING), validate=True)) in FIT_BYTES
    except (binascii.Error, ValueError):
        return False


def is_newest(endpoint: Endpoint, secret: str) -> bool:
    return secret in _in_use(endpoint)


def store(endpoint: Endpoint, now: datetime, secret: str = "") -> str:
    """Give it a new secret, or this one, which is returned and shown to nobody again; save the row afterwards."""
    new, old = secret or make(), [] if endpoint.secret_set_at is None else _in_use(endpoint)
    endpoint.seal("\n".join([new, *old]).encode())
    endpoint.secret_set_at = now
    endpoint.old_secret_until = now + OLD_ONE_SIGNS if old else None
    return new


def of(endpoint: Endpoint, now: datetime) -> list[str]:
    """Those that sign now, the newest first. Raises DecryptionFailed."""
    new, *old = endpoint.unseal().decode().split("\n")
    is_old_good = endpoint.old_secret_until is not None and now < endpoint.old_secret_until
    return [new, *old] if is_old_good else [new]


def drop_old(now: datetime) -> int:
    """Forget for good those whose day is over; returns how many."""
    dropped = 0
    for endpoint in Endpoint.objects.filter(old_secret_until__lte=now):
        if not (newest := _in_use(endpoint)):
            continue
        before = {"key_id": endpoint.key_id, "ciphertext": endpoint.ciphertext}
        endpoint.seal(newest[0].encode())
        same = Endpoint.objects.filter(pk=endpoint.pk, **before)
        dropped += same.update(ciphertext=endpoint.ciphertext, key_id=endpoint.key_id, old_secret_until=None)
    return dropped


def _in_use(endpoint: Endpoint) -> list[str]:
    """The newest; none where it cannot be read any more."""
    try:
        return endpoint.unseal().decode().split("\n")[:1]
    except DecryptionFailed:
        return []
