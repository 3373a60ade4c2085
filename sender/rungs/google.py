"""By the person's connection to Google."""

from django.utils.translation import gettext as _

from mailsettings import catalog
from mailsettings.models import CredentialKind
from oauth import google_services
from sender.rungs.common import broken, not_wanted
from sender.ways import Facts, Refused, Route


def by_gmail_api(facts: Facts) -> Route | Refused:
    return _by_google(facts, catalog.GOOGLE_API)


def by_gmail_smtp(facts: Facts) -> Route | Refused:
    return _by_google(facts, catalog.GOOGLE_SMTP)


def _by_google(facts: Facts, method: str) -> Route | Refused:
    """The person's connection to Google, by the one way the company has chosen."""
    app, connection = facts.google, facts.google_connection
    if refusal := not_wanted(facts, method, True):
        return refusal
    if app is None or CredentialKind.GOOGLE_CLIENT_SECRET not in facts.company_credentials:
        return Refused(method, "settings_incomplete", _("The company's Google settings are not filled in."))
    if app.method != method:
        return Refused(method, "method_not_allowed", _("The company's mail settings do not use this way."))
    if connection is None or connection.state == "disconnected":
        return Refused(method, "not_connected", _("Not connected to Google."))
    if cause := broken(app, connection):
        return Refused(method, cause, _("The connection to Google needs reconnecting."))
    if google_services.needs_more(connection, app):
        reason = _("The company's way of sending through Google has changed: connect again to allow it.")
        return Refused(method, "consent_missing", reason)
    reason = _("Connected to Google as %(address)s.") % {"address": connection.address}
    return Route(
        method, connection.address, facts.membership, connection.address, facts.from_name, "", reason
    )
