"""Whether anybody sends at all, for pages about mail that waits."""

from django import template

from portal import watched
from portal.problem import Problem

register = template.Library()


@register.simple_tag
def no_worker() -> Problem | None:
    """What to say where no worker runs; None where one does."""
    return next(watched.no_worker(), None)
