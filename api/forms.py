"""The form for a new key."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from api.scopes import Scope
from core.addresses import stored
from mailsettings.forms.fields import LineField

DAYS = 365
MOST_PEOPLE = 500  # named one by one


class KeyForm(forms.Form):
    name = LineField(
        label=_("Name"),
        max_length=100,
        help_text=_(
            "The program that will use the key, as you want to find it in this list and the audit log."
        ),
        error_messages={"required": _("Give the key a name.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.SEND, Scope.READ],
        error_messages={"required": _("Choose at least one thing the key may do.")},
    )
    whom = forms.ChoiceField(
        label=_("For whom"),
        choices=[
            ("some", _("Only the people named below")),
            ("all", _("All people of the company, those who come later too")),
        ],
        widget=forms.RadioSelect,
        initial="some",
        error_messages={"required": _("Choose for whom the key is.")},
    )
    addresses = forms.CharField(
        label=_("Their e-mail addresses"),
        required=False,
        max_length=40_000,
        help_text=_("One on each line, as in the list of people."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty for a key without an end."),
        error_messages={"invalid": _("Give a day.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: object = None, *, company: Company) -> None:
        super().__init__(data, initial={"ends_on": timezone.localdate() + timedelta(days=DAYS)})
        self.company = company

    def clean_ends_on(self) -> object:
        day = self.cleaned_data["ends_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over. Give a later one, or none."))
        return day

    def clean(self) -> dict[str, object]:
        """`people`: None for all, else the memberships."""
        values = super().clean()
        values["people"] = None
        if values.get("whom") == "some" and "addresses" in values:
            values["people"] = self._people(values["addresses"])
        return values

    def _people(self, text: str) -> list[Membership]:
        wanted = {stored(line.strip()) for line in text.splitlines() if line.strip()}
        if not wanted:
            self.add_error("addresses", _("Name at least one person, or choose all people."))
        if len(wanted) > MOST_PEOPLE:
            self.add_error("addresses", _("These are more than 500 people. Choose all people instead."))
            return []
        found = list(self.company.memberships.filter(user__email__in=wanted).select_related("user"))
        missing = sorted(wanted - {one.user.email for one in found})
        if missing:
            sentence = _("Nobody in this company has the address %(address)s.")
            self.add_error("addresses", sentence % {"address": missing[0]})
        return found
