"""What an admin chooses about alarms."""

from collections.abc import Iterable
from typing import Self

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, Company
from accounts.overtaken import ToldWhenOvertaken, last_change
from alarms import services

MOST_MINUTES = 7 * 24 * 60


class QueueForm(ToldWhenOvertaken, forms.Form):
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

    def __init__(self, data: object = None, *, company: Company) -> None:
        self.company = company
        self.found = {"queue_minutes": services.queue_minutes(company)}
        super().__init__(data, initial=self.found)

    def again(self) -> Self:
        return type(self)(company=self.company)

    def saved_last(self, names: Iterable[str]) -> AuditEvent | None:
        return last_change(self.company, Q(action="alarms.settings_changed"))
