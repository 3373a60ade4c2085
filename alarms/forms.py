"""What an admin chooses about alarms."""

from urllib.parse import urlsplit

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.utils.translation import gettext_lazy as _

MOST_MINUTES = 7 * 24 * 60


class QueueForm(forms.Form):
    queue_minutes = forms.IntegerField(
        label=_("Tell us when mail waits longer than, in minutes"),
        help_text=_(
            "A message that a recipient’s server puts off waits, too; less than 10 minutes is seldom wise."
        ),
        validators=[
            MinValueValidator(1, _("Give at least 1 minute.")),
            MaxValueValidator(MOST_MINUTES, _("Give at most 10080 minutes, a week.")),
        ],
        error_messages={
            "required": _("Give a number of minutes."),
            "invalid": _("Give a whole number of minutes."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "form-control"}),
    )


class HookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "Begins with https://. Each alarm is posted there once it opens, comes nearer and is over."
        ),
        error_messages={"required": _("Give the address that alarms are posted to.")},
        widget=forms.URLInput(attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_url(self) -> str:
        url = self.cleaned_data["url"].strip()
        try:
            URLValidator(schemes=["https"])(url)
        except forms.ValidationError:
            raise forms.ValidationError(_("Give a whole address that begins with https://.")) from None
        if "@" in urlsplit(url).netloc:
            raise forms.ValidationError(_("Leave user name and password out of the address."))
        return url
