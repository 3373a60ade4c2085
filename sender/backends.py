"""The e-mail backend for a Django project that runs Postroom's apps: hands over within its own transaction.

    EMAIL_BACKEND = "sender.backends.PostroomBackend"
    POSTROOM = {"company": "NordicFreight"}

A project elsewhere uses `postroom.backend.PostroomBackend`; how a message is read is the same.
"""

from collections.abc import Sequence
from dataclasses import asdict

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.addresses import stored
from core.errors import InputError
from postroom import messages
from postroom.base import HandingOver
from postroom.errors import NotTaken
from sender.mime import Attachment
from sender.mime.address import parse_list
from sender.routing import NoRoute
from sender.services import Draft, IdempotencyClash, RawMessage, submit

__all__ = ["NotTaken", "PostroomBackend"]


class PostroomBackend(HandingOver):
    """Counts as sent what is stored; its id is then the message's `postroom_id`.

    Company and person: the headers X-Postroom-Company and X-Postroom-Person, else the setting `POSTROOM`
    (`company`, `person`), else the one company that the person of the From address belongs to.
    """

    def __init__(
        self, fail_silently: bool = False, *, company: str = "", person: str = "", **options: object
    ) -> None:
        super().__init__(fail_silently=fail_silently, **options)
        given = getattr(settings, "POSTROOM", {})
        self.company = company or given.get("company", "")
        self.person = person or given.get("person", "")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were stored. Raises NotTaken at the first that was not, unless `fail_silently`."""
        return sum(self.send_one(message) for message in email_messages or ())

    def hand_over(self, message: EmailMessage) -> str:
        """The id of the stored message. Raises NotTaken."""
        try:
            row = submit(
                self._membership(message),
                _as_submitted(message, self._address(message)),
                submitted_by="Django",
                idempotency_key=messages.header(message, messages.ONCE),
            )
        except NoRoute as error:
            cause = error.refused[-1].cause if error.refused else "no_way"
            raise NotTaken(str(error) or _("No way of sending is set up."), cause=cause) from None
        except InputError as error:
            cause = "idempotency_clash" if isinstance(error, IdempotencyClash) else "invalid"
            raise NotTaken(error.message, cause=cause, field=error.field) from None
        return str(row.pk)

    def _address(self, message: EmailMessage) -> str:
        return messages.header(message, messages.PERSON) or self.person or messages.author(message)

    def _membership(self, message: EmailMessage) -> Membership:
        """Raises NotTaken."""
        address = self._address(message)
        company = messages.header(message, messages.COMPANY) or self.company
        if not (address + company).isprintable():
            raise NotTaken(
                _("The address of the person who sends is not valid."), cause="invalid", field="as"
            )
        rows = Membership.objects.select_related("company", "user")
        rows = rows.filter(user__email=stored(address), user__is_active=True, company__is_active=True)
        found = list((rows.filter(company__code__iexact=company) if company else rows)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            sentence = _(
                "%(address)s belongs to several companies. Name one: POSTROOM or X-Postroom-Company."
            )
        else:
            sentence = _(
                "Nobody with the address %(address)s is known here. From, or POSTROOM, names the person."
            )
        raise NotTaken(sentence % {"address": address}, cause="person_not_allowed", field="as")


def _as_submitted(message: EmailMessage, person: str) -> Draft | RawMessage:
    """Raises InputError for an address that is none."""
    if parts := messages.parts_of(message):
        given = asdict(parts)
        files = [Attachment(**file) for file in given.pop("attachments")]
        return Draft(**given, attachments=files)
    named = [parse_list(each, "recipients") for each in messages.recipients(message)]
    addresses = [mailbox.address for boxes in named for mailbox in boxes]
    return RawMessage(messages.as_bytes(messages.finished(message, person)), addresses)
