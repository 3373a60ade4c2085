"""The company's own app (OAuth client) at Google."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.sealed import Row
from mailsettings import catalog

CALLBACK_PATH = "/{code}/oauth/google/callback"


class GoogleSending(models.TextChoices):
    """How people's mail leaves; each needs one permission of its own.

    https://developers.google.com/workspace/gmail/api/auth/scopes
    """

    GMAIL_API = "gmail_api", _("the Gmail API (may send, nothing else)")
    SMTP = "smtp", _("Gmail's mail server, by SMTP (Google lets it read and delete mail, too)")


SCOPES = {
    GoogleSending.GMAIL_API: "https://www.googleapis.com/auth/gmail.send",
    GoogleSending.SMTP: "https://mail.google.com/",
}


# Slugs of the catalogue.
METHODS = {GoogleSending.GMAIL_API: catalog.GOOGLE_API, GoogleSending.SMTP: catalog.GOOGLE_SMTP}


def callback_url(company: Company) -> str:
    """The redirect address to register at Google: built from PUBLIC_URL, never from a request."""
    return settings.PUBLIC_URL + CALLBACK_PATH.format(code=company.code)


class GoogleApp(Row):
    """Its secret is the company's Credential of kind google_client_secret."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="google_app")
    client_id = models.CharField(_("Client ID"), max_length=200)
    send_by = models.CharField(
        _("how mail leaves"), max_length=16, choices=GoogleSending, default=GoogleSending.GMAIL_API
    )
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.client_id

    @property
    def callback_url(self) -> str:
        return callback_url(self.company)

    @property
    def scope(self) -> str:
        """The one permission that sending as the company wants needs."""
        return SCOPES[GoogleSending(self.send_by)]

    @property
    def method(self) -> str:
        """The way of sending, as the catalogue names it."""
        return METHODS[GoogleSending(self.send_by)]

    def is_enough(self, scopes: list[str]) -> bool:
        """Whether what a person allowed suffices; the mail server's permission includes the Gmail API."""
        return self.scope in scopes or SCOPES[GoogleSending.SMTP] in scopes
