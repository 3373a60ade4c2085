"""Reasons that several rungs share."""

from django.utils.translation import gettext as _

from core.sentences import day
from mailsettings import catalog
from mailsettings.models import GoogleApp, MicrosoftApp
from oauth.models import Connection
from sender.ways import Facts, Refused


def not_wanted(facts: Facts, method: str, policy_allows: bool) -> Refused | None:
    if not facts.company.allows(method):
        return not_allowed(method)
    if not policy_allows:
        return Refused(method, "method_not_allowed", _("The company's mail settings switch this way off."))
    if not facts.policy.method and facts.person.method and facts.person.method != method:
        chosen = catalog.METHODS[facts.person.method].label
        return Refused(method, "method_not_allowed", _("Another way was chosen: %(way)s.") % {"way": chosen})
    return None


def not_allowed(method: str) -> Refused:
    return Refused(method, "method_not_allowed", _("The operator of this portal has not allowed it here."))


def app_cannot_sign_in(facts: Facts, method: str) -> Refused | None:
    """The company's app registration is not complete, or what it signs in with has ended."""
    secret = facts.app_credential
    if facts.app is None or secret is None:
        reason = _("The company's Office 365 settings are not filled in.")
        return Refused(method, "settings_incomplete", reason)
    if secret.expires_on and secret.expires_on < facts.today:
        ended = _("The company's %(what)s ended on %(date)s.")
        facts_of_it = {"what": secret.get_kind_display(), "date": day(secret.expires_on)}
        return Refused(method, f"{secret.kind}_expired", ended % facts_of_it)
    return None


def broken(app: MicrosoftApp | GoogleApp, connection: Connection) -> str:
    """Why a connection sends no more, as a cause; "" when it does."""
    if connection.is_usable and connection.client_id == str(app.client_id):
        return ""
    return connection.cause or "not_connected"  # to the app of now
