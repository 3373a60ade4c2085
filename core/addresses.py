"""E-mail addresses with letters of any script: as people read them, and as they go over the wire.

Stored and shown is `anna@exämple.example`; the domain is transmitted in its IDNA form (RFC 5891), the part before
the @ as it is (RFC 6531).
"""

import unicodedata
from functools import lru_cache

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from email_validator import SPECIAL_USE_DOMAIN_NAMES, validate_email

from core.pasted import without_unseen

_TYPED = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}


@lru_cache(maxsize=4096)  # business software writes to the same people again and again
def wire_form(address: str) -> str:
    """The address as it is transmitted: the domain in lower case and IDNA, the local part as it came.

    Syntax only; private domains such as `.local` pass. Raises ValueError for what is no address, and for one with
    an encoded word, which some servers decode and others do not: mail would go astray.
    """
    if "=?" in address:
        raise ValueError("An address with an encoded word is not taken.")
    suffix = _padding(address)
    valid = validate_email(
        address + suffix,
        check_deliverability=False,
        globally_deliverable=False,
        allow_smtputf8=True,
        allow_quoted_local=True,
        allow_domain_literal=True,
    )
    if valid.local_part.startswith('"'):
        raise ValueError("A quoted local part is not taken.")
    return f"{valid.local_part}@{(valid.ascii_domain or valid.domain).removesuffix(suffix)}"


def _padding(address: str) -> str:
    """Hides a last label such as .local from email-validator: it refuses those, private servers use them."""
    last = address.rpartition(".")[2].rpartition("@")[2].lower()
    return ".example" if last in SPECIAL_USE_DOMAIN_NAMES else ""


def readable(address: str) -> str:
    """The address with its domain in the letters people know; anything else comes back as it is."""
    local, mark, domain = address.rpartition("@")
    if not mark or "xn--" not in domain.lower():
        return address
    try:
        letters = idna.decode(domain.lower())
        is_the_same = idna.encode(letters).decode("ascii") == domain.lower()
    except idna.IDNAError:
        return address
    return f"{local}@{letters}" if is_the_same else address


def stored(address: str) -> str:
    """The one spelling an address is kept and looked up in: readable, lower case, composed letters (NFC)."""
    return unicodedata.normalize("NFC", readable(address.strip()).lower())


def check_address(value: str) -> None:
    """A validator of form and model fields."""
    try:
        wire_form(value)
    except ValueError:
        message = _("This is not an e-mail address. It looks like name@firm.example.")
        raise ValidationError(message, code="invalid") from None


class AddressFormField(forms.EmailField):
    """Browsers' own e-mail fields refuse letters such as ü before the @, so this is a plain one."""

    widget = forms.TextInput(attrs=_TYPED)
    default_validators = [check_address]

    def to_python(self, value: object) -> str:
        return stored(without_unseen(super().to_python(value)))


class AddressField(models.EmailField):
    """Takes what `check_address` takes. Migrations see the plain field, as the column is the same."""

    default_validators = [check_address]

    def deconstruct(self) -> tuple:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.EmailField", args, options

    def formfield(self, **options: object) -> forms.Field:
        return super().formfield(**{"form_class": AddressFormField} | options)
