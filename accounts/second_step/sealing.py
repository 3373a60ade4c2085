"""The secrets of authenticator apps and recovery codes, encrypted within allauth's rows.

allauth asks for a text without saying whose it is, before the row has a key: so unlike our own rows
(core/sealed.py) such a value is bound to the table only.
"""

import base64
import binascii

from allauth.mfa.models import Authenticator
from django.db import transaction

from core import crypto
from core.rotation import BATCH_ROWS, Progress, Report

_CONTEXT = "mfa_authenticator"
# Kind of row -> where in its `data` the sealed text stands. A passkey's row holds a public key only.
_FIELDS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


def seal(text: str) -> str:
    """`key id:base64`."""
    key_id, ciphertext = crypto.encrypt(text.encode(), _CONTEXT)
    return f"{key_id}:{base64.b64encode(ciphertext).decode()}"


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises `core.crypto.DecryptionFailed`."""
    key_id, _colon, encoded = sealed.partition(":")
    try:
        ciphertext = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise crypto.DecryptionFailed("The stored value is not one that was sealed here.") from None
    return crypto.decrypt(key_id, ciphertext, _CONTEXT).decode()


def unreadable(user_id: object) -> set[str]:
    """Which kinds of the person's rows cannot be read, as their key is not configured or they were changed."""
    rows = Authenticator.objects.filter(user_id=user_id, type__in=_FIELDS)
    return {row.type for row in rows if not _is_readable(row)}


def _is_readable(row: Authenticator) -> bool:
    try:
        unseal(row.data[_FIELDS[row.type]])
    except crypto.DecryptionFailed:
        return False
    return True


def rotate(newest: str, report: Report) -> Progress:
    """For `core.rotation`: every row under its newest key."""
    progress = Progress(Authenticator._meta.db_table)
    rows = Authenticator.objects.filter(type__in=_FIELDS).order_by("pk")
    for number, pk in enumerate(rows.values_list("pk", flat=True), 1):
        _rotate_row(pk, newest, progress)
        if number % BATCH_ROWS == 0:
            report(progress)
    report(progress)
    progress.left = sum(_key_of(row) != newest for row in rows.iterator())
    return progress


@transaction.atomic
def _rotate_row(pk: int, newest: str, progress: Progress) -> None:
    """Locked meanwhile: a recovery code that is used up beside this must stay used up."""
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None or _key_of(row) == newest:
        return
    field = _FIELDS[row.type]
    try:
        row.data[field] = seal(unseal(row.data[field]))
    except crypto.DecryptionFailed:
        progress.unreadable.append(str(pk))
        return
    row.save(update_fields=["data"])
    progress.rotated += 1


def _key_of(row: Authenticator) -> str:
    return row.data[_FIELDS[row.type]].partition(":")[0]
