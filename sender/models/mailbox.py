"""What a submission signs in as. It holds the lease under which its messages are sent, and its health."""

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
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "method", "owner", "account"], name="sending_mailbox_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} ({self.method})"
