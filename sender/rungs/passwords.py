"""By a password of the person's own."""

from django.utils.translation import gettext as _

from mailsettings import catalog, email_password
from mailsettings.models import CredentialKind, Security
from sender.rungs.common import app_cannot_sign_in, not_wanted
from sender.ways import Facts, Refused, Route


def at_company_server(facts: Facts) -> Route | Refused:
    method = catalog.SMTP_PASSWORD
    if refusal := not_wanted(facts, method, facts.policy.use_passwords):
        return refusal
    if facts.server is None:
        return Refused(method, "settings_incomplete", _("The company's mail server is not filled in."))
    if facts.server.security == Security.NONE:
        reason = _("The mail server is used without TLS, and a password is never sent in clear.")
        return Refused(method, "settings_incomplete", reason)
    if CredentialKind.USER_PASSWORD not in facts.credentials:
        return Refused(method, "settings_incomplete", _("No e-mail password is stored."))
    if not email_password.may_be_told(facts.credentials[CredentialKind.USER_PASSWORD], facts.server.host):
        reason = _("The stored password was given for another service. Type it again for %(server)s.")
        return Refused(method, "settings_incomplete", reason % {"server": facts.server.host})
    reason = _("Own e-mail password, through %(server)s.") % {"server": facts.server.host}
    return _personal(facts, method, reason)


def at_microsoft(facts: Facts) -> Route | Refused:
    method = catalog.GRAPH_PASSWORD
    if refusal := not_wanted(facts, method, facts.policy.use_passwords):
        return refusal
    if refusal := app_cannot_sign_in(facts, method):
        return refusal
    if CredentialKind.USER_PASSWORD not in facts.credentials:
        return Refused(method, "settings_incomplete", _("No e-mail password is stored."))
    account = facts.person.user_name if "@" in facts.person.user_name else facts.email
    reason = _("Signed in at Microsoft with the user name %(address)s and a password.") % {"address": account}
    return Route(method, account, facts.membership, account, facts.from_name, "", reason)


def at_gmail(facts: Facts) -> Route | Refused:
    method = catalog.GMAIL_APP_PASSWORD
    if refusal := not_wanted(facts, method, facts.policy.use_passwords):
        return refusal
    if CredentialKind.GMAIL_APP_PASSWORD not in facts.credentials:
        return Refused(method, "settings_incomplete", _("No Gmail app password is stored."))
    return _personal(facts, method, _("Own Gmail app password."))


def _personal(facts: Facts, method: str, reason: str) -> Route:
    account = facts.person.user_name or facts.email
    from_address = account if "@" in account else facts.email
    return Route(method, account, facts.membership, from_address, facts.from_name, "", reason)
