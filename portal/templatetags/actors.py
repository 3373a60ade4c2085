"""Who did it: a program of the portal's own is named in the reader's language."""

from django import template

from portal.audit_facts import actor_of

register = template.Library()
register.filter(actor_of)
