"""The company's mail settings: what `manage.py apply` takes, by the same forms and services. Secrets only go in.

The shapes are made from those of the file (mailsettings/apply/shape.py), so that neither knows a key the other lacks.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime

from django.forms import model_to_dict
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import BaseModel, ConfigDict, Field, create_model

from accounts.models import Company
from api.problems import Problem
from api.scopes import Scope
from api.v1 import mistakes
from api.v1.auth import Key, actor
from api.v1.shapes import Strict
from core.errors import InputError
from mailsettings.apply.reading import Table
from mailsettings.apply.report import Report
from mailsettings.apply.shape import COMPANY, Shape
from mailsettings.apply.writing import FORMS, write_settings

router = Router(tags=["settings"])

MOST_CHARACTERS = 1_000
MOST_OF_A_SECRET = 100_000  # a certificate with its chain


class SecretOut(Schema):
    """That a secret is stored, never which."""

    kind: str
    fingerprint: str
    set_at: datetime
    expires_on: date | None


def _name(section: str) -> str:
    return section.title().replace("_", "")


def _read_model(section: str, shape: Shape) -> type[BaseModel]:
    fields = {name: (kind | None, None) for name, kind in shape.values.items()}
    if shape.secrets:
        fields["secret"] = (SecretOut | None, Field(None, description="What is stored, without its value."))
    return create_model(f"{_name(section)}Out", __base__=Schema, **fields)


def _write_model(section: str, shape: Shape) -> type[BaseModel]:
    fields: dict[str, object] = {}
    for name, kind in shape.values.items():
        limits = {"max_length": MOST_CHARACTERS} if kind is str else {}
        fields[name] = (kind, Field(None, strict=kind in (bool, int), **limits))
    for name in shape.secrets:
        text = "The file in base64." if name == "certificate" else "It never comes back."
        limits = {"min_length": 1, "max_length": MOST_OF_A_SECRET, "json_schema_extra": {"writeOnly": True}}
        fields[name] = (str, Field(None, description=text, repr=False, **limits))
    return create_model(f"{_name(section)}In", __base__=Strict, **fields)


def _all(name: str, doc: str, base: type[BaseModel], make: object) -> type[BaseModel]:
    fields = {section: (make(section, shape) | None, None) for section, shape in COMPANY.tables.items()}
    return create_model(name, __base__=base, __doc__=doc, **fields)


SettingsOut = _all("SettingsOut", "A part that is not set up is null.", Schema, _read_model)
SettingsIn = _all("SettingsIn", "What is left out stays as it is.", Strict, _write_model)


class ChangeOut(Schema):
    model_config = ConfigDict(arbitrary_types_allowed=False)
    path: str
    old: str | int | bool | None
    new: str | int | bool | None


class Changed(Schema):
    changes: list[ChangeOut]
    settings: SettingsOut


class How(Strict):
    dry_run: bool = Field(False, description="Only say what would change.")


@dataclass(frozen=True, slots=True)
class Given:
    """A secret as it came, for the forms that ask the file's secrets for their value."""

    value: str

    def read(self) -> str:
        return self.value

    def read_bytes(self) -> bytes:
        """Raises InputError."""
        try:
            return base64.b64decode("".join(self.value.split()), validate=True)
        except (binascii.Error, ValueError):
            raise InputError(_("This is no base64.")) from None

    def __repr__(self) -> str:
        return "Given()"


@router.get(
    "/settings", response=SettingsOut, auth=Key(Scope.SETTINGS_READ), summary="Read the mail settings"
)
def stored(request: HttpRequest) -> dict[str, object]:
    return _stored(request.auth.company)


@router.patch(
    "/settings", response=Changed, auth=Key(Scope.SETTINGS_WRITE), summary="Change the mail settings"
)
def change(request: HttpRequest, given: SettingsIn, how: Query[How]) -> dict[str, object]:
    """All of it or nothing: one value that is not right, and nothing is changed."""
    mistakes.check_query(request, How)
    report = Report(dry_run=how.dry_run)
    write_settings(request.auth.company, _table(given), report, actor=actor(request))
    if report.errors:
        wrong = [(each.path, each.message) for each in report.errors]
        raise Problem(422, wrong[0][1], field=wrong[0][0], errors=wrong)
    changes = [
        {"path": each.path, "old": _plain(each.old), "new": _plain(each.new)} for each in report.changes
    ]
    return {"changes": changes, "settings": _stored(request.auth.company)}


def _table(given: BaseModel) -> Table:
    table = Table("")
    for section, shape in COMPANY.tables.items():
        values = getattr(given, section)
        if values is not None:
            told = values.model_dump(include=values.model_fields_set)
            table.tables[section] = Table(
                section,
                values={name: value for name, value in told.items() if name in shape.values},
                secrets={name: Given(value) for name, value in told.items() if name in shape.secrets},
            )
    return table


def _stored(company: Company) -> dict[str, object]:
    return {section: _section(company, section, shape) for section, shape in COMPANY.tables.items()}


def _section(company: Company, section: str, shape: Shape) -> dict[str, object] | None:
    form = FORMS[section](company=company)
    if form.instance._state.adding:
        return None
    values = model_to_dict(form.instance, form._meta.fields)
    found = {name: _plain(values.get(name, form.initial.get(name))) for name in shape.values}
    return found | ({"secret": form.stored} if shape.secrets else {})


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | date | None) else str(value)
