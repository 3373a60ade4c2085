"""Reading a list of people as somebody has it: pasted addresses, or a CSV file in whatever letters and columns.

Nothing is refused as a whole but what is no text or too long: each line is read by itself, and keeps its number.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role
from accounts.searching import folded
from core.errors import InputError
from core.pasted import bare

MOST_PEOPLE = 5_000
MOST_BYTES = 2 * 1024 * 1024

_COLUMNS = {
    "email": ("email", "e-mail", "mail", "address", "e-mail address", "email address", "epasts", "e-pasts",
              "e-pasta adrese", "e-mail-adresse", "e-post", "epost", "e-postadress", "e-postadresse"),
    "name": ("name", "full name", "person", "vards", "vards un uzvards", "namn", "navn"),
    "role": ("role", "loma", "rolle", "roll"),
}  # fmt: skip
_DELIMITERS = ";,\t"
_LINK = "mailto:"
_IN_A_ROW = re.compile(
    r'(?:"?(?P<name>[^"<>,;@]*?)"?\s*<(?P<marked>[^<>\s]+)>)|(?P<plain>[^\s,;<>"]+@[^\s,;<>"]+)'
)


@dataclass(frozen=True, slots=True)
class Line:
    """One person; `email` and `role` are as they were written, but for what came along, and may make no sense."""

    number: int
    email: str
    name: str = ""
    role: str = ""


def text_of(data: bytes) -> str:
    """A file's text. Excel writes UTF-8 with a mark, or the letters of Windows; others write plain UTF-8."""
    if len(data) > MOST_BYTES:
        raise InputError(_("The file is too large. Give one of at most 2 MB."), "file")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\x00" in data:
        raise InputError(_("This is no text. Save the table as CSV, and give that file."), "file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def people_in(text: str) -> list[Line]:
    """Everybody in it, in order. Raises InputError for nobody, and for more than MOST_PEOPLE."""
    found: list[Line] = []
    for line in _lines(text):
        found.append(line)
        if len(found) > MOST_PEOPLE:
            limit = ngettext(
                "This is more than %(most)s person. Give them in several parts.",
                "These are more than %(most)s people. Give them in several parts.",
                MOST_PEOPLE,
            )
            raise InputError(limit % {"most": MOST_PEOPLE}, "people")
    if not found:
        raise InputError(_("There is no address in it. Paste addresses, or give a CSV file."), "people")
    return found


def role_of(text: str) -> str | None:
    """A role by its name, in English or as this portal shows it; None when there is no such role."""
    names = {folded(name): role for role in Role for name in (role.value, str(role.label))}
    return names.get(folded(text))


def _lines(text: str) -> Iterator[Line]:
    text = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    columns: dict[str, int] | None = None
    ended = 0
    for cells in _readable(reader):
        number, ended = ended + 1, reader.line_num
        cells = [cell.strip() for cell in cells]
        if not any(cells) or cells[0].lower().startswith("sep="):
            continue
        if columns is None:
            columns = _columns(cells)
            if columns:
                continue
        yield from _people(number, cells, columns or {})


def _readable(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        raise InputError(
            _("The file cannot be read as CSV. Save the table as CSV once more."), "people"
        ) from None


def _delimiter(text: str) -> str:
    """What the first line is divided by most; where that is not divided, the first lines together."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:50]
    first = lines[0] if lines else ""
    if first.lower().startswith("sep=") and len(first) > len("sep="):
        return first[len("sep=")]
    place = first if any(mark in first for mark in _DELIMITERS) else "\n".join(lines)
    return max(_DELIMITERS, key=place.count)


def _columns(cells: list[str]) -> dict[str, int]:
    """Where each thing stands, by the names in the first line; empty when that is somebody already."""
    if any("@" in cell for cell in cells):
        return {}
    named = [folded(cell) for cell in cells]
    places = {
        column: next((place for place, name in enumerate(named) if name in names), None)
        for column, names in _COLUMNS.items()
    }
    if places["email"] is None:
        return {}
    return {column: place for column, place in places.items() if place is not None}


def _people(number: int, cells: list[str], columns: dict[str, int]) -> Iterator[Line]:
    if columns:
        at = {column: cells[place] if place < len(cells) else "" for column, place in columns.items()}
        yield Line(number, _address(at["email"]), at.get("name", ""), at.get("role", ""))
        return
    with_at = [cell for cell in cells if "@" in cell]
    if len(with_at) > 1 or (with_at and re.search(r"[<\s]", with_at[0])):
        yield from _in_a_row(number, ",".join(cells))
        return
    others = [cell for cell in cells if cell and cell not in with_at]
    role = next((cell for cell in others if role_of(cell)), others[1] if len(others) > 1 else "")
    name = next((cell for cell in others if cell != role), "")
    yield Line(number, _address(with_at[0] if with_at else cells[0]), name if with_at else "", role)


def _in_a_row(number: int, text: str) -> Iterator[Line]:
    """Several addresses in one line, as they are copied from a message: `Anna <anna@x.example>; bob@x.example`."""
    for found in _IN_A_ROW.finditer(text):
        name = (found["name"] or "").strip(" ,;\t'\"")
        yield Line(number, _address(found["marked"] or found["plain"]), name)


def _address(written: str) -> str:
    """Of a link to write to somebody, the address in it."""
    word = bare(written)
    return word[len(_LINK) :] if word.lower().startswith(_LINK) else word
