"""A secret that was typed on a form which was not saved: kept for the next try, so that it is not typed again.

It goes to the page encrypted, as nothing but a hidden field: a password field is never filled in, and nothing that
was not saved is stored. It opens for the same person, company and form, for half an hour, and only beside the same
facts it was typed with: a password for one server is not told to another.
"""

import base64
import binascii
import json
import time
from collections.abc import Mapping

from accounts.models import Membership
from core import crypto, pasted

KEPT_S = 30 * 60


def seal(secret: str, viewer: Membership, form: str, beside: Mapping[str, object]) -> str:
    """The hidden field's value; `beside` are the values the secret goes with."""
    content = json.dumps({"at": time.time(), "secret": secret, "beside": _plain(beside)}).encode()
    key_id, ciphertext = crypto.encrypt(content, _context(viewer, form))
    return f"{key_id}.{base64.urlsafe_b64encode(ciphertext).decode()}"


def opened(text: str, viewer: Membership, form: str, beside: Mapping[str, object]) -> str:
    """The secret; "" for what was not made here, for somebody else, too old, or beside other values."""
    key_id, _dot, encoded = text.rpartition(".")
    try:
        found = json.loads(crypto.decrypt(key_id, base64.urlsafe_b64decode(encoded), _context(viewer, form)))
    except (crypto.DecryptionFailed, binascii.Error, ValueError):
        return ""
    is_fresh = 0 <= time.time() - found["at"] < KEPT_S
    return found["secret"] if is_fresh and found["beside"].items() <= _plain(beside).items() else ""


def _plain(beside: Mapping[str, object]) -> dict[str, str]:
    return {name: pasted.bare(str(value)).casefold() for name, value in beside.items()}


def _context(viewer: Membership, form: str) -> str:
    return f"typed:{viewer.pk}:{form}"
