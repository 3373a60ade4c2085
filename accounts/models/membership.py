"""Who belongs to which company, as what; and invitations to join."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.company import Company
from accounts.searching import FOUND_BY_CHARACTERS, found_by
from core.addresses import AddressField
from core.sealed import Row


class Role(models.TextChoices):
    ADMIN = "admin", _("admin")  # fills in the settings, invites people
    SUPPORT = "support", _("support")  # sees people and messages, runs test sends; no secrets
    USER = "user", _("user")  # sends as himself


class MailState(models.TextChoices):
    WORKS = "works", _("works")  # mail leaves, and nothing has to be mended
    ATTENTION = "attention", _("needs attention")  # it does not, or soon will not, and somebody can mend it
    NEVER = "never", _("never set up")  # there is no way yet, and nothing that could be mended


class Membership(Row):
    """One person in one company. What he sends with hangs on this row, and goes when it goes.

    `found_by` and the three of the mail are kept for the list of people, which searches, filters, counts and shows
    ten thousands: the state follows from a dozen tables and cannot be asked for in SQL. sender/standing.py writes
    the three, whenever something they follow from changes.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.USER)
    created_at = models.DateTimeField(auto_now_add=True)
    found_by = models.CharField(max_length=FOUND_BY_CHARACTERS, editable=False, default="")
    mail_state = models.CharField(
        _("state of the mail"), max_length=12, choices=MailState, default=MailState.NEVER, editable=False
    )
    mail_method = models.CharField(max_length=32, blank=True, editable=False)  # slug of the way taken now
    mail_cause = models.CharField(
        max_length=64, blank=True, editable=False
    )  # slug of diagnosis: what to mend

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user__name", "user__email"]
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="membership_once")]
        indexes = [
            models.Index(fields=["company", "found_by", "id"], name="people_in_order"),
            models.Index(fields=["company", "mail_state", "found_by", "id"], name="people_by_state"),
            models.Index(fields=["company", "mail_method"], name="people_by_method"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.company}, {self.get_role_display()})"

    def save(self, *args: object, **kwargs: object) -> None:
        if self._state.adding:
            self.found_by = found_by(self.user.name, self.user.email)
        super().save(*args, **kwargs)

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
    name = models.CharField(
        pgettext_lazy("of a person", "name"), max_length=150, blank=True
    )  # as whoever invited wrote it
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
