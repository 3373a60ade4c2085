"""Two people with the same settings open: the second is told before what the first saved is written over.

Each form says in a hidden field what was stored when its page was opened: a few letters of a hash for each field.
A field that holds something else by now, and would be set back or to a third value, stops the saving once. The page
then shows both values, and by its new hidden field the next press of the button knows of them.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self, TypeVar

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import AuditEvent, Company

C = TypeVar("C")

OPENED = "opened"  # the hidden field
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field by its label, with the values in words."""

    label: str | Promise
    stored: str
    typed: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """`event` is the saving that was found in the audit log, if any."""

    event: AuditEvent | None
    is_own: bool  # in another window
    differences: list[Difference]


class ToldWhenOvertaken:
    """A form that knows what is stored: `found`, the value of each field, a secret's only by what names it."""

    found: Mapping[str, object] = {}
    secret_field = ""
    stored: object = None
    again: Callable[[], Self]  # the same form for what is stored by now, with nothing typed
    saved_last: Callable[[Iterable[str]], AuditEvent | None]  # the change of any of these fields
    overtaken: Overtaken | None = None

    @property
    def opened(self) -> str:
        """The hidden field's value."""
        return " ".join(f"{name}={_mark(value)}" for name, value in self.found.items())

    def in_words(self, name: str, value: object) -> str:
        """A value as a person reads it: the labels of choices, yes or no."""
        if value is True or value is False:
            return _("yes") if value else _("no")
        if isinstance(value, date):
            return date_format(value, "SHORT_DATE_FORMAT")
        labels = {str(one): label for one, label in getattr(self.fields[name], "choices", ())}
        chosen = value if isinstance(value, list | tuple) else [value]
        return ", ".join(str(labels.get(_plain(one), _plain(one))) for one in chosen) or NOTHING

    def typed_differently(self) -> dict[str, Difference]:
        """What others changed since the page was opened, and saving would change again."""
        seen = dict(mark.partition("=")[::2] for mark in self.data[OPENED].split())
        news = [
            name for name in self.found if name in self.fields and seen.get(name) != _mark(self.found[name])
        ]
        return {name: found for name in news if (found := self._difference(name)) is not None}

    def _difference(self, name: str) -> Difference | None:
        stored, typed = self.found[name], self.cleaned_data.get(name, self[name].value())
        label = self.fields[name].label
        if name == self.secret_field:
            words = Difference(label, _("stored, never shown"), _("typed, never shown"))
            return words if stored and typed else None  # an empty field keeps the stored one
        if _mark(stored) == _mark(typed):
            return None
        return Difference(label, self.in_words(name, stored), self.in_words(name, typed))


def look(request: HttpRequest, form: ToldWhenOvertaken) -> Overtaken | None:
    """Whether somebody saved since the page was opened; a form without the hidden field cannot tell."""
    form.is_valid()
    differences = form.typed_differently() if OPENED in form.data else {}
    if differences:
        event = form.saved_last(differences)
        is_own = event is not None and event.actor_id == request.user.pk
        form.overtaken = Overtaken(event, is_own, list(differences.values()))
    return form.overtaken


def save(request: HttpRequest, form: ToldWhenOvertaken, store: Callable[[], C]) -> C | None:
    """Store what the form holds. None when it is not valid, or somebody was quicker (`form.overtaken`)."""
    if not form.is_valid():
        look(request, form)
        return None
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=request.company.pk)
        fresh = form.again()
        form.found, form.stored = fresh.found, fresh.stored
        return None if look(request, form) else store()


def last_change(company: Company, found: Q) -> AuditEvent | None:
    return AuditEvent.objects.filter(found, company=company).first()


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(sorted(map(str, value)))
    return "" if value is None else str(value)


def _mark(value: object) -> str:
    return hashlib.sha256(_plain(value).encode()).hexdigest()[:12]
