"""What a person types to send a test."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core.errors import InputError
from sender.mime.address import checked_address

MOST_FILE_BYTES = 25 * 1024 * 1024  # what most mail servers take


class TestSendForm(forms.Form):
    to = forms.CharField(
        label=_("Send the test to"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false", "inputmode": "email"}),
        help_text=_("One address. Your own is filled in."),
        error_messages={"required": _("Type the address the test should go to.")},
    )
    file = forms.FileField(
        label=_("A file that goes along"),
        required=False,
        allow_empty_file=True,
        max_length=200,
        widget=forms.FileInput,
        help_text=_(
            "To see whether large messages arrive. At most 25 MB, or less where the company says so."
        ),
        error_messages={"max_length": _("The name of this file is too long. Give it a shorter one.")},
    )

    def clean_to(self) -> str:
        try:
            return checked_address(self.cleaned_data["to"], "to")
        except InputError as error:
            raise forms.ValidationError(error.message) from None

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and file.size > MOST_FILE_BYTES:
            sentence = _("This file is larger than 25 MB. Choose a smaller one.")
            raise forms.ValidationError(sentence)
        return file


class CheckForm(forms.Form):
    send = forms.BooleanField(
        label=_("Also send a real message to me"),
        required=False,
        help_text=_("Some refusals show only with a whole message. It goes to your own address."),
    )
    outside = forms.CharField(
        label=_("A mailbox the company’s app must not reach"),
        required=False,
        max_length=320,
        widget=forms.TextInput(attrs={"spellcheck": "false", "inputmode": "email", "autocomplete": "off"}),
        help_text=_("It is tried, and must be refused. Nothing is sent as it, and nothing in it is read."),
    )

    def clean_outside(self) -> str:
        typed = self.cleaned_data["outside"].strip()
        try:
            return checked_address(typed, "outside") if typed else ""
        except InputError as error:
            raise forms.ValidationError(error.message) from None


class ResolveForm(forms.Form):
    """What a person found out about a message whose outcome is not known."""

    found = forms.ChoiceField(choices=[("sent", "sent"), ("again", "again")])
