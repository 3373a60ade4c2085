"""Keys by which programs of a company come in: by REST, and by the SMTP gateway as the password."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from api.scopes import Scope
from core.sealed import Row


class ApiKey(Row):
    """Only the hash of its secret is stored; the prefix, which is no secret, finds the row and names the key."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="api_keys", db_index=False)
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(
        max_length=64
    )  # SHA-256, hex; of 256 random bits, so it needs no slow hash
    scopes = models.JSONField(default=list)  # values of Scope
    is_for_all = models.BooleanField(default=False)  # people of the company, those who come later too
    people = models.ManyToManyField(Membership, related_name="+", blank=True)  # else only these
    ends_on = models.DateField(
        _("ends on"), null=True, blank=True
    )  # its last day, in the company's time zone
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    revoked_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_by_label = models.CharField(max_length=254)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["company", "-id"], name="api_key_by_company")]

    def __str__(self) -> str:
        return self.name

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    @property
    def has_ended(self) -> bool:
        if self.ends_on is None:
            return False
        return timezone.localdate(timezone=self.company.zone) > self.ends_on

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.has_ended and self.company.is_active

    @property
    def permissions(self) -> list[str]:
        """What it may do, as sentences."""
        return [str(scope.label) for scope in Scope if scope in self.scopes]
