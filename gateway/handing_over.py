"""A message that came in whole: as whom it goes, whether it came before, and then into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import structlog
from django.db import close_old_connections
from django.utils import timezone, translation

from accounts.models import Membership
from api import keys
from api.authors import is_own
from api.models import ApiKey
from core.errors import InputError
from gateway import repeats, replies
from gateway.reading import Refused
from gateway.sign_in import SignedIn, still
from sender.mime import read_top
from sender.mime.raw import Top
from sender.models import OutboxMessage
from sender.routing import NoRoute
from sender.services import IdempotencyClash, RawMessage, submit
from sender.statements import TROUBLE

NOT_ALLOWED, NO_WAY = "550 5.7.60", "550 5.7.1"
_CODES = {"attachments": "552 5.3.4", "recipients": "553 5.1.3"}  # by what is wrong with the message
_WRONG_CONTENT = "554 5.6.0"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Letter:
    """What one transaction brought."""

    mail_from: str
    recipients: Sequence[str]
    data: bytes = field(repr=False)


def hand_over(who: SignedIn, letter: Letter) -> str:
    """Store it and return the reply: 250 means that it is committed, anything else that nothing was stored."""
    close_old_connections()
    with translation.override("en"), timezone.override(ZoneInfo(who.key.company.time_zone)):
        try:
            return _taken(who, letter)
        except Refused as refused:
            reply = refused.reply
        except NoRoute as error:
            reply = replies.sentence(NO_WAY, str(error))
        except InputError as error:
            reply = replies.sentence(_CODES.get(error.field, _WRONG_CONTENT), error.message)
        except TROUBLE:
            log.warning("a message could not be stored", key=who.key.prefix, exc_info=True)
            return replies.NOT_NOW
    log.info("message refused", key=who.key.prefix, reply=reply[:9])
    return reply


def _taken(who: SignedIn, letter: Letter) -> str:
    key = still(who)
    top = read_top(letter.data)
    person = _person(key, who.person, top, letter.mail_from)
    once = repeats.Once(key, person, top, letter.recipients)
    keys.used(key)  # before it is stored: afterwards nothing may fail any more
    message, word = once.earlier(), "taken before"
    if message is None:
        message, word = _stored(key, person, RawMessage(top.message, list(letter.recipients)), once), "taken"
    log.info("message " + word, key=key.prefix, outbox_id=str(message.pk))
    return f"{replies.OK}: {word} as {message.pk}"


def _stored(key: ApiKey, person: Membership, message: RawMessage, once: repeats.Once) -> OutboxMessage:
    try:
        return submit(person, message, submitted_by=f"SMTP: {key.name}", idempotency_key=once.today)
    except IdempotencyClash:  # stored meanwhile, or its header lines are not quite those of the first time
        if earlier := once.earlier():
            return earlier
        raise


def _person(key: ApiKey, signed_in: Membership | None, top: Top, mail_from: str) -> Membership:
    """As whom the message goes: From decides, and names one person for whom the key is. Raises Refused."""
    if len(top.authors) > 1:
        raise Refused(replies.sentence(NOT_ALLOWED, "From names more than one address. Leave one."))
    author = top.authors[0] if top.authors else ""
    found = keys.person(key, author or (signed_in.user.email if signed_in else mail_from))
    if found is None and author and signed_in and is_own(key, author, signed_in):
        found = signed_in
    if found is None:
        named = author or (signed_in.user.email if signed_in else mail_from) or "an empty address"
        text = (
            f"The API key may not send as {named}. From must be the address of a person for whom the key is."
        )
        raise Refused(replies.sentence(NOT_ALLOWED, text))
    return found
