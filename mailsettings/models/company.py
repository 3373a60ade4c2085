"""What holds for the whole company: which rungs of the ladder are on, and whose name mail carries."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.addresses import AddressField
from core.sealed import Row
from mailsettings.catalog import method_choices


class FromPolicy(models.TextChoices):
    USER = "user", _("the person's own address")
    MAILBOX = "mailbox", _("the company's address, replies go to the person")


class ConnectionFrom(models.TextChoices):
    """Whose name stands in From of mail that leaves by a person's own Microsoft connection.

    https://learn.microsoft.com/graph/outlook-send-mail-from-other-user
    """

    PERSON = "person", _("the person's own address")
    MAILBOX = "mailbox", _("the shared mailbox (needs Send As)")
    ON_BEHALF = "on_behalf", _("the person on behalf of the shared mailbox (needs Send on Behalf)")


class BodiesShownTo(models.TextChoices):
    """Who may read a stored message beside the person it was handed over for; each reading is audited."""

    NOBODY = "nobody", _("nobody else")
    ADMINS = "admins", _("admins")
    STAFF = "staff", _("admins and support")


class CompanyMailSettings(Row):
    company = models.OneToOneField(Company, models.CASCADE, related_name="mail_settings")
    method = models.CharField(
        _("e-mail method"), max_length=32, blank=True, choices=method_choices
    )  # the only one people send by; empty: the first of the ladder that works
    use_connections = models.BooleanField(_("people's Microsoft connections"), default=True)
    use_connections_smtp = models.BooleanField(
        _("people's Microsoft connections, by Exchange's SMTP server"), default=False
    )
    connections_from = models.CharField(
        _("From, when a person's connection sends"),
        max_length=16,
        choices=ConnectionFrom,
        default=ConnectionFrom.PERSON,
    )
    shared_mailbox = AddressField(_("shared mailbox"), blank=True)
    shared_mailbox_name = models.CharField(_("shared mailbox's name in From"), max_length=150, blank=True)
    use_fallback_mailbox = models.BooleanField(_("the company's connected mailbox"), default=False)
    fallback_mailbox = AddressField(_("company's connected mailbox"), blank=True)
    fallback_mailbox_name = models.CharField(
        _("connected mailbox's name in From"), max_length=150, blank=True
    )
    large_messages = models.BooleanField(
        _("messages over 4 MB through Microsoft"), default=False
    )  # asks people for Mail.ReadWrite, which the upload needs
    max_files_mb = models.PositiveSmallIntegerField(
        _("most for the files of a message, in MB"), null=True, blank=True
    )
    use_passwords = models.BooleanField(_("people's own passwords"), default=True)
    use_company_server = models.BooleanField(_("the company's mail server"), default=True)
    company_server_from = models.CharField(
        _("From, when the company's server sends"), max_length=16, choices=FromPolicy, default=FromPolicy.USER
    )
    company_address = AddressField(_("company's address"), blank=True)
    company_name = models.CharField(_("company's name in From"), max_length=150, blank=True)
    save_to_sent = models.BooleanField(_("keep a copy in Sent Items"), default=True)
    give_up_hours = models.PositiveSmallIntegerField(_("give up after, in hours"), default=24)
    bodies_shown_to = models.CharField(
        _("who may read people's messages"), max_length=8, choices=BodiesShownTo, default=BodiesShownTo.NOBODY
    )

    def __str__(self) -> str:
        return f"{self.company}"
