"""The company's mail server."""

from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings import catalog, credentials
from mailsettings.forms import rules
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import HostField, SecretField, UserNameField
from mailsettings.models import Authentication, CredentialKind, Security, SmtpServer


class SmtpServerForm(SettingsForm):
    """An empty password keeps the stored one, unless it would then go to another server or user name."""

    audited_as = "smtp_server"
    secret_field = "password"  # noqa: S105 - a field's name
    secret_goes_with = ("host", "authentication", "user_name")
    secret_server = "host"  # noqa: S105 - a field's name

    host = HostField(label=_("Mail server"), help_text=_("Its name alone, such as smtp.firm.example."))
    port = forms.IntegerField(
        label=_("Port"),
        initial=587,
        min_value=1,
        max_value=65535,
        help_text=_("587 with STARTTLS, or 465 with TLS."),
    )
    user_name = UserNameField(
        label=_("Company's user name"),
        required=False,
        help_text=_(
            "For mail that leaves as the company. Leave empty when everybody signs in with their own password."
        ),
    )
    password = SecretField(label=_("Company's password"), required=False)
    ehlo_name = HostField(
        label=_("EHLO name"),
        required=False,
        help_text=_(
            "The name this portal greets the server with. Leave empty unless your server asks for one."
        ),
    )

    class Meta:
        model = SmtpServer
        fields = (
            "host",
            "port",
            "security",
            "authentication",
            "user_name",
            "timeout_s",
            "max_connections",
            "ehlo_name",
        )
        help_texts = {
            "timeout_s": _(
                "How long to wait for each answer before a message's text is sent, 5 to 300. "
                "Give a server more that looks addresses up while it is asked."
            ),
            "max_connections": _(
                "How many connections may be open at once for each user name, 1 to 100. "
                "More are opened only for a backlog; Exchange Online never gets more than 3."
            ),
            "authentication": _("A relay that knows this portal by its address needs none."),
        }

    field_order = (
        "host",
        "port",
        "security",
        "authentication",
        "user_name",
        "password",
        "timeout_s",
        "max_connections",
        "ehlo_name",
    )

    def __init__(
        self, data: object = None, *, company: Company, initial: Mapping[str, object] | None = None
    ) -> None:
        self.company = company
        self.before = SmtpServer.objects.filter(company=company).first()
        self.stored = credentials.stored(company, CredentialKind.SMTP_PASSWORD)
        instance = SmtpServer.objects.filter(company=company).first()
        super().__init__(data, instance=instance, initial=initial)

    def clean(self) -> dict[str, object]:
        values = super().clean()
        self._check("port", rules.port_fits, "port", "security")
        self._check("security", _refuse_clear_password, "security", "authentication")
        if values.get("authentication") == Authentication.NONE:
            self._check_needless_password()
        elif values.get("authentication"):
            self._check_password()
        return values

    def _check(self, field: str, rule: object, *names: str) -> None:
        """Apply a rule over several fields, if each of them is good by itself."""
        if all(self.cleaned_data.get(name) for name in names):
            try:
                rule(*(self.cleaned_data[name] for name in names))
            except ValidationError as error:
                self.add_error(field, error)

    def _check_needless_password(self) -> None:
        """The password is not kept for the next try either: leaving its field empty shall mend this."""
        if self.cleaned_data.pop("password", ""):
            self.add_error(
                "authentication",
                _(
                    "Without authentication the password is not used. "
                    "Choose “user name and password”, or leave the password empty."
                ),
            )

    def _check_password(self) -> None:
        user_name, password = self.cleaned_data.get("user_name"), self.cleaned_data.get("password")
        if self.errors.keys() & {"user_name", "password"}:
            return
        if not user_name and (password or not self.company.allows(catalog.SMTP_PASSWORD)):
            self.add_error("user_name", _("Type the user name the company signs in to the mail server with."))
        elif user_name and not password and self.stored is None:
            self.add_error("password", _("Type the password of this user name."))
        elif user_name and not password and self._goes_elsewhere():
            self.add_error(
                "password",
                _(
                    "The server or the user name is another one now. Type the password again, "
                    "so that the stored one is not shown to a server it was not meant for."
                ),
            )

    def _goes_elsewhere(self) -> bool:
        if self.before is None or "host" in self.errors:
            return False
        return any(
            self.cleaned_data.get(name, "") != getattr(self.before, name) for name in ("host", "user_name")
        )


def _refuse_clear_password(security: str, authentication: str) -> None:
    if security == Security.NONE and authentication == Authentication.PASSWORD:
        raise ValidationError(
            _(
                "Without encryption the password could be read on its way. Choose STARTTLS or TLS, "
                "or set authentication to “none”."
            )
        )
