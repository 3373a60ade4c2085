"""What a submission signs in as: its health, when it has something to send, and the slots it is sent through."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.sealed import Row


class Health(models.TextChoices):
    READY = "ready", _("ready")
    NEEDS_ATTENTION = "needs_attention", _("needs attention")  # paused until somebody mends `cause`


class SendingMailbox(Row):
    """One company, one method, one account: the person's (`membership`) or the company's own (empty)."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="sending_mailboxes")
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="sending_mailboxes")
    owner = models.CharField(
        max_length=36, blank=True
    )  # the membership's id, also when it is gone; "" company
    method = models.CharField(max_length=32)  # slug of mailsettings.catalog
    account = models.CharField(max_length=254)  # address or user name it signs in as; "" for an open relay
    health = models.CharField(max_length=24, choices=Health, default=Health.READY)
    cause = models.CharField(max_length=64, blank=True)
    cause_raw = models.TextField(blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    # When somebody last mended it, or saw that it works; an attempt begun before says nothing of it any more.
    mended_at = models.DateTimeField(null=True, blank=True)
    last_worked_at = models.DateTimeField(null=True, blank=True)
    next_due_at = models.DateTimeField(
        null=True, blank=True
    )  # of its messages that nobody took; see outbox.wake
    last_turn_at = models.DateTimeField(null=True, blank=True)  # when a worker last took a slot of it
    # What its limits leave, as it was at `allowance_at` (sender/limits.py); null: nothing was counted yet.
    allowance = models.FloatField(null=True, blank=True)
    allowance_at = models.DateTimeField(null=True, blank=True)
    counted_on = models.DateField(null=True, blank=True)
    recipients_counted = models.PositiveIntegerField(default=0)  # of messages taken on that day

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "method", "owner", "account"], name="sending_mailbox_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                condition=models.Q(health="ready", next_due_at__isnull=False),
                name="mailbox_due",
            ),
            models.Index(
                fields=["company", "method"],
                condition=models.Q(health="needs_attention"),
                name="mailbox_in_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} ({self.method})"


class MailboxSlot(Row):
    """The right to use one of the connections a mailbox allows at once; leased by a worker while it sends.

    `owner` names the lease, not the worker: a new name each time it is taken. Messages taken under it carry it.
    """

    mailbox = models.ForeignKey(SendingMailbox, models.CASCADE, related_name="slots", db_index=False)
    number = models.PositiveSmallIntegerField()  # from 0; those at or above the mailbox's limit are not taken
    owner = models.CharField(max_length=32, blank=True)  # "" while it is free
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "number"], name="mailbox_slot_once")]
        # Of the few that are taken, so that all of them are looked through; not by `until`, which changes each second.
        indexes = [models.Index(fields=["owner"], condition=~models.Q(owner=""), name="slot_taken")]

    @classmethod
    def taken(cls) -> models.QuerySet:
        """In the words of their index."""
        return cls.objects.exclude(owner="")
