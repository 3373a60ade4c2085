"""What was tried with a message, and what became of each recipient."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.sealed import Row
from sender.models.message import OutboxMessage


class Attempt(Row):
    """One try. `phase` is written before the point of no return, so that a crash leaves the truth behind."""

    message = models.ForeignKey(OutboxMessage, models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=32)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=16)  # sender.transports.base.Phase
    outcome = models.CharField(max_length=16, blank=True)  # sender.transports.base.Outcome; "" while running
    cause = models.CharField(max_length=64, blank=True)
    reply = models.TextField(blank=True)  # the server's own words, redacted
    note = models.TextField(
        blank=True
    )  # why it went otherwise than was asked for, as a sentence (core.sentences)
    request_ids = models.JSONField(default=dict)  # to quote to Microsoft
    provider_draft_id = models.TextField(blank=True)  # written when it is made, emptied when it is deleted

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="attempt_number_once")]


class RecipientKind(models.TextChoices):
    TO = "to", _("To")
    CC = "cc", _("Cc")
    BCC = "bcc", _("Bcc")


class RecipientOutcome(models.Model):
    """One address of the envelope. `outcome` is empty until the server said something about it."""

    pk = models.CompositePrimaryKey("message", "address")
    message = models.ForeignKey(OutboxMessage, models.CASCADE, related_name="recipients", db_index=False)
    address = models.CharField(max_length=320)
    place = models.PositiveSmallIntegerField()  # among the message's, from 0 on: as they were given
    kind = models.CharField(max_length=3, choices=RecipientKind)
    outcome = models.CharField(max_length=16, blank=True)
    reply = models.TextField(blank=True)

    class Meta:
        ordering = ["place"]

    def __str__(self) -> str:
        return self.address
