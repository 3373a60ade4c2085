"""The closed lists that explanations use: causes, who mends them, stages, providers, flows and guides."""

from diagnosis.causes import (
    account,
    connection,
    consent,
    credentials,
    graph,
    portal,
    registration,
    sending,
    sign_in,
)
from diagnosis.causes.shape import Cause

UNRECOGNISED = "unrecognised"
PORTAL_AT_FAULT = "portal_at_fault"  # a key or a cloud was taken out of its configuration

WHO = ("user", "company_admin", "tenant_admin", "operator", "wait", "sender")
PROVIDERS = ("microsoft", "google", "other")
FLOWS = ("basic", "delegated", "client_credentials", "refresh", "ropc", "xoauth2")
STAGES = (
    "authorize_redirect",
    "token",
    "graph_send",
    "graph_other",
    "smtp_connect",
    "smtp_tls",
    "smtp_auth",
    "smtp_mail",
    "imap_auth",
    "pop_auth",
)
GUIDES = (
    "email-password",
    "google-app-password",
    "app-registration",
    "tenant-client-secret",
    "callback-address",
    "admin-consent",
    "connect-to-microsoft",
    "connect-to-google",
    "app-only-graph",
    "smtp-send-as-app",
    "authenticated-smtp",
    "password-flow",
    "what-ends-when",
    "smtp-server",
    "send-as",
    "sender-domain",
)

_TOPICS = (credentials, registration, consent, account, graph, sending, sign_in, connection, portal)
_CAUSES: dict[str, Cause] = {row.slug: row for topic in _TOPICS for row in topic.CAUSES}


def all_causes() -> tuple[Cause, ...]:
    """Every cause, by topic, in the order of the tables."""
    return tuple(_CAUSES.values())


def cause(slug: str) -> Cause:
    """The cause with this slug; the row `unrecognised` for a slug that is not in the vocabulary."""
    return _CAUSES.get(slug) or _CAUSES[UNRECOGNISED]
