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
from sender.services import IdempotencyClash, RawMessage, Submission, submit_unused
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
    top = read_top(letter.data)
    key, person = _as_whom(who, top, letter.mail_from)
    once = repeats.Once(key, person, top, letter.recipients)
    keys.used(key)  # before it is stored: afterwards nothing may fail any more
    message, word = once.earlier(), "taken before"
    if message is None:
        message, word = _stored(key, person, RawMessage(top.message, list(letter.recipients)), once), "taken"
    log.info("message " + word, key=key.prefix, outbox_id=str(message.pk))
    return f"{replies.OK}: {word} as {message.pk}"


def _stored(key: ApiKey, person: Membership, message: RawMessage, once: repeats.Once) -> OutboxMessage:
    wanted = Submission(message, idempotency_key=once.today)
    try:
        return submit_unused(person, wanted, submitted_by=f"SMTP: {key.name}")
    except IdempotencyClash:  # stored meanwhile, and its header lines are not quite those of this one
        if earlier := once.earlier():
            return earlier
        raise


def _as_whom(who: SignedIn, top: Top, mail_from: str) -> tuple[ApiKey, Membership]:
    """The key, and as whom the message goes: From decides, and names one person for whom it is. Raises Refused."""
    author = ", ".join(top.authors)  # two are nobody's address
    named = author or (who.person.user.email if who.person else mail_from)
    key, found = still(who, named)
    if len(top.authors) > 1:
        raise Refused(replies.sentence(NOT_ALLOWED, "From names more than one address. Leave one."))
    if found is None and author and who.person and is_own(key, author, who.person):
        found = who.person
    if found is None:
        text = (
            f"The API key may not send as {named or 'an empty address'}. "
            "From must be the address of a person for whom the key is."
        )
        raise Refused(replies.sentence(NOT_ALLOWED, text))
    return key, found
