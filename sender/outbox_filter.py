"""The filter above the outbox: what is in the address becomes what is wanted of the messages."""

from operator import itemgetter

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.access import person_for
from accounts.models import Membership
from core.addresses import stored
from core.days import DayField, check_order, start_of
from diagnosis import vocabulary
from mailsettings import catalog
from sender import batches, listing
from sender.listing import Wanted
from sender.models import Batch, State

MOST_CHARACTERS = 200


class OutboxFilter(forms.Form):
    """Read from the address, so that a filtered list can be linked to and sent on."""

    q = forms.CharField(label=_("Words"), required=False, max_length=MOST_CHARACTERS)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("any")), *State.choices])
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=320,
    )
    method = forms.ChoiceField(label=_("Method"), required=False)
    cause = forms.ChoiceField(label=_("Cause"), required=False)
    since = DayField(label=_("Since"), required=False)
    until = DayField(label=_("Until"), required=False)
    batch = forms.UUIDField(required=False, error_messages={"invalid": _("There is no such batch.")})

    def __init__(self, data: object, viewer: Membership) -> None:
        super().__init__(data)
        self.viewer = viewer
        self.fields["method"].choices = [("", _("any")), *catalog.method_choices()]
        self.fields["cause"].choices = [("", _("any")), *self._causes()]
        if not viewer.is_staff_of_company:
            del self.fields["person"]

    def _causes(self) -> list[tuple[str, str]]:
        """Those of the newest troubles, and the one that is asked for."""
        slugs = {*listing.recent_causes(self.viewer), self.data.get("cause", "")}
        known = [vocabulary.cause(slug) for slug in slugs]
        return sorted(((row.slug, str(row.title)) for row in known if row.slug in slugs), key=itemgetter(1))

    def clean_person(self) -> Membership | str | None:
        """A membership by its id, as pages link to it, or by its address; the address of one who has gone."""
        typed = self.cleaned_data["person"].strip()
        if not typed:
            return None
        if "@" not in typed:
            try:
                return person_for(self.viewer, typed)
            except Http404:
                raise forms.ValidationError(_("Type the person’s whole e-mail address.")) from None
        members = Membership.objects.select_related("user").filter(company=self.viewer.company)
        return members.filter(user__email=stored(typed)).first() or stored(typed)

    def clean_batch(self) -> Batch | None:
        key = self.cleaned_data["batch"]
        found = batches.visible_to(self.viewer).filter(pk=key).first() if key else None
        if key and found is None:
            raise forms.ValidationError(_("There is no such batch."))
        return found

    def clean(self) -> dict[str, object]:
        values = super().clean()
        check_order(self, "since", "until")
        return values

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self["method"], self["cause"]]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self["since"], self["until"]]

    @property
    def person_shown(self) -> str:
        person = getattr(self, "cleaned_data", {}).get("person")
        return person.user.email if isinstance(person, Membership) else self.data.get("person", "")

    @property
    def wanted_batch(self) -> Batch | None:
        return getattr(self, "cleaned_data", {}).get("batch")

    @property
    def wanted(self) -> Wanted:
        """Of a valid filter."""
        values = self.cleaned_data
        person = values.get("person")
        return Wanted(
            state=values["state"],
            person=person if isinstance(person, Membership) else None,
            address=person if isinstance(person, str) else "",
            method=values["method"],
            cause=values["cause"],
            since=start_of(values["since"]),
            until=start_of(values["until"], days_later=1),
            words=values["q"].strip(),
            batch=values["batch"],
        )
