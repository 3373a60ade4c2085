"""What the pages about people show of their mail: the state of each, and what goes with one who leaves."""

from dataclasses import replace

from django import template
from django.db.models import Count, Q

from accounts.models import MailState, Membership, Role
from core.addresses import readable
from diagnosis import vocabulary
from diagnosis.commands import filled_in
from diagnosis.explain import Explanation, explain_cause
from mailsettings import catalog
from oauth.models import Connection, ConnectionState
from sender import sending_state
from sender.explaining import meaning_of
from sender.models.message import OPEN_STATES
from sender.pages.outbox import breaking
from sender.sending_state import SendingState

register = template.Library()


register.filter("readable", readable)
register.filter("breaking", breaking)


@register.filter
def meaning(reply: str, method: catalog.Method) -> Explanation:
    """What a server's answer about one recipient means."""
    return meaning_of(reply, method)


@register.filter
def mail_state_label(state: str) -> str:
    """As `get_mail_state_display`, which looks through all choices each time: a third of a long list's time."""
    return str(MailState(state).label)


@register.filter
def role_label(role: str) -> str:
    return str(Role(role).label)


@register.filter
def way_label(method: str) -> str:
    """A way of sending by its name."""
    return catalog.label_of(method)


@register.filter
def way_reason(method: str) -> str:
    """Why mail leaves by a way of the company: for whom it is. A person's own way needs no reason; "" then."""
    known = catalog.METHODS.get(method)
    return str(known.summary) if known and known.owner == catalog.Owner.COMPANY else ""


@register.simple_tag
def sending_state_of(person: Membership) -> SendingState:
    return sending_state.state_of(person)


@register.filter
def explained(state: SendingState) -> Explanation | None:
    """What keeps somebody's mail from leaving, in words for the company's staff; None when nothing does."""
    if state.tone != "bad" or state.mailbox is None:
        return None
    box = state.mailbox
    found = explain_cause(state.cause, raw=box.cause_raw, provider=catalog.at_whom(box.method)[0])
    return replace(filled_in(found, mailbox=box.account), todo=found.todo_for("company_admin"))


@register.filter
def cause_title(slug: str) -> str:
    """A cause by its headline; a headline stays one."""
    known = vocabulary.cause(slug)
    return str(known.title) if known.slug == slug else slug


@register.simple_tag
def losses(person: Membership) -> dict[str, object]:
    """What is deleted with a membership (`gone`, in words), and how many messages stay and wait."""
    connections = Connection.objects.filter(membership=person).exclude(state=ConnectionState.DISCONNECTED)
    is_open = Count("pk", filter=Q(state__in=OPEN_STATES))
    counts = person.outbox.aggregate(messages=Count("pk"), waiting=is_open)
    return {"gone": [*person.credentials.defer("ciphertext"), *connections], **counts}
