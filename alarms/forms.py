"""What an admin chooses about alarms."""

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
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
