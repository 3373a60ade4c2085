"""The company's app (OAuth client) at Google."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings import catalog, credentials
from mailsettings.forms import google_rules
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import CopiedField, CopiedSecretField
from mailsettings.models import CompanyMailSettings, CredentialKind, GoogleApp, GoogleSending
from mailsettings.models.google import METHODS


class GoogleAppForm(SettingsForm):
    """An empty secret keeps the stored one. Google's client secrets have no end date."""

    audited_as = "google_app"
    secret_field = "client_secret"  # noqa: S105 - a field's name
    secret_goes_with = ("client_id",)

    client_id = CopiedField(
        label=_("Client ID"),
        max_length=200,
        help_text=_("On the client's page in Google Cloud; it ends with .apps.googleusercontent.com."),
    )
    client_secret = CopiedSecretField(
        label=_("Client secret"),
        error_messages={"required": _("Paste the client secret.")},
        help_text=_("Google shows it in full only when it is made. New ones begin with GOCSPX-."),
    )

    class Meta:
        model = GoogleApp
        fields = ("client_id", "send_by")
        widgets = {"send_by": forms.RadioSelect}
        help_texts = {
            "send_by": _(
                "Choose the Gmail API unless you must not. After a change people may have to connect again."
            )
        }

    field_order = ("client_id", "client_secret", "send_by")

    def __init__(self, data: Mapping[str, object] | None = None, *, company: Company) -> None:
        self.company = company
        self.stored = credentials.stored(company, CredentialKind.GOOGLE_CLIENT_SECRET)
        super().__init__(data, instance=GoogleApp.objects.filter(company=company).first())
        self.fields["client_secret"].required = self.stored is None
        if self.instance._state.adding:
            self.initial["send_by"] = next((way for way in METHODS if company.allows(METHODS[way])), None)

    def clean_client_id(self) -> str:
        return google_rules.client_id(self.cleaned_data["client_id"])

    def clean_client_secret(self) -> str:
        secret = self.cleaned_data["client_secret"]
        if secret:
            google_rules.client_secret(secret)
        return secret

    def clean_send_by(self) -> str:
        send_by = self.cleaned_data["send_by"]
        if not self.company.allows(METHODS[GoogleSending(send_by)]):
            raise forms.ValidationError(_("The operator of this portal has not allowed this way here."))
        self._check_company_method(METHODS[GoogleSending(send_by)])
        return send_by

    def _check_company_method(self, method: str) -> None:
        """The one way everybody sends by stays on until the policy names another."""
        policy = CompanyMailSettings.objects.filter(company=self.company).first()
        if policy and policy.method in catalog.OF_GOOGLE and policy.method != method:
            sentence = _("The company sends by %(way)s: choose another e-mail method in the policy first.")
            raise forms.ValidationError(sentence % {"way": catalog.METHODS[policy.method].label})

    def clean(self) -> dict[str, object]:
        values = super().clean()
        before = GoogleApp.objects.filter(company=self.company).first()
        is_another = before is not None and values.get("client_id", before.client_id) != before.client_id
        keeps_secret = self.stored is not None and values.get("client_secret") == ""
        if is_another and keeps_secret:
            self.add_error("client_secret", _("A client secret belongs to one client. Paste this one's."))
        return values
