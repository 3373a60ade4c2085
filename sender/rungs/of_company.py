"""For those without a way of their own: the company's connected mailbox, and its mail server."""

from django.utils.translation import gettext as _

from mailsettings import catalog
from mailsettings.models import Authentication, CredentialKind, FromPolicy
from sender.rungs.common import app_cannot_sign_in, broken, not_allowed
from sender.ways import Facts, Refused, Route


def by_mailbox(facts: Facts) -> Route | Refused:
    method = catalog.COMPANY_MAILBOX
    if not facts.company.allows(method):
        return not_allowed(method)
    mailbox, connection = facts.policy.fallback_mailbox, facts.company_connection
    if not facts.policy.use_fallback_mailbox or not mailbox:
        return Refused(method, "method_not_allowed", _("The company's mail settings do not use this way."))
    if refusal := app_cannot_sign_in(facts, method):
        return refusal
    names = {"mailbox": mailbox}
    is_of_it = connection is not None and connection.address.casefold() == mailbox.casefold()
    if not is_of_it or connection.state == "disconnected":
        reason = _("%(mailbox)s is not connected to Microsoft yet; an administrator does that.") % names
        return Refused(method, "not_connected", reason)
    if cause := broken(facts.app, connection):
        reason = (
            _("The connection of %(mailbox)s to Microsoft needs reconnecting by an administrator.") % names
        )
        return Refused(method, cause, reason)
    reason = _("The company's mailbox %(mailbox)s sends.") % names
    name = facts.policy.fallback_mailbox_name or facts.company.name
    return Route(method, connection.address, None, mailbox, name, facts.email, reason)


def by_server(facts: Facts) -> Route | Refused:
    method = catalog.COMPANY_SMTP
    if not facts.company.allows(method):
        return not_allowed(method)
    if not facts.policy.use_company_server:
        return Refused(method, "method_not_allowed", _("The company's mail settings switch this way off."))
    server = facts.server
    if server is None:
        return Refused(method, "settings_incomplete", _("The company's mail server is not filled in."))
    signs_in = server.authentication == Authentication.PASSWORD
    has_secret = CredentialKind.SMTP_PASSWORD in facts.company_credentials
    if signs_in and not (server.user_name and has_secret):
        return Refused(
            method, "settings_incomplete", _("The mail server's user name or password is missing.")
        )
    reason = _("Through the company's mail server %(server)s.") % {"server": server.host}
    account = server.user_name if signs_in else ""
    if facts.policy.company_server_from == FromPolicy.MAILBOX and facts.policy.company_address:
        name = facts.policy.company_name or facts.company.name
        return Route(method, account, None, facts.policy.company_address, name, facts.email, reason)
    return Route(method, account, None, facts.email, facts.from_name, "", reason)
