"""The company's app registration at Microsoft."""

from collections.abc import Mapping
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings import app_credentials
from mailsettings.clouds import cloud_choices
from mailsettings.forms import rules
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import CopiedField, CopiedSecretField
from mailsettings.models import CallbackForm, MicrosoftApp
from mailsettings.models.microsoft import callback_url


class MicrosoftAppForm(SettingsForm):
    """An empty secret keeps the stored one; the day it ends can be changed alone.

    With a certificate, stored or brought along with the form, no secret is asked for; a certificate knows its end.
    """

    audited_as = "microsoft_app"
    secret_field = "client_secret"  # noqa: S105 - a field's name
    secret_goes_with = ("client_id",)

    cloud = forms.ChoiceField(
        label=_("Microsoft cloud"), choices=cloud_choices, help_text=_("Where your company's mailboxes are.")
    )
    tenant_id = CopiedField(
        label=_("Directory (tenant) ID"),
        max_length=253,
        help_text=_("On the app's Overview page. A domain of the directory will do, too."),
    )
    client_id = CopiedField(
        label=_("Application (client) ID"),
        max_length=100,
        help_text=_("On the same page."),
    )
    client_secret = CopiedSecretField(
        label=_("Client secret"),
        error_messages={"required": _("Paste the Value of the client secret.")},
        help_text=_("The Value, not the Secret ID. Microsoft shows it only once, right after it is made."),
    )
    secret_expires_on = forms.DateField(
        label=_("The secret ends on"),
        error_messages={"required": _("Give the day the secret ends, so that you can be reminded.")},
        help_text=_("The column Expires, beside the secret. You are reminded before that day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = MicrosoftApp
        fields = ("cloud", "tenant_id", "client_id", "callback_form")
        widgets = {"callback_form": forms.RadioSelect}
        help_texts = {
            "callback_form": _("The one that is registered at Microsoft. New registrations use the first.")
        }

    field_order = ("cloud", "tenant_id", "client_id", "client_secret", "secret_expires_on", "callback_form")

    def __init__(
        self, data: Mapping[str, object] | None = None, *, company: Company, brings_certificate: bool = False
    ) -> None:
        self.company = company
        self.stored = app_credentials.current(company)
        ends = self.stored.expires_on if self.stored else None
        before = MicrosoftApp.objects.filter(company=company).first()
        super().__init__(data, instance=before, initial={"secret_expires_on": ends})
        self.found["secret_expires_on"] = ends
        self.fields["client_secret"].required = self.stored is None and not brings_certificate
        has_certificate = brings_certificate or (self.stored is not None and self.stored.is_certificate)
        if has_certificate and not (data and data.get("client_secret")):
            del self.fields["secret_expires_on"]
        self.fields["callback_form"].choices = [(form, callback_url(company, form)) for form in CallbackForm]

    @property
    def chosen_callback_form(self) -> str:
        """The one marked on the page: what was typed if it makes sense, else the stored one."""
        chosen = self["callback_form"].value()
        return chosen if chosen in CallbackForm.values else CallbackForm.PORTAL

    def clean_tenant_id(self) -> str:
        return rules.directory_id(self.cleaned_data["tenant_id"])

    def clean_client_id(self) -> object:
        return rules.application_id(self.cleaned_data["client_id"])

    def clean_client_secret(self) -> str:
        secret = self.cleaned_data["client_secret"]
        if secret:
            rules.client_secret(secret)
        return secret

    def clean_secret_expires_on(self) -> date:
        day = self.cleaned_data["secret_expires_on"]
        if self._is_new(day):
            rules.secret_end(day, self.company.today)
        return day

    def _is_new(self, day: date) -> bool:
        """A day that has passed is accepted with the secret it belongs to, so that the rest can be mended."""
        return (
            bool(self.cleaned_data.get("client_secret"))
            or self.stored is None
            or day != self.stored.expires_on
        )

    def clean(self) -> dict[str, object]:
        values = super().clean()
        if str(values.get("tenant_id", "")) == str(values.get("client_id", " ")):
            self.add_error(
                "client_id",
                _("This is the same as the Directory (tenant) ID. Copy the Application (client) ID."),
            )
        if self._secret_is_anothers(values):
            self.add_error(
                "client_secret",
                _("A client secret belongs to one app. Paste the Value of this app's secret."),
            )
        return values

    def _secret_is_anothers(self, values: dict[str, object]) -> bool:
        """Whether the stored secret would be kept for an app it was not made for.

        A certificate may be registered for several apps.
        """
        if self.stored is None or self.stored.is_certificate:
            return False
        if "client_secret" in self.errors or values["client_secret"]:
            return False
        apps = MicrosoftApp.objects.filter(company=self.company).exclude(client_id=values.get("client_id"))
        return "client_id" in values and apps.exists()
