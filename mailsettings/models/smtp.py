"""The company's mail server."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Company
from core.sealed import Row


class Security(models.TextChoices):
    STARTTLS = "starttls", _("STARTTLS (usual with port 587)")
    TLS = "tls", _("TLS from the start (usual with port 465)")
    NONE = "none", _("none (only for a relay inside your own network)")


class Authentication(models.TextChoices):
    PASSWORD = "password", _("user name and password")
    NONE = "none", pgettext_lazy("signing in", "none")


class SmtpServer(Row):
    """People who send with their own password use this host with their own user name.

    `user_name` and the company's Credential of kind smtp_password are for mail that leaves as the company.
    """

    company = models.OneToOneField(Company, models.CASCADE, related_name="smtp_server")
    host = models.CharField(_("mail server"), max_length=253)
    port = models.PositiveIntegerField(
        _("port"), default=587, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(_("security"), max_length=16, choices=Security, default=Security.STARTTLS)
    authentication = models.CharField(
        _("authentication"), max_length=16, choices=Authentication, default=Authentication.PASSWORD
    )
    user_name = models.CharField(_("company's user name"), max_length=254, blank=True)
    timeout_s = models.PositiveSmallIntegerField(
        _("time limit, in seconds"), default=30, validators=[MinValueValidator(5), MaxValueValidator(300)]
    )
    max_connections = models.PositiveSmallIntegerField(
        _("connections at once"), default=10, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )  # of each account that signs in
    ehlo_name = models.CharField(_("EHLO name"), max_length=253, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
