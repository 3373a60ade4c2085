"""The mailbox that an admin connects for everybody without a way of their own."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings import catalog
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import LineField
from mailsettings.models import CompanyMailSettings


class CompanyMailboxForm(SettingsForm):
    audited_as = "mail_policy"

    fallback_mailbox_name = LineField(
        label=_("Its name in From"),
        max_length=150,
        required=False,
        help_text=_("Leave empty for the company's name."),
    )

    class Meta:
        model = CompanyMailSettings
        fields = ("use_fallback_mailbox", "fallback_mailbox", "fallback_mailbox_name")
        labels = {
            "use_fallback_mailbox": _("Send from this mailbox for people without a way of their own"),
            "fallback_mailbox": _("Mailbox"),
        }
        help_texts = {
            "fallback_mailbox": _(
                "The address of the account that signs in at Microsoft when you connect it."
            ),
        }

    def __init__(self, data: object = None, *, company: Company) -> None:
        self.company = company
        super().__init__(data, instance=CompanyMailSettings.objects.filter(company=company).first())

    def clean(self) -> dict[str, object]:
        values = super().clean()
        is_on = values.get("use_fallback_mailbox")
        if is_on and not self.company.allows(catalog.COMPANY_MAILBOX):
            refusal = _("The operator of this portal has not allowed this way here.")
            self.add_error("use_fallback_mailbox", refusal)
        if is_on and values.get("fallback_mailbox") == "":
            self.add_error("fallback_mailbox", _("Give the address of the mailbox."))
        if not is_on and self.instance.method == catalog.COMPANY_MAILBOX:
            sends = _("The company sends by this way: choose another e-mail method in the policy first.")
            self.add_error("use_fallback_mailbox", sends)
        return values

    def clean_fallback_mailbox(self) -> str:
        return self.cleaned_data["fallback_mailbox"].strip()


def is_on(company: Company) -> bool:
    return CompanyMailSettings.objects.filter(company=company, use_fallback_mailbox=True).exists()
