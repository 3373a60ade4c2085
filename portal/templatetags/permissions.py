"""The permissions of a company's app registration, for the pages that say how to set it up."""

from django import template

from accounts.models import Company
from oauth.permissions import Listed, listed

register = template.Library()


@register.simple_tag
def permissions_of(company: Company) -> list[Listed]:
    return listed(company)
