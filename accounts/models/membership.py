"""Who belongs to which company, as what; and invitations to join."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Company
from core.addresses import AddressField
from core.sealed import Row


class Role(models.TextChoices):
    ADMIN = "admin", _("admin")  # fills in the settings, invites people
    SUPPORT = "support", _("support")  # sees people and messages, runs test sends; no secrets
    USER = "user", _("user")  # sends as himself


class Membership(Row):
    """One person in one company. What he sends with hangs on this row, and goes when it goes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.USER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user__name", "user__email"]
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.company}, {self.get_role_display()})"

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_staff_of_company(self) -> bool:
        """Admins and support: may look at other people of the company."""
        return self.role in (Role.ADMIN, Role.SUPPORT)


class Invitation(Row):
    """A link by which somebody joins a company. Only the hash of its token is stored."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="invitations")
    email = AddressField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.USER)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} → {self.company}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.expires_at > timezone.now()
