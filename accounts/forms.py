"""Forms of the account pages: allauth's with our words, one password field, no placeholders; invitations."""

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import people_reading
from accounts.models import Role
from core.addresses import AddressFormField
from core.errors import InputError


def _plain(form: forms.Form) -> None:
    """Labels stand above the fields; a placeholder vanishes when one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    form.fields.pop("password2", None)  # the person can reset a mistyped password


def _address_field(autocomplete: str) -> AddressFormField:
    field = AddressFormField(label=_("E-mail address"), max_length=254)
    field.widget.attrs["autocomplete"] = autocomplete
    return field


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["login"] = _address_field("username")


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["email"] = _address_field("email")


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["password1"].label = _("New password")


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["password1"].label = _("New password")


class SetPasswordForm(allauth_forms.SetPasswordForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class InviteForm(forms.Form):
    email = AddressFormField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The address the person signs in with here and sends mail from."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.USER, widget=forms.RadioSelect)


class InviteManyForm(forms.Form):
    """Addresses that were pasted, or a file; `lines` are the people read from either."""

    people = forms.CharField(
        label=_("Addresses"),
        required=False,
        strip=False,
        max_length=people_reading.MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One below the other, or as you copy them from a message: names and commas do no harm."),
    )
    file = forms.FileField(
        label=_("Or a CSV file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=_("Columns: e-mail, name, role. Only the first is needed; at most 5,000 people."),
    )
    role = forms.ChoiceField(
        label=_("Role of those without one"), choices=Role, initial=Role.USER, widget=forms.RadioSelect
    )

    def clean(self) -> dict[str, object]:
        values = super().clean()
        try:
            brought = values.get("file")
            text = people_reading.text_of(brought.read()) if brought else values.get("people", "")
            self.lines = people_reading.people_in(text)
        except InputError as error:
            self.add_error("file" if values.get("file") else "people", error.message)
        return values


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role, widget=forms.RadioSelect)


class JoinForm(forms.Form):
    """What a person new to the portal fills in to accept an invitation."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        help_text=_("As colleagues and recipients should read it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = allauth_forms.SetPasswordField(label=_("Password for this portal"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.user = kwargs.pop("user")
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["password"].user = self.user

    def clean_name(self) -> str:
        self.user.name = self.cleaned_data["name"]
        return self.user.name


class LanguageForm(forms.Form):
    """A person's own language; empty: the company's."""

    language = forms.ChoiceField(label=_("Language"))
    use_required_attribute = False  # the empty choice is one

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As the company")), *settings.LANGUAGES]
