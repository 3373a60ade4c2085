"""How the company's app sends by itself."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.addresses import AddressFormField
from mailsettings import catalog
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import LineField, UserNameField
from mailsettings.models import AppOnlySettings, CompanyMailSettings, FromPolicy

SWITCHES = {"use_graph": catalog.GRAPH_APP, "use_smtp": catalog.SMTP_APP}


class AppOnlyForm(SettingsForm):
    audited_as = "app_only"

    mailbox = AddressFormField(
        label=_("Mailbox"),
        required=False,
        max_length=254,
        help_text=_("Sends for everybody, or only for people whose address Microsoft does not know."),
    )
    mailbox_user_name = UserNameField(
        label=_("Mailbox's user name"),
        required=False,
        help_text=_("Leave empty when it is the mailbox's address."),
    )
    mailbox_name = LineField(label=_("Name in From of the mailbox"), max_length=150, required=False)

    class Meta:
        model = AppOnlySettings
        fields = (
            "use_graph",
            "use_smtp",
            "as_person",
            "mailbox",
            "mailbox_user_name",
            "mailbox_name",
            "mailbox_from",
        )
        labels = {"use_graph": _("Send by Microsoft Graph"), "use_smtp": _("Send by Exchange's SMTP server")}
        help_texts = {
            "use_graph": _("Needs the application permission Mail.Send."),
            "use_smtp": _("Needs the application permission SMTP.SendAsApp, and a right to each mailbox."),
            "as_person": _("Otherwise everything leaves from the mailbox below."),
            "mailbox_from": _(
                "With the person's own address, Exchange must let the mailbox send as that person, or on "
                "behalf of them."
            ),
        }

    def __init__(self, data: object = None, *, company: Company) -> None:
        self.company = company
        super().__init__(data, instance=AppOnlySettings.objects.filter(company=company).first())
        for name, method in SWITCHES.items():
            if not company.allows(method):
                self.fields[name].help_text = _("The operator of this portal has not allowed this way here.")

    def clean(self) -> dict[str, object]:
        values = super().clean()
        chosen = [name for name in SWITCHES if values.get(name)]
        for name in chosen:
            if not self.company.allows(SWITCHES[name]):
                self.add_error(name, _("The operator of this portal has not allowed this way here."))
        self._check_company_method(values)
        if values.get("mailbox") == "":
            self._check_without_mailbox(values, bool(chosen))
        return values

    def _check_company_method(self, values: dict[str, object]) -> None:
        """The one way everybody sends by stays on until the policy names another."""
        policy = CompanyMailSettings.objects.filter(company=self.company).first()
        for name, method in SWITCHES.items():
            if policy and policy.method == method and values.get(name) is False:
                sentence = _(
                    "The company sends by %(way)s: choose another e-mail method in the policy first."
                )
                self.add_error(name, sentence % {"way": catalog.METHODS[method].label})

    def _check_without_mailbox(self, values: dict[str, object], is_on: bool) -> None:
        if is_on and not values.get("as_person"):
            self.add_error("mailbox", _("Give the mailbox that everything leaves from."))
        elif any(values.get(name) for name in ("mailbox_user_name", "mailbox_name")):
            self.add_error("mailbox", _("Give the address of this mailbox, or empty its other fields."))
        elif values.get("mailbox_from") == FromPolicy.USER and not values.get("as_person"):
            self.add_error("mailbox", _("Give the mailbox that sends with the person's address in From."))
