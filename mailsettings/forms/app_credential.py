"""A new credential for the company's app registration: a client secret, or a certificate from a file."""

from datetime import date

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import InputError
from mailsettings import app_credentials, certificates
from mailsettings.app_credentials import NewCredential
from mailsettings.forms import rules
from mailsettings.forms.base import TakesSecret
from mailsettings.forms.microsoft import MicrosoftAppForm


class NewSecretForm(TakesSecret, forms.Form):
    secret_field = "client_secret"  # noqa: S105 - a field's name

    client_secret = MicrosoftAppForm.declared_fields["client_secret"]
    secret_expires_on = MicrosoftAppForm.declared_fields["secret_expires_on"]

    def clean_client_secret(self) -> str:
        secret = self.cleaned_data["client_secret"]
        rules.client_secret(secret)
        return secret

    def clean_secret_expires_on(self) -> date:
        day = self.cleaned_data["secret_expires_on"]
        rules.secret_end(day, timezone.localdate())
        return day

    @property
    def new(self) -> NewCredential:
        return app_credentials.of_secret(
            self.cleaned_data["client_secret"], self.cleaned_data["secret_expires_on"]
        )


class CertificateForm(forms.Form):
    """Nothing of what is wrong in a file comes back to the page: it may be a private key."""

    file = forms.FileField(
        label=_("Certificate file"),
        allow_empty_file=True,  # the sentence about what is expected says more
        error_messages={
            "required": _("Choose a .pfx file, or a .pem file with the key and the certificate.")
        },
        help_text=_("PFX (.pfx, .p12), or PEM with the private key and the certificate in one file."),
        widget=forms.FileInput(attrs={"accept": ".pfx,.p12,.pem"}),
    )
    password = forms.CharField(
        label=_("Password of the file"),
        required=False,
        strip=False,
        max_length=1024,
        help_text=_("Leave empty if the file has none."),
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, object]:
        values = super().clean()
        if not self.errors:
            try:
                self.pair = certificates.read(_content(values["file"]), values["password"], timezone.now())
            except InputError as error:
                self.add_error(error.field, error.message)
        return values

    @property
    def new(self) -> NewCredential:
        return app_credentials.of_pair(self.pair)


def _content(file: UploadedFile) -> bytes:
    """Enough of the file to see that it is too large."""
    return file.read(certificates.LARGEST_BYTES + 1)
