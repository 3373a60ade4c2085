"""Batches: many messages that a program hands over in one request, and what became of each line of it."""

from django.db import models
from django.db.models import Q

from accounts.models import Company, Membership
from core.sealed import Row
from sender.models.message import OutboxMessage


class Batch(Row):
    """One list of messages, however often it was begun: a request that broke off goes on under the same key."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="batches", db_index=False)
    key = models.CharField(max_length=190)  # the caller's word for it, its Idempotency-Key
    submitted_by = models.CharField(max_length=254)
    api_key = models.CharField(max_length=16)  # the prefix of the key it came by, which may look at it
    lines = models.PositiveIntegerField(default=0)  # with something on them
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)  # when lines of it were stored last
    finished_at = models.DateTimeField(null=True, blank=True)  # all lines were read
    cancelled_at = models.DateTimeField(null=True, blank=True)  # by a person or program; no more is taken
    stopped_why = models.CharField(max_length=64, blank=True)  # a slug, while it is not finished

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="batch_key_once")]
        indexes = [models.Index(fields=["company", "-id"], name="batch_by_company")]

    def __str__(self) -> str:
        return self.key


class BatchLine(Row):
    """A line of a batch: the message that it became, or why it was refused. Other mail costs nothing by this."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="results", db_index=False)
    line = models.PositiveIntegerField()  # counted from 1, as in the request's body
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    message = models.ForeignKey(
        OutboxMessage, models.CASCADE, null=True, related_name="batch_lines", db_index=False
    )
    cause = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=200, blank=True)
    detail = models.TextField(blank=True)  # the sentence that the program was told

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="batch_line_once")]
        indexes = [
            models.Index(fields=["batch", "message"], name="batch_line_messages"),
            models.Index(
                fields=["message"], condition=Q(message__isnull=False), name="batch_line_of_message"
            ),
            models.Index(fields=["membership", "batch"], name="batch_line_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"
