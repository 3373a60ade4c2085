"""The abstract row that keeps one encrypted value."""

from typing import ClassVar

from django.db import models

from core import crypto
from core.ids import uuid7


class Row(models.Model):
    """A row with a time-ordered UUID key, known before it is saved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class SealedRow(Row):
    """A row with one encrypted value; `seal` sets it in memory, `save` stores it.

    The value is bound to table and primary key. `manage.py rotatekeys` finds every subclass by itself.
    """

    SEALED_FIELD: ClassVar[str] = "ciphertext"

    ciphertext = models.BinaryField()
    key_id = models.CharField(max_length=32, db_index=True)

    class Meta:
        abstract = True

    @property
    def _context(self) -> str:
        return f"{self._meta.db_table}:{self.pk}:{self.SEALED_FIELD}"

    def seal(self, plaintext: bytes) -> None:
        self.key_id, self.ciphertext = crypto.encrypt(plaintext, self._context)

    def unseal(self) -> bytes:
        """The plaintext. Raises `core.crypto.DecryptionFailed`."""
        return crypto.decrypt(self.key_id, self.ciphertext, self._context)
