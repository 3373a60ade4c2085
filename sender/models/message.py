"""The outbox: messages handed over, each in exactly one state."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.addresses import AddressField
from core.compressed import compress, decompress
from core.sealed import Row, SealedRow
from sender.models.mailbox import SendingMailbox


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")  # due at `due_at`, when its mailbox is ready
    SENDING = (
        "sending",
        _("sending"),
    )  # a worker took it: it is handed over next, is being handed over, or was, and the answer is awaited
    SENT = "sent", _("sent")  # the provider accepted it for every recipient that was not refused
    FAILED = "failed", _("failed")  # refused for good, or given up; `cause` says why
    UNKNOWN = (
        "unknown",
        _("not known"),
    )  # handed over, no answer: a person decides, it is not sent again by itself
    CANCELLED = "cancelled", _("cancelled")  # by a person, before it was sent


OPEN_STATES = (State.WAITING, State.SENDING)


class Priority(models.IntegerChoices):
    """Within one mailbox, what is due and more urgent goes first."""

    HIGH = 0, _("high")
    NORMAL = 1, _("normal")
    BULK = 2, _("bulk")


class OutboxMessages(models.QuerySet):
    """`finished_at` is named beside the state so that the index of open messages is used."""

    def waiting(self) -> models.QuerySet:
        return self.filter(state=State.WAITING, finished_at=None)

    def sending(self) -> models.QuerySet:
        return self.filter(state=State.SENDING, finished_at=None)


class OutboxMessage(Row):
    """The frozen message is in `Content`; here is what is needed to list, route and send it."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="outbox", db_index=False)
    membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="outbox", db_index=False
    )
    person = AddressField()  # the address it was submitted as; stays when the person goes
    mailbox = models.ForeignKey(SendingMailbox, models.PROTECT, related_name="messages", db_index=False)
    route_reason = models.TextField()  # why this way: core.sentences
    refused_rungs = models.JSONField(default=list)  # [{method, cause, reason}] of the rungs passed over
    kind = models.CharField(max_length=32, blank=True)  # "test", or the caller's own word
    agreement_kind = models.CharField(max_length=32, blank=True)  # of the text appended to it
    agreement_language = models.CharField(max_length=35, blank=True)
    idempotency_key = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64)  # of what the caller gave, to tell a repeat from a clash
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    attempts_made = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=32, blank=True)  # MailboxSlot.owner while it is `sending`
    cause = models.CharField(max_length=64, blank=True)
    cause_raw = models.TextField(blank=True)
    subject = models.CharField(max_length=998, blank=True)
    message_id = models.CharField(max_length=998)
    from_address = models.CharField(max_length=320)  # the route's; a finished message may name another
    envelope_from = models.CharField(max_length=320)  # sends it and gets the bounces; another one on behalf
    size_bytes = models.PositiveIntegerField()
    submitted_at = models.DateTimeField(auto_now_add=True)
    submitted_by = models.CharField(max_length=254)
    finished_at = models.DateTimeField(null=True, blank=True)  # null while it is open, and only then

    objects = OutboxMessages.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="idempotency_key_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["mailbox", "priority", "due_at", "id"],
                condition=Q(finished_at=None),  # not by state: PostgreSQL then rewrites no index for a marker
                name="outbox_due",
            ),
            models.Index(fields=["company", "id"], name="outbox_by_company"),
            models.Index(fields=["membership", "id"], name="outbox_by_person"),
            # The few that a company looks for among the many; mail that is sent at once enters neither for long.
            models.Index(fields=["company", "id"], condition=Q(finished_at=None), name="outbox_open"),
            models.Index(fields=["company", "id"], condition=~Q(cause=""), name="outbox_in_trouble"),
        ]

    def __str__(self) -> str:
        return f"{self.subject or self.message_id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Content(SealedRow):
    """The frozen MIME of one message, compressed and encrypted; removed after the company's retention time."""

    id = None  # a key of its own would be one more index, written for each message
    message = models.OneToOneField(OutboxMessage, models.CASCADE, primary_key=True, related_name="content")
    key_id = models.CharField(max_length=32)  # no index: `rotatekeys` reads all rows but those of one key

    @classmethod
    def sealed(cls, pk: UUID, plaintext: bytes) -> tuple[str, bytes]:
        return super().sealed(pk, compress(plaintext))

    @classmethod
    def unsealed(cls, pk: UUID, key_id: str, ciphertext: bytes) -> bytes:
        return decompress(super().unsealed(pk, key_id, ciphertext))
