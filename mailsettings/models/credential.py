"""Stored secrets. A value goes in; only the sender takes it out, to sign in with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.sealed import SealedRow
from mailsettings.certificates import Certificate


class CredentialKind(models.TextChoices):
    CLIENT_SECRET = "client_secret", _("client secret")  # the company's Microsoft app registration
    CLIENT_CERTIFICATE = "client_certificate", _("client certificate")  # the same, instead of a secret
    SMTP_PASSWORD = "smtp_password", _("mail server password")  # the company's own server
    USER_PASSWORD = "user_password", _("e-mail password")  # a person's mailbox
    GMAIL_APP_PASSWORD = "gmail_app_password", _("Gmail app password")  # a person's Google account
    GOOGLE_CLIENT_SECRET = "google_client_secret", _("Google client secret")  # the company's Google app


# What the app registration signs in with: one of them at a time.
APP_KINDS = (CredentialKind.CLIENT_SECRET, CredentialKind.CLIENT_CERTIFICATE)


class CredentialState(models.TextChoices):
    CURRENT = "current", _("in use")
    NEXT = "next", _("waiting to take over")  # for the app registration: not used before it was tried


class Credential(SealedRow):
    """One secret of a company (`membership` empty) or of one person in it.

    Of a client certificate, the private key is sealed and `certificate` is the public part as PEM.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="credentials")
    membership = models.ForeignKey(Membership, models.CASCADE, null=True, related_name="credentials")
    kind = models.CharField(max_length=32, choices=CredentialKind)
    state = models.CharField(max_length=8, choices=CredentialState, default=CredentialState.CURRENT)
    certificate = models.TextField(blank=True)
    meant_for = models.CharField(max_length=253, blank=True)  # of an e-mail password: see email_password.py
    fingerprint = models.CharField(max_length=8)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    set_by_label = models.CharField(max_length=254)
    set_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    last_worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "state"],
                condition=Q(membership=None),
                name="credential_once_a_company",
            ),
            models.UniqueConstraint(
                fields=["company", "state"],
                condition=Q(membership=None, kind__in=APP_KINDS),
                name="credential_one_for_the_app",
            ),
            models.UniqueConstraint(
                fields=["membership", "kind"], condition=~Q(membership=None), name="credential_once_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} …{self.fingerprint}"

    @property
    def is_certificate(self) -> bool:
        return self.kind == CredentialKind.CLIENT_CERTIFICATE

    @property
    def is_next(self) -> bool:
        return self.state == CredentialState.NEXT

    @property
    def public(self) -> Certificate:
        """The public part of a client certificate: thumbprints, end, DER."""
        return Certificate(self.certificate)

    def reveal(self) -> str:
        """The secret itself, for signing in. Raises `core.crypto.DecryptionFailed`."""
        return self.unseal().decode()
