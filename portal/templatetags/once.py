"""The number of a form that is taken once: accounts/once.py."""

import secrets

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.once import FIELD

register = template.Library()


@register.simple_tag
def once() -> SafeString:
    """Not to be filled in again by a browser after a reload."""
    field = '<input type="hidden" name="{}" value="{}" autocomplete="off">'
    return format_html(field, FIELD, secrets.token_urlsafe(12))
