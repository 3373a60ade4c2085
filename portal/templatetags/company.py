"""What pages say about the company itself."""

from django import template

from accounts.models import Company, Membership, Role

register = template.Library()

NAMED = 5


@register.simple_tag
def admins_of(company: Company) -> list[Membership]:
    """Some of those who may do everything in it."""
    rows = Membership.objects.filter(company=company, role=Role.ADMIN, user__is_active=True)
    return list(rows.select_related("user")[:NAMED])
