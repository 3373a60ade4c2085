"""Where a hand-over link helps: beside the guide, the form or the cause that IT mends."""

from django import template

from accounts.models import Company
from handover import ways
from handover.ways import Way

register = template.Library()


@register.simple_tag
def hand_over_way(guide: str, company: Company, method: str = "") -> Way | None:
    """The way that this guide belongs to, as far as the company may hand it over."""
    return ways.of_guide(guide, company, method)


@register.simple_tag
def hand_over_way_beside(guides: list, company: Company) -> Way | None:
    """The first way that the guides beside a form belong to."""
    found = (ways.of_guide(guide.slug, company) for guide in guides)
    return next((way for way in found if way), None)


@register.filter
def hand_over_of(method: str) -> Way | None:
    """The way that sets this way of sending up."""
    return ways.of_method(method)
