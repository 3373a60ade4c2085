"""What a signed-in mailbox may send, and storing what it sent."""

import re
import time

from aiosmtpd.smtp import Envelope

from sandbox import letters
from sandbox.context import Context
from sandbox.google.gmail import rewritten
from sandbox.graph.senders import with_sender
from sandbox.smtp import replies
from sandbox.world import Person

_BARE_LINEFEED = re.compile(rb"(?<!\r)\n")
_MINUTE_S = 60


def refuse_sender(context: Context, person: Person | None, address: str) -> str:
    """The refusal of MAIL FROM, or "". Without a person (the relay) and for the null sender all is fine."""
    if person is None:
        return ""
    if _too_fast(context, person):
        return replies.RATE
    if person.directory and address and not person.may_send_as(address):
        return replies.NOT_SENDER
    return ""


def refuse_content(person: Person | None, content: bytes) -> str:
    """The refusal after the final dot, or ""; the relay takes everything but the too big."""
    if len(content) > replies.SIZE_LIMIT_BYTES:
        return replies.TOO_BIG
    if person is None:
        return ""
    if _BARE_LINEFEED.search(content):
        return replies.BARE_LINEFEEDS
    for sender in letters.addresses(content, "from"):
        if person.directory and not person.may_send_for(sender):
            return replies.send_as_denied(person.address, sender)
    return ""


def store(context: Context, person: Person | None, envelope: Envelope) -> str:
    """Keep the message as transmitted, with a copy in the mailbox's Sent Items; returns its id after the commit."""
    context.requests["smtp.message"] += 1
    content = bytes(envelope.content)
    if person and person.directory:
        content = with_sender(content, person)
    elif person:
        content = rewritten(person, content)
    return context.mailroom.store(
        via="smtp" if person else "relay",
        mailbox=person.address if person else "",
        mail_from=envelope.mail_from or "",
        envelope=envelope.rcpt_tos,
        raw=content,
        sent_raw=content if person else None,
    )


def _too_fast(context: Context, person: Person) -> bool:
    """Messages in the last minute against the fault `smtp.rate`, which is how the limit is switched on."""
    limit = context.faults.take("smtp.rate", person.address)
    times = context.sent_at.setdefault(person.address, [])
    times[:] = [each for each in times if time.monotonic() - each < _MINUTE_S]
    if limit and limit.per_minute and len(times) >= limit.per_minute:
        return True
    times.append(time.monotonic())
    return False
