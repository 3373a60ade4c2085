"""What a person types to send a test."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import InputError
from sender.mime.address import checked_address


class TestSendForm(forms.Form):
    to = forms.CharField(
        label=_("Send the test to"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false", "inputmode": "email"}),
        help_text=_("One address. Your own is filled in."),
        error_messages={"required": _("Type the address the test should go to.")},
    )

    def clean_to(self) -> str:
        try:
            return checked_address(self.cleaned_data["to"], "to")
        except InputError as error:
            raise forms.ValidationError(error.message) from None


class ResolveForm(forms.Form):
    """What a person found out about a message whose outcome is not known."""

    found = forms.ChoiceField(choices=[("sent", "sent"), ("again", "again")])
