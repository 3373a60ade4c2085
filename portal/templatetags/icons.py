"""Icons: inline SVG from the lucide package, silent to screen readers."""

from functools import cache

import lucide
from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, size: int = 18) -> SafeString:
    """The SVG of one lucide icon, `size` pixels wide. Raises `lucide.IconDoesNotExist` for an unknown name.

    The drawing says nothing a text beside it does not say, so it is hidden from screen readers.
    """
    drawing = lucide._render_icon(name, size, aria_hidden="true", focusable="false")
    return mark_safe(drawing)  # noqa: S308 - made from the package's own files
