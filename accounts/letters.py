"""How the portal's own letters to people leave: by the operator's mailbox, or by the company's own way.

The operator's (EMAIL_URL) comes first: it does not depend on what a company may have to mend. What knows companies'
ways stands above this app, and says here how it carries a letter.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.addresses import wire_form
from core.errors import PostroomError

_TIMEOUT_S = 10
_NOT_REAL_MAIL = ("console", "dummy", "filebased")


class NotSent(PostroomError):
    """No letter leaves now; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Text:
    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """`way` names the person's way, or raises NotSent; `carry` hands a letter over by it, or raises NotSent."""

    way: Callable[[Membership], str]
    carry: Callable[[Membership, Text], None]


_carriers: list[Carrier] = []


def register(carrier: Carrier) -> None:
    _carriers[:] = [carrier]


def sends_real_mail() -> bool:
    """Whether the portal itself can send mail, as the operator set it up (EMAIL_URL)."""
    return settings.EMAIL_BACKEND.split(".")[-2] not in _NOT_REAL_MAIL


def way_of(by: Membership | None) -> str:
    """How a letter of this person would leave, as a sentence. Raises NotSent."""
    if sends_real_mail():
        return _("The letters leave from this portal's own mailbox.")
    if by is None:
        raise NotSent(_("Whoever started it is no member of the company any more."))
    return _("The letters leave as mail of yours: %(way)s") % {"way": _carriers[0].way(by)}


def send(text: Text, by: Membership | None) -> None:
    """Send it now, or hand it over to the company's outbox as mail of `by`. Raises NotSent."""
    if not by_operator(text):
        by_company(text, by)


def by_operator(text: Text) -> bool:
    """Whether the operator's mailbox took it. It asks a server: never within a transaction."""
    if not sends_real_mail():
        return False
    message = EmailMessage(
        text.subject, text.body, to=[wire_form(text.to)], connection=get_connection(timeout=_TIMEOUT_S)
    )
    try:
        message.send()
    except OSError:  # smtplib's errors are OSErrors too
        return False
    return True


def by_company(text: Text, by: Membership | None) -> None:
    """Hand it over to the company's outbox as mail of `by`. Raises NotSent."""
    if by is None:
        raise NotSent(_("The portal's own mailbox did not take it, and nobody's own mail can carry it."))
    _carriers[0].carry(by, text)
