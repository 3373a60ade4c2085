"""Links to the guides: beside the form that one explains, below the cause that one cures."""

from collections.abc import Collection, Mapping

from django import template

from accounts.models import Company
from portal.guides.catalogue import GUIDES, beside
from portal.guides.handed import HandedGuide
from portal.guides.handed import handed as handed_guides

register = template.Library()


@register.inclusion_tag("guides/_beside.html", takes_context=True)
def guides_beside(context: dict[str, object]) -> dict[str, object]:
    """The guides for the form of this page."""
    page = context["request"].resolver_match.url_name
    return {"company": context["company"], "membership": context["membership"], "guides": beside(page)}


@register.filter
def guide(slug: str) -> object:
    """The guide with this slug; None where a cause names none."""
    return GUIDES.get(slug)


@register.simple_tag
def handed(
    slugs: Collection[str],
    company: Company,
    skips: Collection[str],
    handed_in: Mapping[str, object] | None,
    certificate: object,
) -> list[HandedGuide]:
    """The guides for a hand-over page; with `certificate` nobody makes a secret."""
    return handed_guides(slugs, company, skips, handed_in or {}, needs_secret=not certificate)
