"""Stored secrets. A value goes in; only the sender takes it out, to sign in with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.sealed import SealedRow


class CredentialKind(models.TextChoices):
    CLIENT_SECRET = "client_secret", _("client secret")  # the company's Microsoft app registration
    SMTP_PASSWORD = "smtp_password", _("mail server password")  # the company's own server
    USER_PASSWORD = "user_password", _("e-mail password")  # a person's mailbox
    GMAIL_APP_PASSWORD = "gmail_app_password", _("Gmail app password")  # a person's Google account


class Credential(SealedRow):
    """One secret of a company (`membership` empty) or of one person in it."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="credentials")
    membership = models.ForeignKey(Membership, models.CASCADE, null=True, related_name="credentials")
    kind = models.CharField(max_length=32, choices=CredentialKind)
    fingerprint = models.CharField(max_length=8)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    set_by_label = models.CharField(max_length=254)
    set_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    last_worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind"], condition=Q(membership=None), name="credential_once_a_company"
            ),
            models.UniqueConstraint(
                fields=["membership", "kind"], condition=~Q(membership=None), name="credential_once_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} …{self.fingerprint}"

    def reveal(self) -> str:
        """The secret itself, for signing in. Raises `core.crypto.DecryptionFailed`."""
        return self.unseal().decode()
