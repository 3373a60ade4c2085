"""What may be typed about an app at Google; each rule raises ValidationError, saying what to do.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingcred
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SUFFIX = ".apps.googleusercontent.com"
_CLIENT_ID = re.compile(r"[0-9]{5,30}(-[a-z0-9]{10,100})?" + re.escape(SUFFIX))


def client_id(value: str) -> str:
    """A client ID as Google writes it."""
    text = value.strip()
    if text.lower().startswith("gocspx-"):
        raise ValidationError(_("This is the client secret. Copy the Client ID, which stands above it."))
    if "@" in text:
        raise ValidationError(_("This is an e-mail address, as of a service account. Copy the Client ID."))
    if not _CLIENT_ID.fullmatch(text.lower()):
        raise ValidationError(
            _(
                "This is not a Client ID. Copy it whole from the client's page in Google Cloud; it looks like "
                "402418830125-6f3kqv1m8s2c7x9p.apps.googleusercontent.com."
            )
        )
    return text.lower()


def client_secret(secret: str) -> None:
    """A client secret, and not what stands beside it."""
    if secret.lower().endswith(SUFFIX):
        raise ValidationError(_("This is the Client ID. Copy the client secret."))
    if "***" in secret or "•" in secret:
        raise ValidationError(
            _("Google hides this secret. Add a new one in Google Cloud and copy it at once.")
        )
    if secret.lstrip().startswith(("{", "-----BEGIN")):
        raise ValidationError(_("This is a file's content. Copy the client secret alone."))
    if re.search(r"\s", secret):
        raise ValidationError(_("A client secret has no spaces in it. Copy it again, and nothing else."))
