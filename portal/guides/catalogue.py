"""All guides, and where each is needed: the forms it explains."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from diagnosis.readers import Reader
from portal.guides import exchange, microsoft, others
from portal.guides.shape import Guide

GUIDES: dict[str, Guide] = {
    guide.slug: guide for guide in (*others.GUIDES, *microsoft.GUIDES, *exchange.GUIDES)
}
AS_OF = date(2026, 11, 20)  # when the providers' words were last gone through
GROUPS = (
    (Reader.USER, _("For everybody")),
    (Reader.ADMIN, _("For the company’s administrator")),
    (Reader.IT, _("For who looks after Microsoft 365 and DNS")),
)
# Beside which form (URL name) stands which guide.
BESIDE = {
    "profile": ("connect-to-microsoft", "connect-to-google"),
    "profile-password": ("email-password", "password-flow"),
    "profile-gmail": ("google-app-password",),
    "settings-office365": ("app-registration", "tenant-client-secret", "callback-address"),
    "app-credential": ("tenant-client-secret", "app-registration"),
    "settings-approval": ("admin-consent",),
    "settings-app-only": ("app-only-graph", "smtp-send-as-app", "authenticated-smtp"),
    "settings-google": ("connect-to-google", "google-app-password"),
    "settings-smtp": ("smtp-server", "authenticated-smtp", "what-ends-when", "sender-domain"),
    "settings-policy": ("send-as", "app-only-graph"),
    "company-mailbox": ("connect-to-microsoft", "send-as"),
}


def beside(page: str) -> list[Guide]:
    """The guides for the form at this URL name."""
    return [GUIDES[slug] for slug in BESIDE.get(page, ())]
