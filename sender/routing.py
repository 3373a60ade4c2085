"""Which way a person's mail goes, and why: a pure function over stored settings, no network.

The ladder: the person's own connections, his own passwords, the company's app at Microsoft as him or as its mailbox,
the company's connected mailbox, its mail server. Every rung that is passed over says why, in the words the profile,
a test send, the message and the log all show.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Company, Membership
from core.sentences import kept, said
from mailsettings import catalog
from mailsettings.models import (
    AppOnlySettings,
    CompanyMailSettings,
    Credential,
    CredentialState,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from oauth.models import Connection, Provider
from sender.models import Health, SendingMailbox
from sender.rungs import google, microsoft, of_app, of_company, passwords
from sender.ways import Facts, NoRoute, Refused, Route

__all__ = [
    "Facts",
    "NoRoute",
    "Refused",
    "Route",
    "choose",
    "choose_to_store",
    "connections_of",
    "gather",
    "not_mailboxes",
    "route",
]

NO_MAILBOX = ("graph_user_not_found", "mailbox_missing_or_unlicensed")

LADDER = (
    microsoft.by_graph,
    microsoft.by_smtp,
    google.by_gmail_api,
    google.by_gmail_smtp,
    passwords.at_company_server,
    passwords.at_microsoft,
    passwords.at_gmail,
    of_app.by_graph,
    of_app.by_smtp,
    of_company.by_mailbox,
    of_company.by_server,
)


def route(membership: Membership) -> Route:
    """The way this person's mail goes now. Raises NoRoute."""
    return choose(gather(membership))


def choose(facts: Facts) -> Route:
    """Walk the ladder. Raises NoRoute when every rung is refused."""
    refused: list[Refused] = []
    for rung in LADDER:
        found = _as_the_company_says(facts, rung(facts))
        if isinstance(found, Route):
            return replace(found, refused=refused)
        refused.append(found)
    raise NoRoute(refused)


def choose_to_store(facts: Facts) -> Route:
    """As `choose`, with reasons as they are kept in rows (core.sentences); those of NoRoute are told at once."""
    try:
        with kept():
            return choose(facts)
    except NoRoute as none:
        told = [replace(rung, reason=said(rung.reason)) for rung in none.refused]
        raise NoRoute(told) from None


def _as_the_company_says(facts: Facts, found: Route | Refused) -> Route | Refused:
    """Where the company has chosen one e-mail method, every other rung is refused for that reason alone."""
    only = facts.policy.method
    if only in ("", found.method):
        return found
    reason = _("The company sends by %(way)s.") % {"way": catalog.METHODS[only].label}
    return Refused(found.method, "method_not_allowed", reason)


def gather(membership: Membership) -> Facts:
    """Read what the choice needs: a handful of rows, no secret is opened."""
    company = membership.company
    in_use = Credential.objects.filter(company=company, state=CredentialState.CURRENT)
    credentials = in_use.defer("ciphertext", "certificate")
    connections = connections_of(company, [membership])
    return Facts(
        company=company,
        membership=membership,
        today=company.today,
        policy=CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings(),
        person=UserMailSettings.objects.filter(membership=membership).first() or UserMailSettings(),
        app=MicrosoftApp.objects.filter(company=company).first(),
        server=SmtpServer.objects.filter(company=company).first(),
        connection=connections["microsoft"].get(membership.pk),
        company_connection=connections["microsoft"].get(None),
        google=GoogleApp.objects.filter(company=company).first(),
        google_connection=connections["google"].get(membership.pk),
        app_only=AppOnlySettings.objects.filter(company=company).first(),
        not_mailboxes=not_mailboxes(company),
        company_credentials={c.kind: c for c in credentials.filter(membership=None)},
        credentials={c.kind: c for c in credentials.filter(membership=membership)},
    )


def connections_of(company: Company, people: Sequence[Membership]) -> dict[str, dict[object, Connection]]:
    """By provider: those of these people, by membership id, and that of the company's mailbox, by None."""
    whose = Q(membership__in=people) | Q(company=company, membership=None)
    found: dict[str, dict[object, Connection]] = {provider: {} for provider in Provider.values}
    for row in Connection.objects.filter(whose):
        found[row.provider][row.membership_id] = row
    return found


def not_mailboxes(company: Company) -> frozenset[str]:
    """Addresses the company's app could not send as, because there is no such mailbox."""
    boxes = SendingMailbox.objects.filter(company=company, method__in=of_app.SWITCHES)
    tried = boxes.filter(health=Health.NEEDS_ATTENTION, cause__in=NO_MAILBOX)
    return frozenset(tried.values_list("account", flat=True))
