"""An explanation as one person is to read it: what he can do himself, with the names of his company filled in."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from diagnosis import vocabulary
from diagnosis.commands import filled_in
from diagnosis.explain import Explanation, explain_cause
from diagnosis.readers import reading
from mailsettings.models import MicrosoftApp
from oauth.models import Connection, Provider
from oauth.registration import READ_WRITE, SEND_SHARED, SMTP_SEND, lacking

_NOW_SENDS = {
    READ_WRITE: _("Your company now sends large messages: connect once more to allow it."),
    SEND_SHARED: _("Your company now sends from the shared mailbox: connect once more to allow it."),
    SMTP_SEND: _("Your company now sends through Exchange's SMTP server: connect once more to allow it."),
}

_AS_THE_MAILBOX = _("Start again, and sign in at Microsoft as the mailbox, not as yourself.")
_CONNECT_LATER = _("Wait a few minutes, then connect again. If it lasts, look at the provider's status page.")


def for_person(found: Explanation, membership: Membership, mailbox: str = "") -> Explanation:
    """`found` in the words for the person's role; alternatives by their headlines, commands filled in.

    `mailbox` is the one it is about, where that is not the person's own.
    """
    app = MicrosoftApp.objects.filter(company=membership.company).first()
    found = filled_in(found, mailbox=mailbox or membership.user.email, client_id=app.client_id if app else "")
    return replace(
        found,
        todo=found.todo_for("company_admin" if membership.is_admin else "user"),
        alternatives=tuple(str(vocabulary.cause(slug).title) for slug in found.alternatives),
    )


def of_connecting(found: Explanation) -> Explanation:
    """`found` for who is connecting: mail that meets a passing fault is tried again, a sign-in is not."""
    return replace(found, todo=_CONNECT_LATER) if found.tell == "wait" else found


def of_wrong_mailbox(membership: Membership) -> Explanation:
    """That somebody else signed in than the company's mailbox: most often the admin himself."""
    found = explain_cause("wrong_account_signed_in", provider=Provider.MICROSOFT, flow="delegated")
    return for_person(replace(found, todo=_AS_THE_MAILBOX), membership)


def of_cause(slug: str, membership: Membership, provider: str = Provider.MICROSOFT) -> Explanation:
    """One of the portal's own refusals, explained."""
    return for_person(explain_cause(slug, provider=provider, flow="delegated"), membership)


def of_connection(connection: Connection, reader: Membership | None = None) -> Explanation:
    """Why the connection needs reconnecting, with the provider's words; `reader` if not the one it belongs to."""
    provider, raw = connection.provider, connection.cause_raw
    found = explain_cause(connection.cause, raw=raw, provider=provider, flow="refresh")
    return for_person(found, reader or connection.membership, connection.address)


def of_lacking(connection: Connection) -> list[str]:
    """What the person is asked to connect once more for, as whole sentences; mail leaves meanwhile as it can."""
    return [str(_NOW_SENDS[name]) for name in lacking(connection) if name in _NOW_SENDS]


def whose_turn(found: Explanation, membership: Membership) -> str:
    """Who has to mend it, as a sentence; empty when it is the reader himself, or nobody."""
    return str(reading(found, "company_admin" if membership.is_admin else "user").whose_turn)
