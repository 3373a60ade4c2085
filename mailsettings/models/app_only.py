"""Mail that the company's app sends by itself, without anybody having connected or typed a password."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.addresses import AddressField
from core.sealed import Row
from mailsettings.models.company import FromPolicy


class AppOnlySettings(Row):
    """The app registration and its credential are the company's MicrosoftApp.

    As each person, or from one mailbox; the mailbox is also for people whose address Microsoft does not know.
    """

    company = models.OneToOneField(Company, models.CASCADE, related_name="app_only")
    use_graph = models.BooleanField(_("by Microsoft Graph"), default=False)
    use_smtp = models.BooleanField(_("by Exchange's SMTP server"), default=False)
    as_person = models.BooleanField(_("use each person's own address"), default=True)
    mailbox = AddressField(_("mailbox"), blank=True)
    mailbox_user_name = models.CharField(_("mailbox's user name"), max_length=254, blank=True)
    mailbox_name = models.CharField(_("name in From of the mailbox"), max_length=150, blank=True)
    mailbox_from = models.CharField(
        _("From, when the mailbox sends"), max_length=16, choices=FromPolicy, default=FromPolicy.MAILBOX
    )

    def __str__(self) -> str:
        return f"{self.company}"

    @property
    def account(self) -> str:
        """What is signed in to, or sent as, for the mailbox; "" when there is none."""
        return self.mailbox_user_name or self.mailbox
