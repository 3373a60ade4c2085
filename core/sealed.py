"""The abstract row that keeps one encrypted value."""

from typing import ClassVar
from uuid import UUID

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

    @classmethod
    def _context(cls, pk: UUID) -> str:
        return f"{cls._meta.db_table}:{pk}:{cls.SEALED_FIELD}"

    def seal(self, plaintext: bytes) -> None:
        self.key_id, self.ciphertext = self.sealed(self.pk, plaintext)

    def unseal(self) -> bytes:
        """The plaintext. Raises `core.crypto.DecryptionFailed`."""
        return self.unsealed(self.pk, self.key_id, self.ciphertext)

    @classmethod
    def sealed(cls, pk: UUID, plaintext: bytes) -> tuple[str, bytes]:
        """(key_id, ciphertext) of a row with this key, where many are written at once."""
        return crypto.encrypt(plaintext, cls._context(pk))

    @classmethod
    def unsealed(cls, pk: UUID, key_id: str, ciphertext: bytes) -> bytes:
        """The plaintext of a row's values, where many are read at once. Raises `core.crypto.DecryptionFailed`."""
        return crypto.decrypt(key_id, ciphertext, cls._context(pk))
