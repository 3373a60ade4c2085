"""An explanation as the person who looks at the page is to read it."""

from django import template

from accounts.models import Membership, Role
from diagnosis.explain import Explanation
from diagnosis.readers import Reader, Reading, reading

register = template.Library()

_READER = {Role.ADMIN: Reader.ADMIN, Role.SUPPORT: Reader.SUPPORT, Role.USER: Reader.USER}


@register.simple_tag(takes_context=True)
def read_by_viewer(
    context: dict[str, object], found: Explanation, about: Membership | None = None
) -> Reading:
    """What the viewer is told; `about`: whose mail it is, where that may be a colleague's."""
    viewer = context.get("membership")
    if not isinstance(found, Explanation) or not viewer:
        return Reading(found.todo)
    return reading(found, _READER[viewer.role], is_own=not about or about.pk == viewer.pk)
