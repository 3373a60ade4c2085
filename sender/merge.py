"""Mail merge: the texts of one message with the places in them filled for each recipient. No language, only names.

`{{ name }}` is filled with the value of that name. In HTML the value stands as text, whatever it holds.
"""

import re
from collections.abc import Mapping

from django.utils.html import escape
from django.utils.translation import gettext as _

from core.errors import InputError

_PLACE = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t]*\}\}")
_OPENED = "{{"

Value = str | int | float


class PlaceNotFilled(InputError):
    """A place in the text has no value."""


def check(text: str, field: str) -> None:
    """Raises InputError where the text opens a place that is none: it would go out to everybody as it stands."""
    if _OPENED in _PLACE.sub("", text):
        raise InputError(_("Behind “{{” must stand a name and “}}”, such as {{ first_name }}."), field)


def fill(text: str, values: Mapping[str, Value], *, is_html: bool = False) -> str:
    """The text with every place filled; what stands in a value is never filled again. Raises PlaceNotFilled."""

    def value_of(place: re.Match[str]) -> str:
        name = place[1]
        if name not in values:
            sentence = _("The template has a place for “%(name)s”, which is not in the line’s data.")
            raise PlaceNotFilled(sentence % {"name": name}, f"data.{name}")
        return escape(str(values[name])) if is_html else str(values[name])

    return _PLACE.sub(value_of, text)
