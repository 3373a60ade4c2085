"""What holds for the whole company: which rungs of the ladder are on, and whose name mail carries."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.sealed import Row


class FromPolicy(models.TextChoices):
    USER = "user", _("the person's own address")
    MAILBOX = "mailbox", _("the company's address, replies go to the person")


class CompanyMailSettings(Row):
    company = models.OneToOneField(Company, models.CASCADE, related_name="mail_settings")
    use_connections = models.BooleanField(_("people's Microsoft connections"), default=True)
    use_passwords = models.BooleanField(_("people's own passwords"), default=True)
    use_company_server = models.BooleanField(_("the company's mail server"), default=True)
    company_server_from = models.CharField(
        _("From, when the company's server sends"), max_length=16, choices=FromPolicy, default=FromPolicy.USER
    )
    company_address = models.EmailField(_("company's address"), blank=True)
    company_name = models.CharField(_("company's name in From"), max_length=150, blank=True)
    save_to_sent = models.BooleanField(_("keep a copy in Sent Items"), default=True)
    give_up_hours = models.PositiveSmallIntegerField(_("give up after, in hours"), default=24)

    def __str__(self) -> str:
        return f"{self.company}"
