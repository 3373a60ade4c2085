"""By the person's connection to Microsoft."""

from dataclasses import replace

from django.utils.translation import gettext as _

from mailsettings import catalog
from mailsettings.models import ConnectionFrom
from oauth.models import Connection, Resource
from oauth.registration import SEND_SHARED, scopes_of, short_name
from sender.rungs.common import app_cannot_sign_in, broken, not_wanted
from sender.ways import Facts, Refused, Route


def by_graph(facts: Facts) -> Route | Refused:
    return _by_connection(facts, catalog.MICROSOFT_GRAPH)


def by_smtp(facts: Facts) -> Route | Refused:
    found = _by_connection(facts, catalog.MICROSOFT_SMTP)
    if isinstance(found, Refused):
        return found
    if not scopes_of(facts.connection, Resource.OUTLOOK):
        lacking = _(
            "%(address)s has not yet allowed sending through Exchange's SMTP server: connect to Microsoft again."
        )
        names = {"address": facts.connection.address}
        return Refused(catalog.MICROSOFT_SMTP, "consent_missing", lacking % names)
    return replace(found, reason=f"{found.reason} {_('Mail leaves through the SMTP server of Exchange.')}")


def _by_connection(facts: Facts, method: str) -> Route | Refused:
    if refusal := not_wanted(facts, method, getattr(facts.policy, catalog.BY_CONNECTION[method])):
        return refusal
    if refusal := app_cannot_sign_in(facts, method):
        return refusal
    connection = facts.connection
    if connection is None or connection.state == "disconnected":
        return Refused(method, "not_connected", _("Not connected to Microsoft."))
    if cause := broken(facts.app, connection):
        return Refused(method, cause, _("The connection to Microsoft needs reconnecting."))
    return _from_connection(facts, method, connection)


def _from_connection(facts: Facts, method: str, connection: Connection) -> Route | Refused:
    """By the person's connection, from the address that the company has chosen for such mail."""
    own, shared, chosen = connection.address, facts.policy.shared_mailbox, facts.policy.connections_from
    names = {"address": own, "mailbox": shared}
    reason = _("Connected to Microsoft as %(address)s.") % names
    if chosen == ConnectionFrom.PERSON or own.casefold() == shared.casefold():
        return Route(method, own, facts.membership, own, facts.from_name, "", reason)
    if not shared:
        return Refused(method, "settings_incomplete", _("No shared mailbox is chosen for people's mail."))
    granted = {short_name(scope).lower() for scope in connection.scopes}
    if method == catalog.MICROSOFT_GRAPH and SEND_SHARED.lower() not in granted:
        lacking = _("%(address)s has not yet allowed sending from %(mailbox)s: connect to Microsoft again.")
        return Refused(method, "consent_missing", lacking % names)
    on_behalf = chosen == ConnectionFrom.ON_BEHALF
    sends = _("It sends on behalf of %(mailbox)s.") if on_behalf else _("It sends as %(mailbox)s.")
    name = facts.policy.shared_mailbox_name or facts.company.name
    way = Route(method, own, facts.membership, shared, name, "", f"{reason} {sends % names}")
    return replace(way, sender_address=own) if on_behalf else way
