"""Links to the guides: beside the form that one explains, below the cause that one cures."""

from django import template

from portal.guides.catalogue import GUIDES, beside

register = template.Library()


@register.inclusion_tag("guides/_beside.html", takes_context=True)
def guides_beside(context: dict[str, object]) -> dict[str, object]:
    """The guides for the form of this page."""
    page = context["request"].resolver_match.url_name
    return {"company": context["company"], "guides": beside(page)}


@register.filter
def guide(slug: str) -> object:
    """The guide with this slug; None where a cause names none."""
    return GUIDES.get(slug)
