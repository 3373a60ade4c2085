"""What applying a file found and changed, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError
from django.forms import BaseForm

from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Problem:
    path: str  # "company[0].office365.tenant_id", "line 7"
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    path: str  # "NordicFreight.office365.tenant_id"
    old: object  # None: was not there
    new: object


@dataclass
class Report:
    dry_run: bool = False
    changes: list[Change] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, message: object) -> None:
        self.errors.append(Problem(path, str(message)))

    def wrong_input(self, path: str, error: InputError | ValidationError) -> None:
        for message in getattr(error, "messages", None) or [error]:
            self.wrong(path, message)

    def wrong_form(self, path: str, form: BaseForm) -> None:
        """The form's errors at the paths of their keys, unless reading found something wrong there already."""
        known = {problem.path for problem in self.errors}
        for name, messages in form.errors.items():
            place = path if name == "__all__" else f"{path}.{name}"
            for message in messages if place not in known else ():
                self.wrong(place, message)

    def changed(self, path: str, changes: Mapping[str, tuple[object, object]]) -> None:
        """What a service changed; of something new, empty values are left out."""
        for name, (old, new) in changes.items():
            if old is not None or new not in (None, "", []):
                self.changes.append(Change(f"{path}.{name}", old, new))

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str, ensure_ascii=False)

    def as_text(self) -> str:
        if self.errors:
            lines = [f"{problem.path}: {problem.message}" for problem in self.errors]
            return "\n".join([*lines, "Nothing was changed."])
        if not self.changes:
            return "Nothing to do."
        last = "Nothing was changed: this is a dry run." if self.dry_run else "Done."
        return "\n".join([*map(_line, self.changes), last])


def _line(change: Change) -> str:
    if change.old is None:
        return f"+ {change.path} = {_shown(change.new)}"
    return f"~ {change.path}: {_shown(change.old)} → {_shown(change.new)}"


def _shown(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
