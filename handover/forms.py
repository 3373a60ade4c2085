"""The admin's form for a new link, and the forms by which IT hands values back. No secret ever comes back to a page."""

from collections.abc import Mapping
from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.addresses import AddressFormField
from core.errors import InputError
from handover import links, ways
from handover.brought import Brought
from handover.models import Link
from handover.ways import Brings
from mailsettings import app_credentials, certificates
from mailsettings.clouds import GLOBAL
from mailsettings.forms import rules
from mailsettings.forms.app_credential import CertificateForm
from mailsettings.forms.fields import LineField, SecretField
from mailsettings.forms.google import GoogleAppForm
from mailsettings.forms.microsoft import MicrosoftAppForm
from mailsettings.forms.smtp import SmtpServerForm
from mailsettings.models import Authentication, Credential, GoogleApp, MicrosoftApp, Security


class LinkForm(forms.Form):
    way = forms.ChoiceField(label=_("What they are to do"))
    made_for = LineField(
        label=_("For whom"),
        max_length=200,
        help_text=_("The person or the firm, as you want to find it in the list and in the audit log."),
    )
    email = AddressFormField(
        label=_("Their e-mail address"),
        required=False,
        max_length=254,
        help_text=_("The link is mailed there if mail can leave already. You get it to copy in any case."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        min_value=links.LEAST_DAYS,
        max_value=links.MOST_DAYS,
        initial=links.DAYS,
        help_text=_("1 to 30."),
    )
    takes_over = forms.BooleanField(
        label=_("Use what they hand in as soon as it was tried with success"),
        required=False,
        help_text=_(
            "Otherwise it waits for you, as do values for another app or server than the one in use. Choose it only if "
            "you are sure that the link reaches nobody else."
        ),
    )

    makes_certificate = forms.BooleanField(
        label=_("Make a certificate here, for a task at Microsoft"),
        required=False,
        help_text=_("They upload its public part, and no secret has to be made, copied or handed in."),
    )

    def __init__(self, data: object = None, *, company: Company, way: str = "") -> None:
        super().__init__(data, initial={"way": way})
        self.fields["way"].choices = [(one.slug, one.label) for one in ways.of_company(company)]
        if app_credentials.current(company) is not None:
            del self.fields["makes_certificate"]

    @property
    def wants_certificate(self) -> bool:
        is_at_microsoft = ways.WAYS[self.cleaned_data["way"]].brings == Brings.MICROSOFT
        return is_at_microsoft and self.cleaned_data.get("makes_certificate", False)


def own_certificate(company: Company) -> Credential | None:
    """The certificate that the company's app signs in with, or is to; nobody has to hand in a secret then."""
    stored = app_credentials.current(company)
    return stored if stored is not None and stored.is_certificate else None


class MicrosoftForm(forms.Form):
    """A client secret with its end, or a certificate with its key; neither where the company signs in by its own."""

    cloud = MicrosoftAppForm.declared_fields["cloud"]
    tenant_id = MicrosoftAppForm.declared_fields["tenant_id"]
    client_id = MicrosoftAppForm.declared_fields["client_id"]
    client_secret = MicrosoftAppForm.declared_fields["client_secret"]
    secret_expires_on = forms.DateField(
        label=_("The secret ends on"),
        error_messages={"required": _("Give the day the secret ends.")},
        help_text=_("The column Expires, beside the secret."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    file = forms.FileField(
        label=_("Certificate file"),
        required=False,
        allow_empty_file=True,
        help_text=_("Instead of a secret: .pfx or .p12, or a .pem file with the key and the certificate."),
        widget=CertificateForm.declared_fields["file"].widget,
    )
    password = CertificateForm.declared_fields["password"]

    clean_tenant_id = MicrosoftAppForm.clean_tenant_id
    clean_client_id = MicrosoftAppForm.clean_client_id
    clean_client_secret = MicrosoftAppForm.clean_client_secret

    def __init__(self, data: object = None, files: object = None, *, link: Link) -> None:
        self.link = link
        app = MicrosoftApp.objects.filter(company=link.company).first()
        known = {"cloud": app.cloud, "tenant_id": app.tenant_id, "client_id": app.client_id} if app else {}
        super().__init__(data, files, initial={"cloud": GLOBAL} | known)
        self.own = own_certificate(link.company)
        for name in ("client_secret", "secret_expires_on"):
            self.fields[name].required = not (files and files.get("file"))
        if self.own is not None:
            for name in ("client_secret", "secret_expires_on", "file", "password"):
                del self.fields[name]

    def clean(self) -> dict[str, object]:
        values = super().clean()
        if values.get("file"):
            self._read(values)
        elif values.get("secret_expires_on"):
            self._check_end(values["secret_expires_on"])
        if str(values.get("tenant_id", "")) == str(values.get("client_id", " ")):
            self.add_error("client_id", _("This is the same as the Directory (tenant) ID."))
        return values

    def _check_end(self, day: date) -> None:
        try:
            rules.secret_end(day, self.link.company.today)
        except forms.ValidationError as error:
            self.add_error("secret_expires_on", error)

    def _read(self, values: Mapping[str, object]) -> None:
        if values.get("client_secret"):
            self.add_error("file", _("Hand in a secret or a certificate, not both."))
            return
        content = values["file"].read(certificates.LARGEST_BYTES + 1)
        try:
            self.pair = certificates.read(content, values.get("password", ""), timezone.now())
        except InputError as error:
            self.add_error(error.field, error.message)

    @property
    def instead(self) -> list[forms.BoundField]:
        """The fields of a certificate, which most do not need."""
        return [self[name] for name in ("file", "password") if name in self.fields]

    @property
    def brought(self) -> Brought:
        values = self.cleaned_data
        plain = {name: str(values[name]) for name in ("cloud", "tenant_id", "client_id")}
        if self.own is not None:
            return Brought(plain, self.own.certificate, self.own.reveal())
        if values.get("file"):
            return Brought(plain, self.pair.certificate.pem, self.pair.key_pem)
        plain["secret_expires_on"] = values["secret_expires_on"].isoformat()
        return Brought(plain, secret=values["client_secret"])


class GoogleForm(forms.Form):
    instead = ()

    client_id = GoogleAppForm.declared_fields["client_id"]
    client_secret = GoogleAppForm.declared_fields["client_secret"]

    clean_client_id = GoogleAppForm.clean_client_id
    clean_client_secret = GoogleAppForm.clean_client_secret

    def __init__(self, data: object = None, files: object = None, *, link: Link) -> None:
        app = GoogleApp.objects.filter(company=link.company).first()
        super().__init__(data, files, initial={"client_id": app.client_id if app else ""})

    @property
    def brought(self) -> Brought:
        return Brought(
            {"client_id": self.cleaned_data["client_id"]}, secret=self.cleaned_data["client_secret"]
        )


class ServerForm(forms.Form):
    instead = ()

    host = SmtpServerForm.declared_fields["host"]
    port = SmtpServerForm.declared_fields["port"]
    security = forms.ChoiceField(label=_("Security"), choices=Security, widget=forms.RadioSelect)
    authentication = forms.ChoiceField(
        label=_("Authentication"),
        choices=Authentication,
        widget=forms.RadioSelect,
        help_text=_("A relay that knows this portal by its address needs none."),
    )
    user_name = SmtpServerForm.declared_fields["user_name"]
    password = SecretField(label=_("Password"), required=False)

    def __init__(self, data: object = None, files: object = None, *, link: Link) -> None:
        initial = {"security": Security.STARTTLS, "authentication": Authentication.PASSWORD}
        super().__init__(data, files, initial=initial)

    def clean(self) -> dict[str, object]:
        values = super().clean()
        if self.errors:
            return values
        try:
            rules.port_fits(values["port"], values["security"])
        except forms.ValidationError as error:
            self.add_error("port", error)
        signs_in = values["authentication"] == Authentication.PASSWORD
        if signs_in and values["security"] == Security.NONE:
            self.add_error("security", _("Without encryption the password could be read on its way."))
        if signs_in and not values["user_name"]:
            self.add_error("user_name", _("Type the user name, or choose that none is needed."))
        if signs_in and not values["password"]:
            self.add_error("password", _("Type the password of this user name."))
        return values

    @property
    def brought(self) -> Brought:
        values = dict(self.cleaned_data)
        password = values.pop("password")
        if values["authentication"] == Authentication.NONE:
            return Brought(values | {"user_name": ""})
        return Brought(values, secret=password)


FORMS = {Brings.MICROSOFT: MicrosoftForm, Brings.GOOGLE: GoogleForm, Brings.SERVER: ServerForm}
