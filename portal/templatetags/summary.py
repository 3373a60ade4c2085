"""The links of the error summary above a form."""

from django import forms, template
from django.core.exceptions import ValidationError

register = template.Library()

_GENERAL = forms.Field.default_error_messages["required"]


@register.filter
def of_field(error: ValidationError, field: forms.BoundField) -> str:
    """The words beside the field; those that may stand there for several fields get the field's name."""
    words = " ".join(error.messages)
    return f"{field.label}: {words}" if error.message == _GENERAL else words
