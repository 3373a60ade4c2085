"""What one person chose: a method, a user name, the name in From."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.sealed import Row
from mailsettings.catalog import person_method_choices


class UserMailSettings(Row):
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    membership = models.OneToOneField(Membership, models.CASCADE, related_name="mail_settings")
    method = models.CharField(
        _("method"), max_length=32, blank=True, choices=person_method_choices
    )  # empty: as the company says
    user_name = models.CharField(_("user name"), max_length=254, blank=True)  # empty: the e-mail address
    from_name = models.CharField(_("name in From"), max_length=150, blank=True)  # empty: the person's name
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.membership)
