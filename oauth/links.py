"""The link that starts a Connect: a GET with a short-lived signed intent.

A GET, because Chromium applies the CSP's form-action to every redirect after a POST, and a federated sign-in
redirects on to hosts nobody can list (https://github.com/w3c/webappsec-csp/issues/8). The intent proves that the
person pressed the button on a page of ours: a link from elsewhere cannot make him start.
"""

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Membership

INTENT_LIFETIME_S = 15 * 60


def _signer() -> TimestampSigner:
    """Made when needed: it wants SECRET_KEY, whose absence the system checks are to tell in plain words."""
    return TimestampSigner(salt="oauth.links.start")


def start_link(membership: Membership) -> str:
    """The address behind the Connect button, made anew for each page."""
    return link_with_intent("microsoft-start", membership)


def google_start_link(membership: Membership) -> str:
    """The same for Google."""
    return link_with_intent("google-start", membership)


def link_with_intent(name: str, membership: Membership, **query: str) -> str:
    """An address of this company's that only a button of ours leads to."""
    intent = {"intent": _signer().sign(str(membership.pk))}
    return f"{reverse(name, args=[membership.company.code])}?{urlencode(intent | query)}"


def company_start_link(membership: Membership) -> str:
    """The address behind the button that connects the company's mailbox."""
    query = urlencode({"intent": _signer().sign(_company_intent(membership))})
    return f"{reverse('company-mailbox-start', args=[membership.company.code])}?{query}"


def is_valid(intent: str, membership: Membership) -> bool:
    """Whether the intent is this person's, unchanged, and not too old."""
    return _says(intent, str(membership.pk))


def is_valid_for_company(intent: str, membership: Membership) -> bool:
    """The same of the intent to connect the company's mailbox."""
    return _says(intent, _company_intent(membership))


def _company_intent(membership: Membership) -> str:
    return f"company-mailbox {membership.pk}"


def _says(intent: str, expected: str) -> bool:
    try:
        return _signer().unsign(intent, max_age=INTENT_LIFETIME_S) == expected
    except BadSignature:  # SignatureExpired is one
        return False
