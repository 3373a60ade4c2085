"""The company's own app registration at Microsoft."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.sealed import Row
from mailsettings.clouds import GLOBAL


class CallbackForm(models.TextChoices):
    PORTAL = "portal", _("/…/oauth/microsoft/callback")
    ASPX = "aspx", _("/…/Services/Office365Callback.aspx (older registrations)")


CALLBACK_PATHS = {
    CallbackForm.PORTAL: "/{code}/oauth/microsoft/callback",
    CallbackForm.ASPX: "/{code}/Services/Office365Callback.aspx",
}


def callback_url(company: Company, form: str) -> str:
    """The redirect address to register at Microsoft: built from PUBLIC_URL, never from a request."""
    return settings.PUBLIC_URL + CALLBACK_PATHS[CallbackForm(form)].format(code=company.code)


class MicrosoftApp(Row):
    """Its secret is the company's Credential of kind client_secret."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="microsoft_app")
    cloud = models.CharField(_("Microsoft cloud"), max_length=40, default=GLOBAL)
    tenant_id = models.CharField(_("Directory (tenant) ID"), max_length=253)
    client_id = models.UUIDField(_("Application (client) ID"))
    callback_form = models.CharField(
        _("callback address"), max_length=16, choices=CallbackForm, default=CallbackForm.PORTAL
    )
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.client_id)

    @property
    def callback_url(self) -> str:
        return callback_url(self.company, self.callback_form)
