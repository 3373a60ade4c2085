"""Finding events of the audit log: by who did it, what kind, on what, and when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, Company
from core.days import DayField, check_order, start_of
from core.ids import first_of, moment_of
from core.keyset import ROWS, key_of, stretch, window
from portal.audit_words import KINDS, SENTENCES

LOOKED_THROUGH = 10_000  # events for one page, where a part of a name is looked for
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Found:
    """One page; `looked_back_to` is said where older events were not looked at yet."""

    events: list[AuditEvent]
    newer: UUID | None = None
    older: UUID | None = None
    looked_back_to: datetime | None = None


class AuditFilter(forms.Form):
    person = forms.CharField(label=_("Who"), required=False, max_length=254)
    about = forms.ChoiceField(label=_("What"), required=False)
    on = forms.CharField(label=_("On"), required=False, max_length=254)
    since = DayField(label=_("Since"), required=False)
    until = DayField(label=_("Until"), required=False)

    def __init__(self, data: object) -> None:
        super().__init__(data)
        kinds = sorted(KINDS.items(), key=lambda kind: str(kind[1]))
        self.fields["about"].choices = [("", _("anything")), *kinds]

    def clean(self) -> dict[str, object]:
        values = super().clean()
        check_order(self, "since", "until")
        return values

    def found(self, company: Company, asked: dict[str, str], size: int = ROWS) -> Found:
        """The page that the address asks for, of a valid filter."""
        rows, parts = self._rows(company)
        if not parts:
            part = stretch(rows, asked, size)
            return Found(part.rows, part.newer, part.older)
        rows, last = window(rows, key_of(asked.get("before")), LOOKED_THROUGH)
        shown = list(rows.filter(parts)[: size + 1])
        if len(shown) > size:
            return Found(shown[:size], older=shown[size - 1].pk)
        return Found(shown, older=last, looked_back_to=last and moment_of(last))

    def _rows(self, company: Company) -> tuple[QuerySet[AuditEvent], Q]:
        """What indexes answer, and what is left to be looked for: parts of names."""
        values, parts = self.cleaned_data, Q()
        rows = AuditEvent.objects.filter(company=company)
        if values["about"]:
            rows = rows.filter(action__in=_actions_of(values["about"]))
        if values["since"]:
            rows = rows.filter(pk__gte=first_of(start_of(values["since"])))
        if values["until"]:
            rows = rows.filter(pk__lt=first_of(start_of(values["until"], days_later=1)))
        for name, typed in (
            ("actor_label", values["person"].strip()),
            ("object_label", values["on"].strip()),
        ):
            if typed and AuditEvent.objects.filter(company=company, **{name: typed}).exists():
                rows = rows.filter(**{name: typed})
            elif typed:
                parts &= Q(**{f"{name}__icontains": typed})
        return rows, parts


def _actions_of(kind: str) -> list[str]:
    return [action for action in SENTENCES if action.startswith(f"{kind}.")]
