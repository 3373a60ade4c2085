"""The company's policy: which ways are on, whose name mail carries, how long to try."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings import catalog
from mailsettings.forms import company_mailbox
from mailsettings.forms.app_only import SWITCHES as APP_ONLY_SWITCHES
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import LineField
from mailsettings.models import (
    AppOnlySettings,
    CompanyMailSettings,
    ConnectionFrom,
    FromPolicy,
    GoogleApp,
)

RUNGS = {
    "use_connections": (catalog.MICROSOFT_GRAPH,),
    "use_connections_smtp": (catalog.MICROSOFT_SMTP,),
    "use_passwords": (*catalog.WITH_EMAIL_PASSWORD, catalog.GMAIL_APP_PASSWORD),
    "use_company_server": (catalog.COMPANY_SMTP,),
}

SECTIONS = (
    (_("For all mail"), ("method", "max_files_mb", "give_up_hours", "save_to_sent")),
    (
        _("People's own ways"),
        ("use_passwords", "use_connections", "use_connections_smtp", "large_messages",
         "connections_from", "shared_mailbox", "shared_mailbox_name"),
    ),
    (
        _("The company's mail server"),
        ("use_company_server", "company_server_from", "company_address", "company_name"),
    ),
    (_("What the outbox shows"), ("bodies_shown_to",)),
)  # fmt: skip


class PolicyForm(SettingsForm):
    audited_as = "mail_policy"

    method = forms.ChoiceField(
        label=_("E-mail method"),
        required=False,
        help_text=_(
            "The way all people of the company send by, or the first one that works for each of them."
        ),
        error_messages={"invalid_choice": _("The operator of this portal has not allowed this way here.")},
    )
    max_files_mb = forms.IntegerField(
        label=_("Maximum size for files in e-mail, in MB"),
        required=False,
        min_value=0,
        max_value=150,
        help_text=_(
            "Of all files of one message together, as they lie on the disk: on their way they grow by a third. "
            "Empty or 0: the mail servers decide."
        ),
    )
    shared_mailbox_name = LineField(
        label=_("Shared mailbox's name in From"),
        max_length=150,
        required=False,
        help_text=_("Leave empty for the company's name."),
    )
    company_name = LineField(label=_("Company's name in From"), max_length=150, required=False)
    give_up_hours = forms.IntegerField(
        label=_("Give up after, in hours"),
        initial=24,
        min_value=1,
        max_value=168,
        help_text=_("How long a message that meets a passing fault is tried again, 1 to 168."),
    )

    class Meta:
        model = CompanyMailSettings
        fields = tuple(name for _title, names in SECTIONS for name in names)
        help_texts = {
            "use_connections_smtp": _(
                "For people Microsoft Graph does not send for. Each of them connects once more to allow it "
                "(permission SMTP.Send), and SMTP AUTH is on for their mailboxes."
            ),
            "large_messages": _(
                "Up to 150 MB. Each person connects once more to allow it (permission Mail.ReadWrite, with which the "
                "portal could read their mail, and does not)."
            ),
            "connections_from": _(
                "For other than their own address, each person needs the right in Exchange, and connects once more "
                "to allow it (permission Mail.Send.Shared)."
            ),
            "shared_mailbox": _("Needed when people's mail leaves under its address; replies go to it, too."),
            "save_to_sent": _("Of mail sent through Microsoft."),
            "bodies_shown_to": _(
                "Everybody reads their own messages in the outbox, as long as they are kept. Each time somebody "
                "reads one, the audit log says so."
            ),
            "company_address": _("Needed when mail leaves under the company's address."),
        }

    def __init__(self, data: object = None, *, company: Company) -> None:
        self.company = company
        super().__init__(data, instance=CompanyMailSettings.objects.filter(company=company).first())
        allowed = [choice for choice in catalog.method_choices() if company.allows(choice[0])]
        self.fields["method"].choices = [("", _("The first that works for each person")), *allowed]
        for name, methods in RUNGS.items():
            if not any(company.allows(method) for method in methods):
                self.fields[name].help_text = _("The operator of this portal has not allowed this way here.")

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(str(title), [self[name] for name in names]) for title, names in SECTIONS]

    def clean_max_files_mb(self) -> int | None:
        return self.cleaned_data["max_files_mb"] or None

    def clean(self) -> dict[str, object]:
        values = super().clean()
        self._check_method(values)
        as_mailbox = values.get("company_server_from") == FromPolicy.MAILBOX
        is_shared = values.get("connections_from") in (ConnectionFrom.MAILBOX, ConnectionFrom.ON_BEHALF)
        if is_shared and values.get("shared_mailbox") == "":
            self.add_error("shared_mailbox", _("Give the address of the shared mailbox that stands in From."))
        if as_mailbox and values.get("company_address") == "":
            self.add_error("company_address", _("Give the address that stands in From."))
        app_only = AppOnlySettings.objects.filter(Q(use_graph=True) | Q(use_smtp=True), company=self.company)
        google = GoogleApp.objects.filter(company=self.company).first()
        is_sending = app_only.exists() or company_mailbox.is_on(self.company) or google is not None
        if not any(values.get(name) for name in RUNGS) and not is_sending:
            self.add_error("use_connections", _("Leave at least one way on; otherwise no mail can leave."))
        return values

    def _check_method(self, values: dict[str, object]) -> None:
        """The one way everybody sends by must not be switched off at the same time."""
        method = values.get("method")
        facts = {"way": catalog.METHODS[method].label} if method else {}
        switch = next((name for name, methods in RUNGS.items() if method in methods), "")
        if switch and not values.get(switch):
            self.add_error(switch, _("The company sends by %(way)s: leave this on.") % facts)
        app_switch = next((name for name, slug in APP_ONLY_SWITCHES.items() if slug == method), "")
        if app_switch and not AppOnlySettings.objects.filter(company=self.company, **{app_switch: True}):
            first = _("Switch %(way)s on first, in the settings of sending as the app.")
            self.add_error("method", first % facts)
        google = GoogleApp.objects.filter(company=self.company).first()
        if method in catalog.OF_GOOGLE and (google is None or google.method != method):
            self.add_error("method", _("Set up %(way)s first, on the page Google.") % facts)
        if method == catalog.COMPANY_MAILBOX and not company_mailbox.is_on(self.company):
            self.add_error("method", _("Switch %(way)s on first, on its own page.") % facts)
