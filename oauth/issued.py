"""Access tokens with no refresh token beside them: kept sealed in a row, renewed by one process at a time.

Nothing is kept in a process's memory, where a token would outlive the secret it was made with.
"""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db.models import F

from core.clock import now
from core.crypto import DecryptionFailed
from diagnosis.vocabulary import PORTAL_AT_FAULT
from oauth import leases, msal_app, renewing
from oauth.errors import TokenUnavailable
from oauth.models import IssuedToken

LEAST_LIFE = timedelta(seconds=msal_app.LEAST_LIFE_S)

Row = TypeVar("Row", bound=IssuedToken)


def token_of(read: Callable[[], Row], ask: Callable[[Row], msal_app.IssuedToken], *, force: bool) -> str:
    """The row's token if it is good for five minutes more and not `force`, else a new one.

    `read` finds or makes the row as it is now; `ask` gets a token from Microsoft, while the lease is held.
    Raises TokenUnavailable, and whatever `read` and `ask` raise.
    """
    row = read()
    if _lives(row) and not force:
        return _opened(row)
    return _renewed(read, ask, row.version)


def find_or_make(blank: Row, **lookup: object) -> Row:
    """The row that fits the lookup; `blank` is stored if there is none."""
    model = type(blank)
    found = model.objects.filter(**lookup).first()
    if found:
        return found
    blank.seal(b"")
    model.objects.bulk_create([blank], ignore_conflicts=True)
    return model.objects.get(**lookup)


def claim(token: str, name: str) -> object:
    """One claim of an access token; None when it cannot be read.

    Only to choose among calls and to tell people: what a token allows is for its resource to say.
    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        payload = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get(name)
    except (IndexError, ValueError, AttributeError):
        return None


def _lives(row: IssuedToken) -> bool:
    return row.expires_at is not None and row.expires_at - now() > LEAST_LIFE


def _opened(row: IssuedToken) -> str:
    try:
        return row.unseal().decode()
    except DecryptionFailed as error:  # a key is missing: the operator brings it back
        raise TokenUnavailable(PORTAL_AT_FAULT, str(error)) from None


def _renewed(read: Callable[[], Row], ask: Callable[[Row], msal_app.IssuedToken], seen: int) -> str:
    """A token newer than version `seen`: somebody else's request if one is under way, else our own."""

    def newer(row: Row) -> str | None:
        return _opened(row) if row.version != seen and _lives(row) else None

    return renewing.renewed(read, newer, lambda row, owner: _stored(row, owner, ask(row)), "")


def _stored(row: IssuedToken, owner: str, issued: msal_app.IssuedToken) -> str:
    row.seal(issued.access_token.encode())
    changes = {"ciphertext": row.ciphertext, "key_id": row.key_id, "version": F("version") + 1}
    leases.let_go(row, owner, expires_at=now() + timedelta(seconds=issued.lives_s), **changes)
    return issued.access_token
