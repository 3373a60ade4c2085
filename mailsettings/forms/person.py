"""What one person chooses and types: his passwords, his name in From, his way of sending."""

from typing import Self

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from core.addresses import AddressFormField
from mailsettings import catalog, credentials, email_password
from mailsettings.catalog import Owner, method_choices
from mailsettings.forms import rules
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import CopiedSecretField, LineField, SecretField, UserNameField
from mailsettings.models import CompanyMailSettings, CredentialKind, UserMailSettings


class _PersonForm(SettingsForm):
    audited_as = "person_settings"

    from_name = LineField(
        label=_("Name in From"),
        max_length=150,
        required=False,
        help_text=_("Leave empty to use your name in this portal."),
    )

    class Meta:
        model = UserMailSettings
        fields = ("user_name", "from_name")

    def __init__(self, data: object = None, *, membership: Membership) -> None:
        self.membership = membership
        self.company = membership.company
        super().__init__(data, instance=UserMailSettings.objects.filter(membership=membership).first())

    @property
    def audited_on(self) -> str:
        return str(self.membership.user)

    def again(self) -> Self:
        return type(self)(membership=self.membership)


class PersonForm(_PersonForm):
    """The way a person wants his mail to go; empty: the first of the company's ways that works for him."""

    user_name = UserNameField(
        label=_("User name"),
        required=False,
        help_text=_("For sending with a password. Leave empty to use your e-mail address."),
    )
    method = forms.ChoiceField(label=_("Send with"), required=False, widget=forms.RadioSelect)

    class Meta(_PersonForm.Meta):
        fields = ("method", "user_name", "from_name")

    def __init__(self, data: object = None, *, membership: Membership) -> None:
        super().__init__(data, membership=membership)
        allowed = [choice for choice in method_choices(Owner.PERSON) if membership.company.allows(choice[0])]
        self.fields["method"].choices = [
            ("", _("The first of the company's ways that works for me")),
            *allowed,
        ]
        policy = CompanyMailSettings.objects.filter(company=membership.company_id).first()
        if policy and policy.method:
            sentence = _("Your company sends by %(way)s. What you choose here counts when that ends.")
            self.fields["method"].help_text = sentence % {"way": catalog.METHODS[policy.method].label}


class _PasswordForm(_PersonForm):
    """An empty password keeps the stored one."""

    secret_field: str
    methods: tuple[str, ...]  # that sign in with this password
    method: str  # the one of them it is for

    def __init__(self, data: object = None, *, membership: Membership) -> None:
        kind = catalog.METHODS[self.method].credential_kind
        self.stored = credentials.stored(membership.company, CredentialKind(kind), membership)
        super().__init__(data, membership=membership)
        self.fields[self.secret_field].required = self.stored is None


class EmailPasswordForm(_PasswordForm):
    secret_field = "password"  # noqa: S105 - a field's name
    methods = catalog.WITH_EMAIL_PASSWORD

    user_name = UserNameField(
        label=_("User name"),
        required=False,
        help_text=_("Leave empty to use your e-mail address."),
    )
    password = SecretField(
        label=_("E-mail password"),
        error_messages={"required": _("Type the password of your mailbox.")},
        help_text=_("The one you open your mailbox with."),
    )
    field_order = ("user_name", "password", "from_name")

    def __init__(self, data: object = None, *, membership: Membership) -> None:
        self.method = email_password.way_of(membership)
        super().__init__(data, membership=membership)


class GmailForm(_PasswordForm):
    """The server is Google's and is not asked for: smtp.gmail.com (support.google.com/a/answer/176600)."""

    secret_field = "app_password"  # noqa: S105 - a field's name
    methods = (catalog.GMAIL_APP_PASSWORD,)
    method = catalog.GMAIL_APP_PASSWORD

    user_name = AddressFormField(
        label=_("Gmail address"),
        required=False,
        max_length=254,
        help_text=_("Leave empty to use your e-mail address."),
    )
    app_password = CopiedSecretField(
        label=_("App password"),
        error_messages={"required": _("Type the 16 letters Google shows.")},
        help_text=_("Google shows it as four groups of four letters; the spaces do not matter."),
    )
    field_order = ("user_name", "app_password", "from_name")

    def clean_app_password(self) -> str:
        secret = self.cleaned_data["app_password"]
        return rules.gmail_app_password(secret) if secret else ""
