"""A message made from its parts: text, HTML, attachments, inline images.

The header lines are written here and not by `email.policy`: up to Python 3.11.9 that turns encoded words in
user text into header lines (CVE-2024-6923) and loses quotes when it folds names that look like addresses.
"""

import mimetypes
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils.translation import gettext as _

from sender.mime.address import checked_address
from sender.mime.frozen import Frozen, MessageRefused, kinds_without_doubles
from sender.mime.header import list_field, named_mailbox, read_header, text_field
from sender.mime.raw import freeze_raw, new_message_id

_POLICY = SMTP.clone(cte_type="7bit")  # what is made here passes servers without 8BITMIME
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]{1,70}")
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=^_.{|}~@-]{1,200}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
# Written here from the other arguments, or told by the servers on the way.
_RESERVED = frozenset(
    ["from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version"]
)
_RESERVED_BEGINNINGS = (
    *("content-", "resent-", "received", "return-path", "delivered-to"),
    *("dkim-", "arc-", "authentication-", "x-ms-exchange-"),
)
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
# base64 is not allowed for these (RFC 2046 section 5.2.1): sent as plain files, they arrive unchanged.
_NOT_AS_FILES = ("message", "multipart")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; with `content_id` an inline image that the HTML shows as `cid:…`."""

    filename: str
    content: bytes = field(repr=False)
    content_type: str = ""  # told from the file's name when empty
    content_id: str = ""  # without angle brackets


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
    kinds = {kind: _mailboxes(given, kind) for kind, given in (("to", to), ("cc", cc), ("bcc", bcc))}
    to_, cc_, bcc_ = kinds_without_doubles(
        *([address for _name, address in boxes] for boxes in kinds.values())
    )
    if not to_ and not cc_ and not bcc_:
        raise MessageRefused(_("The message has no recipient. Give at least one address."), "to")
    shown = {"From": [named_mailbox(_clean(sender_name, "sender_name"), author)]}
    shown |= {"Sender": [envelope_from] if envelope_from != author else []}
    shown |= {name: _shown(kinds[name.lower()]) for name in ("To", "Cc")}
    shown["Reply-To"] = _shown(_mailboxes(reply_to, "reply_to"))
    own_id = _checked_message_id(message_id) if message_id else new_message_id(author)
    lines = [list_field(name, members) for name, members in shown.items() if members]
    lines += [text_field("Subject", _clean(subject, "subject"))]
    lines += [f"Date: {format_datetime(date)}\r\nMessage-ID: {own_id}\r\n".encode()]
    lines += [_extra(name, value) for name, value in headers.items()]
    mime = b"".join(lines) + _content(text, html, attachments)
    _check_header(mime, [*(name for name in shown if shown[name]), "Subject", "Date", "Message-ID", *headers])
    frozen = freeze_raw(mime, sender=envelope_from, recipients=to_ + cc_ + bcc_, date=date)
    return Frozen(frozen.mime, envelope_from, to_, cc_, bcc_, own_id, subject)


def _mailboxes(given: Sequence[str], kind: str) -> list[tuple[str, str]]:
    """(display name, address) of each; text before the last `<` is a name, whatever it looks like."""
    found = []
    for item in given:
        name, mark, rest = _clean(item, kind).strip().rpartition("<")
        address = rest[:-1] if mark and rest.endswith(">") else item
        name = re.sub(r"\\(.)", r"\1", name.strip().removeprefix('"').removesuffix('"'))
        found.append((name.strip(), checked_address(address, kind)))
    return found


def _shown(mailboxes: list[tuple[str, str]]) -> list[str]:
    return [named_mailbox(name, address) for name, address in mailboxes]


def _clean(text: str, kind: str) -> str:
    """Text for a header line, refused if it could become a line of its own or decode into something else."""
    if not text.isprintable() and any(unicodedata.category(each) in _UNPRINTABLE for each in text):
        sentence = _("This text contains a line break or another control character. Write it on one line.")
        raise MessageRefused(sentence, kind)
    _before, mark, after = text.partition("=?")
    if mark and "?=" in after:
        raise MessageRefused(_("This text contains “=?…?=”. Write the characters themselves."), kind)
    return text


def _checked_message_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(_clean(message_id, "message_id")) or "@" not in message_id:
        raise MessageRefused(_("The Message-ID must look like <something@company.example>."), "message_id")
    return message_id


def _extra(name: str, value: str) -> bytes:
    lower = name.lower()
    if not _HEADER_NAME.fullmatch(name) or lower in _RESERVED or lower.startswith(_RESERVED_BEGINNINGS):
        shown = "".join(c for c in name if c.isprintable())[:70]
        raise MessageRefused(_("The header “%(name)s” cannot be set here.") % {"name": shown}, "headers")
    return text_field(name, _clean(value, "headers"))


def _check_header(mime: bytes, expected: list[str]) -> None:
    """Whatever the text was, the header must hold the lines meant and no others."""
    written = [item.name for item in read_header(mime) if not item.name.startswith("content-")]
    if written != [*(name.lower() for name in expected), "mime-version"]:
        raise MessageRefused(_("The message's header could not be written safely."), "headers")


def _content(text: str, html: str, attachments: Sequence[Attachment]) -> bytes:
    """The MIME header lines and the body."""
    message = EmailMessage(_POLICY)
    if text or not html:
        message.set_content(_body(text, "text"))
    if html:
        add_html = message.add_alternative if text else message.set_content
        add_html(_body(html, "html"), subtype="html")
    for attachment in attachments:
        _attach(message, attachment)
    del message["MIME-Version"]
    return b"MIME-Version: 1.0\r\n" + message.as_bytes()


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind = _content_type(attachment)
    options = {"filename": _clean(attachment.filename, "attachments") or "file"}
    if not attachment.content_id:
        message.add_attachment(attachment.content, *kind, **options)
        return
    html = message.get_body(("html",))
    if html is None or not _CONTENT_ID.fullmatch(attachment.content_id):
        raise MessageRefused(
            _("An inline image needs an HTML text and a content id of plain letters and digits."),
            "attachments",
        )
    html.add_related(
        attachment.content, *kind, cid=f"<{attachment.content_id}>", disposition="inline", **options
    )


def _content_type(attachment: Attachment) -> tuple[str, str]:
    guessed, encoding = mimetypes.guess_type(attachment.filename)
    named = attachment.content_type or (guessed if guessed and not encoding else "application/octet-stream")
    if not _CONTENT_TYPE.fullmatch(named):
        raise MessageRefused(_("A content type must look like “application/pdf”."), "attachments")
    main, _slash, sub = named.lower().partition("/")
    return ("application", "octet-stream") if main in _NOT_AS_FILES else (main, sub)


def _body(text: str, kind: str) -> str:
    if "\0" in text or not _is_unicode(text):
        raise MessageRefused(_("The text contains characters that mail cannot carry."), kind)
    return text


def _is_unicode(text: str) -> bool:
    """Lone surrogates cannot be written in any encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
