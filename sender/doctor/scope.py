"""Least privilege of the company's app: it should send for this company's mailboxes, and not as everybody.

https://learn.microsoft.com/exchange/permissions-exo/application-rbac. A right that stands in the token (Mail.Send
granted in Entra) is for every mailbox unless Exchange limits it, and no list of it can be read: what can be tried
is a mailbox that must be refused. Nothing is ever sent for it.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from oauth.registration import SEND
from sender.doctor.steps import Said, StepState
from sender.doctor.token import Shown

SEND_AS_APP = "SMTP.SendAsApp"


def by_graph(outside: str, shown: Shown, can_open: Callable[[str], bool | None]) -> Said:
    opens = can_open(outside) if outside else None
    names = {"outside": outside, "permission": SEND}
    if opens is False:
        return Said(_("Exchange keeps the app out of %(outside)s, as it should.") % names)
    if opens:
        return Said(
            _("The app can open %(outside)s, which it should not.") % names, StepState.WARN, _limit_it()
        )
    if not shown.has(SEND):
        return Said(_("No right for all mailboxes stands in the token; Exchange gives it for chosen ones."))
    text = (
        _("%(permission)s is granted for the whole directory: the app may send as everybody in it.") % names
    )
    if not outside:
        hint = _(
            "If Exchange limits it all the same, name a mailbox outside the limit, and it will be tried."
        )
        return Said(text, StepState.WARN, f"{_limit_it()} {hint}")
    return Said(text, StepState.WARN, _limit_it())


def by_smtp(outside: str, can_sign_in_as: Callable[[str], bool]) -> Said:
    if not outside:
        text = _("Not tried: name a mailbox that the app must not reach, and it will be tried.")
        return Said(text, StepState.SKIP)
    names = {"outside": outside}
    if not can_sign_in_as(outside):
        return Said(_("Exchange keeps the app out of %(outside)s, as it should.") % names)
    text = _("The app can sign in to %(outside)s, which it should not.") % names
    hint = _("Remove the app's service principal from that mailbox (Remove-MailboxPermission).")
    return Said(text, StepState.WARN, hint)


def _limit_it() -> str:
    return _("Limit it to the mailboxes that are needed, with RBAC for Applications in Exchange.")
