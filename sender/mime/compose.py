"""A message made from its parts: text, HTML, attachments, inline images.

The header lines are written here and not by `email.policy`: up to Python 3.11.9 that turns encoded words in
user text into header lines (CVE-2024-6923) and loses quotes when it folds names that look like addresses.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from sender.mime import body
from sender.mime.address import checked_address
from sender.mime.body import Attachment
from sender.mime.frozen import Frozen, MessageRefused, kinds_without_doubles
from sender.mime.header import clean, list_field, named_mailbox, section_of, text_field
from sender.mime.raw import MAX_LINE_BYTES, check_size, new_message_id

_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]{1,70}")
# An address that ends before the next one begins, outside of quotes: who wrote so wants both to get the mail.
_SEVERAL = re.compile(r"""\A(?:[^"]*<)?[^\s"<>,;@]+@[^\s"<>,;@]+>?\s*[,;]""")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
# Written here from the other arguments, or told by the servers on the way.
_RESERVED = frozenset(
    ["from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version"]
)
_RESERVED_BEGINNINGS = (
    *("content-", "resent-", "received", "return-path", "delivered-to"),
    *("dkim-", "arc-", "authentication-", "x-ms-exchange-"),
)


def compose(
    *,
    sender: str,
    sender_name: str = "",
    actual_sender: str = "",
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    reply_to: Sequence[str] = (),
    subject: str = "",
    text: str = "",
    html: str = "",
    attachments: Sequence[Attachment] = (),
    headers: Mapping[str, str] = {},
    date: datetime,
    message_id: str | None = None,
) -> Frozen:
    """The message as it will be sent, and its envelope.

    `actual_sender` sends on behalf of `sender`: it stands in the Sender line and gets what bounces (RFC 5322
    section 3.6.2). Recipients are `address` or `name <address>`, one to an item. `date` is aware. `headers` are
    further ones (In-Reply-To, References, X-…); those that decide where the mail goes or how it reads cannot be set.
    Raises MessageRefused, its `field` the argument at fault: control characters and encoded words in header
    text (header injection), malformed addresses, reserved headers, no recipient.
    """
    author = checked_address(sender, "sender")
    envelope_from = checked_address(actual_sender, "actual_sender") if actual_sender else author
    boxes = _mailboxes(to, "to"), _mailboxes(cc, "cc"), _mailboxes(bcc, "bcc")
    to_, cc_, bcc_ = kinds_without_doubles(*([address for _name, address in kind] for kind in boxes))
    if not to_ and not cc_ and not bcc_:
        raise MessageRefused(_("The message has no recipient. Give at least one address."), "to")
    shown = {"From": [named_mailbox(clean(sender_name, "sender_name"), author)]}
    shown["Sender"] = [envelope_from] if envelope_from != author else []
    shown["To"], shown["Cc"] = _shown(boxes[0]), _shown(boxes[1])
    shown["Reply-To"] = _shown(_mailboxes(reply_to, "reply_to"))
    own_id = _checked_message_id(message_id) if message_id else new_message_id(author)
    lines = [list_field(name, members) for name, members in shown.items() if members]
    lines += [text_field("Subject", clean(subject, "subject"))]
    lines += [f"Date: {_written(date)}\r\nMessage-ID: {own_id}\r\n".encode()]
    lines += [_extra(name, value) for name, value in headers.items()]
    mime = b"".join([*lines, body.write(text, html, attachments)])
    _check_header(mime, [*(name for name in shown if shown[name]), "Subject", "Date", "Message-ID", *headers])
    check_size(mime)
    return Frozen(mime, envelope_from, to_, cc_, bcc_, own_id, subject)


def _written(date: datetime) -> str:
    return _written_second(date.replace(microsecond=0, tzinfo=None), date.utcoffset())


@lru_cache(maxsize=16)  # thousands of messages may be made within a second
def _written_second(local: datetime, offset: timedelta) -> str:
    return format_datetime(local.replace(tzinfo=timezone(offset)))


def _mailboxes(given: Sequence[str], kind: str) -> list[tuple[str, str]]:
    """(display name, address) of each; text before the last `<` is a name, whatever it looks like."""
    found = []
    for item in given:
        name, mark, rest = clean(item, kind).strip().rpartition("<")
        address = rest[:-1] if mark and rest.endswith(">") else item
        if _SEVERAL.search(address if address is item else name):
            sentence = _("“%(addresses)s” is more than one address. Give each as an entry of its own.")
            raise MessageRefused(sentence % {"addresses": item.strip()[:80]}, kind)
        name = re.sub(r"\\(.)", r"\1", name.strip().removeprefix('"').removesuffix('"'))
        found.append((name.strip(), checked_address(address, kind)))
    return found


def _shown(mailboxes: list[tuple[str, str]]) -> list[str]:
    return [named_mailbox(name, address) for name, address in mailboxes]


def _checked_message_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(clean(message_id, "message_id")) or "@" not in message_id:
        raise MessageRefused(_("The Message-ID must look like <something@company.example>."), "message_id")
    return message_id


def _extra(name: str, value: str) -> bytes:
    lower = name.lower()
    if not _HEADER_NAME.fullmatch(name) or lower in _RESERVED or lower.startswith(_RESERVED_BEGINNINGS):
        shown = "".join(c for c in name if c.isprintable())[:70]
        raise MessageRefused(_("The header “%(name)s” cannot be set here.") % {"name": shown}, "headers")
    return text_field(name, clean(value, "headers"))


def _check_header(mime: bytes, expected: list[str]) -> None:
    """Whatever the text was, the header must hold the lines meant and no others, none of them too long."""
    section = section_of(mime).removesuffix(b"\r\n")
    lines = section.split(b"\r\n")
    starts = [line.partition(b":")[0] for line in lines if not line.startswith((b" ", b"\t"))]
    names = b":".join(name for name in starts if not name.startswith(b"Content-")).lower()
    is_whole = section.count(b"\r") == section.count(b"\n") == len(lines) - 1 and b"\0" not in section
    is_whole = is_whole and max(map(len, lines)) <= MAX_LINE_BYTES
    if not is_whole or names != ":".join([*expected, "mime-version"]).lower().encode():
        raise MessageRefused(_("The message's header could not be written safely."), "headers")
