"""Reading the file: known keys, values of the right kind, secrets as a reference. All mistakes at once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

from core.errors import InputError
from mailsettings.apply.report import Report
from mailsettings.apply.shape import DOCUMENT, Shape

TEXT = "utf-8-sig"  # UTF-8; Windows programs put a byte order mark before it
KIND_NAMES = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list of texts",
    date: "a date",
}


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is to be had: an environment variable or a file. Read only when it is needed."""

    kind: str  # env, file
    name: str
    folder: Path  # of the TOML file, from which relative paths start

    def read(self) -> str:
        """The secret, without line ends around it. Raises InputError when it is not there or empty."""
        if self.kind == "env":
            value = os.environ.get(self.name, "")
            # Whatever does not look like a variable's name may be the secret, written in its place.
            where = f"the environment variable {self.name}" if self.name.isupper() else "the one named there"
        else:
            value = _text_of(self.folder / self.name)
            where = f"the file {self.name}"
        if not value.strip():
            raise InputError(f"The secret is empty: {where} holds nothing.")
        if not _is_text(value):
            raise InputError(f"The secret is not text in UTF-8: {where}.")
        return value.strip("\r\n")

    def read_bytes(self) -> bytes:
        """The same of a file that may hold anything, such as a PFX file. Raises InputError."""
        return self.read().encode() if self.kind == "env" else _bytes_of(self.folder / self.name)


def _is_text(value: str) -> bool:
    """Of an environment variable, bytes that are none come as surrogates (PEP 383)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_of(path: Path) -> str:
    try:
        return _bytes_of(path).decode(TEXT)
    except UnicodeDecodeError as error:
        raise InputError(f"The file of the secret cannot be read: {error.reason}.") from None


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"The file of the secret cannot be read: {error.strerror}.") from None
    except ValueError:  # no path may hold the sign NUL
        raise InputError("The file of the secret cannot be read: this is no path.") from None


@dataclass(slots=True)
class Table:
    path: str
    folder: Path = Path()  # of the TOML file, from which relative paths start
    values: dict[str, object] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    tables: dict[str, "Table"] = field(default_factory=dict)
    arrays: dict[str, list["Table"]] = field(default_factory=dict)

    def all(self, name: str) -> list["Table"]:
        return self.arrays.get(name, [])


def read(path: Path, report: Report) -> Table:
    """The file as tables; what is wrong in it goes into the report. Raises OSError when it cannot be opened."""
    try:
        content = tomllib.loads(path.read_bytes().decode(TEXT))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        report.wrong(path.name, f"This is not TOML: {error}.")
        return Table("")
    return _Reader(path.resolve().parent, report).table(content, DOCUMENT, "")


@dataclass(frozen=True, slots=True)
class _Reader:
    folder: Path
    report: Report

    def table(self, content: Mapping[str, object], shape: Shape, path: str) -> Table:
        found = Table(path, self.folder)
        for key, value in content.items():
            self._entry(found, key, value, shape, f"{path}.{key}" if path else key)
        return found

    def _entry(self, found: Table, key: str, value: object, shape: Shape, path: str) -> None:
        if key in shape.values:
            if self._is_kind(value, shape.values[key], path):
                found.values[key] = value
        elif key in shape.secrets:
            if secret := self._secret(value, path):
                found.secrets[key] = secret
        elif key in shape.tables:
            if self._is_table(value, path, f"[{_without_numbers(path)}]"):
                found.tables[key] = self.table(value, shape.tables[key], path)
        elif key in shape.arrays:
            found.arrays[key] = self._array(value, shape.arrays[key], path)
        else:
            near = get_close_matches(key, shape.keys, 1)
            known = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(shape.keys)}."
            self.report.wrong(path, f"There is no such key. {known}")

    def _array(self, value: object, shape: Shape, path: str) -> list[Table]:
        if not isinstance(value, list):
            self.report.wrong(
                path, f"Write [[{_without_numbers(path)}]], with two brackets: there may be several."
            )
            return []
        entries = enumerate(value)
        return [
            self.table(entry, shape, f"{path}[{number}]")
            for number, entry in entries
            if self._is_table(entry, path)
        ]

    def _is_table(self, value: object, path: str, form: str = "a table") -> bool:
        if not isinstance(value, dict):
            self.report.wrong(path, f"This must be {form}.")
        return isinstance(value, dict)

    def _is_kind(self, value: object, kind: type, path: str) -> bool:
        is_right = type(value) is kind
        if kind is list and is_right:
            is_right = all(isinstance(item, str) for item in value)
        if kind is date:
            is_right = isinstance(value, date) and not isinstance(value, datetime)
        if not is_right:
            example = ", such as 2027-05-12, without quotes" if kind is date else ""
            self.report.wrong(path, f"This must be {KIND_NAMES[kind]}{example}.")
        return is_right

    def _secret(self, value: object, path: str) -> Secret | None:
        """Never repeats what stands there: it may be the secret itself."""
        if isinstance(value, dict) and len(value) == 1:
            ((kind, name),) = value.items()
            if kind in ("env", "file") and isinstance(name, str) and name:
                return Secret(kind, name, self.folder)
        self.report.wrong(
            path, 'A secret does not stand in the file. Write { env = "VARIABLE" } or { file = "path" }.'
        )
        return None


def _without_numbers(path: str) -> str:
    return ".".join(part.partition("[")[0] for part in path.split("."))
