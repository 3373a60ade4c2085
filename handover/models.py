"""Links by which a company's admin hands the work at Microsoft, Google or a mail server to the customer's IT."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.sealed import Row, SealedRow
from handover.ways import WAYS, Way


class Link(Row):
    """Only the hash of its address is stored. Whoever has the address may read the steps and hand values in, once."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="hand_overs", db_index=False)
    way = models.CharField(max_length=32)  # slug of ways.WAYS
    made_for = models.CharField(_("for whom"), max_length=200)
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_by_label = models.CharField(max_length=254)
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    takes_over = models.BooleanField(default=False)  # values that were accepted are in use at once
    opened_at = models.DateTimeField(
        null=True, blank=True
    )  # last, by a browser that runs scripts, or a button
    handed_at = models.DateTimeField(null=True, blank=True)  # values came; null again once it was reopened
    seen = models.JSONField(default=dict)  # proof -> what the last look found: {"state", "cause"}
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["company", "-id"], name="hand_over_by_company")]

    def __str__(self) -> str:
        return self.made_for

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.ends_at > timezone.now() and self.company.is_active

    @property
    def has_waiting(self) -> bool:
        """Whether values wait to be taken over; no query where proposals were fetched along."""
        return any(one.state == ProposalState.WAITING for one in self.proposals.all())

    @property
    def request(self) -> str:
        """Who asks for what, as a sentence."""
        return str(self.kind.asks) % {"who": self.made_by_label, "company": self.company.name}

    @property
    def kind(self) -> Way:
        return WAYS[self.way]


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("waiting for an administrator")  # accepted by the provider, not in use here
    TAKEN = "taken", _("taken over")
    DECLINED = "declined", _("not taken over")


class Proposal(SealedRow):
    """Values that came by a link. The secret, or the private key, is sealed; once settled it is gone from here."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="proposals")
    values = models.JSONField(default=dict)  # nothing secret
    certificate = models.TextField(blank=True)  # PEM, the public part
    fingerprint = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.WAITING)
    handed_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["link"], condition=models.Q(state="waiting"), name="proposal_one_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.link}, {self.handed_at:%Y-%m-%d %H:%M}"
