"""By the company's app at Microsoft, signed in as itself: as the person, else as its mailbox."""

from django.utils.translation import gettext as _

from mailsettings import catalog
from mailsettings.models import AppOnlySettings, FromPolicy
from sender.rungs.common import app_cannot_sign_in, not_allowed
from sender.ways import Facts, Refused, Route

SWITCHES = {catalog.GRAPH_APP: "use_graph", catalog.SMTP_APP: "use_smtp"}


def by_graph(facts: Facts) -> Route | Refused:
    return _by_app(facts, catalog.GRAPH_APP)


def by_smtp(facts: Facts) -> Route | Refused:
    return _by_app(facts, catalog.SMTP_APP)


def _by_app(facts: Facts, method: str) -> Route | Refused:
    if not facts.company.allows(method):
        return not_allowed(method)
    chosen = facts.app_only
    if chosen is None or not getattr(chosen, SWITCHES[method]):
        return Refused(method, "method_not_allowed", _("The company's mail settings do not use this way."))
    if refusal := app_cannot_sign_in(facts, method):
        return refusal
    is_unknown = facts.email in facts.not_mailboxes
    if chosen.as_person and not (is_unknown and chosen.mailbox):
        reason = _("The company's app sends as %(address)s.") % {"address": facts.email}
        return Route(method, facts.email, None, facts.email, facts.from_name, "", reason)
    if not chosen.mailbox:
        reason = _("No mailbox is chosen for the company's app.")
        return Refused(method, "settings_incomplete", reason)
    names = {"mailbox": chosen.mailbox, "address": facts.email}
    reason = _("The company's app sends from %(mailbox)s.") % names
    if chosen.as_person:
        reason += " " + _("Microsoft has no mailbox %(address)s.") % names
    return _from_mailbox(facts, chosen, method, reason)


def _from_mailbox(facts: Facts, chosen: AppOnlySettings, method: str, reason: str) -> Route:
    if chosen.mailbox_from == FromPolicy.USER:
        return Route(method, chosen.account, None, facts.email, facts.from_name, "", reason)
    name = chosen.mailbox_name or facts.company.name
    return Route(method, chosen.account, None, chosen.mailbox, name, facts.email, reason)
