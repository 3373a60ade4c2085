"""Django's e-mail messages as Postroom takes them: in parts where parts can say it, else finished and whole.

In parts, Postroom writes From and Reply-To as the person's way of sending wants them. Finished, it sends what Django
made, byte for byte. https://docs.djangoproject.com/en/5.2/topics/email/
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from email.utils import getaddresses, parseaddr

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives

from postroom.errors import NotTaken

COMPANY, PERSON, ONCE = "X-Postroom-Company", "X-Postroom-Person", "X-Postroom-Idempotency-Key"
OURS = (COMPANY, PERSON, ONCE)  # they say how to hand over, and are not sent
# Who sets these writes his own header: the message goes as he made it.
_OWN = {"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version"}
_OWN_BEGINNINGS = ("content-", "resent-")
_UTF8 = (None, "utf-8", "utf8")


@dataclass(frozen=True, slots=True)
class File:
    filename: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The names are those of `sender.services.Draft` and of the REST API."""

    to: list[str]
    cc: list[str]
    bcc: list[str]
    reply_to: list[str]
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: list[File]
    headers: dict[str, str]
    from_name: str


def header(message: EmailMessage, name: str) -> str:
    """The value of a further header, "" without it; header names know no case."""
    found = (value for key, value in message.extra_headers.items() if key.lower() == name.lower())
    return str(next(found, ""))


def author(message: EmailMessage) -> str:
    """The one address that From shows; "" for none or several, as From then speaks for others, too."""
    found = getaddresses([header(message, "From") or str(message.from_email)])
    return found[0][1] if len(found) == 1 else ""


def recipients(message: EmailMessage) -> list[str]:
    return _texts(message.recipients())


def check_lines(message: EmailMessage) -> None:
    """Raises BadHeaderError for a line break in a header, as Django does: views catch it by that name."""
    fields = [("Subject", message.subject), ("From", message.from_email)]
    kinds = {"To": message.to, "Cc": message.cc, "Bcc": message.bcc, "Reply-To": message.reply_to}
    fields += [(name, value) for name, values in kinds.items() for value in values]
    fields += [
        pair for name, value in message.extra_headers.items() for pair in ((name, value), (name, name))
    ]
    for name, value in fields:
        if "\n" in str(value) or "\r" in str(value):
            raise BadHeaderError(f"Header values can't contain newlines (header {name.splitlines()[0]!r})")


def parts_of(message: EmailMessage) -> Parts | None:
    """The message in parts; None where they cannot say all of it."""
    texts = _text_and_html(message)
    files = [_file(each) for each in message.attachments]
    is_own = any(map(_is_own, message.extra_headers)) or not _is_plain(message)
    if texts is None or None in files or is_own or any("=?" in each for each in _addresses(message)):
        return None
    ours = {name.lower() for name in OURS}
    return Parts(
        to=_texts(message.to),
        cc=_texts(message.cc),
        bcc=_texts(message.bcc),
        reply_to=_texts(message.reply_to),
        subject=str(message.subject),
        text=texts[0],
        html=texts[1],
        attachments=files,
        from_name=parseaddr(str(message.from_email))[0],
        headers={
            name: str(value) for name, value in message.extra_headers.items() if name.lower() not in ours
        },
    )


def _addresses(message: EmailMessage) -> list[str]:
    """Names in them may be encoded words already (RFC 2047), as `email.utils.formataddr` makes them."""
    kinds = (message.to, message.cc, message.bcc, message.reply_to)
    return [str(message.from_email), *(address for kind in kinds for address in _texts(kind))]


def _is_plain(message: EmailMessage) -> bool:
    """Whether it is put together as Django does, and not by a class or a layout of the project's own."""
    made_by = (type(message).message, type(message)._create_message)
    own = [(each.message, each._create_message) for each in (EmailMessage, EmailMultiAlternatives)]
    is_utf8 = message.encoding in _UTF8 and settings.DEFAULT_CHARSET in _UTF8
    usual = (
        message.mixed_subtype == "mixed"
        and getattr(message, "alternative_subtype", "alternative") == "alternative"
    )
    return made_by in own and is_utf8 and usual


def _is_own(name: str) -> bool:
    return name.lower() in _OWN or name.lower().startswith(_OWN_BEGINNINGS)


def _text_and_html(message: EmailMessage) -> tuple[str, str] | None:
    body, others = str(message.body), list(getattr(message, "alternatives", ()))
    if message.content_subtype == "html" and not others:
        return "", body
    if message.content_subtype != "plain":
        return None
    if not others:
        return body, ""
    is_html = len(others) == 1 and others[0][1] == "text/html" and isinstance(others[0][0], str)
    return (body, others[0][0]) if is_html else None


def _file(attachment: object) -> File | None:
    """None for a part that the project made by itself, a message within the message, and types with parameters."""
    if isinstance(attachment, Message):
        return None
    filename, content, content_type = attachment
    content = content.encode() if isinstance(content, str) else content
    simple = isinstance(content, bytes) and ";" not in (content_type or "")
    if not simple or (content_type or "").lower().startswith(("message/", "multipart/")):
        return None
    return File(filename or "", content, content_type or "")


def finished(message: EmailMessage, person: str) -> Message:
    """The whole message as Django makes it, without Bcc. Without From, too, unless that names the person.

    Postroom then writes the From of the person's way.
    """
    whole = message.message()
    gone = [*OURS, "Bcc", "Resent-Bcc"]
    if not is_same(author(message), person):
        gone.append("From")
    for name in gone:
        del whole[name]
    return whole


def finished_for_all(message: EmailMessage, person: str) -> Message:
    """As `finished`, and its header names every recipient, for a door that sends to whom the header names.

    Raises NotTaken when To or Cc show somebody who is not to get it.
    """
    whole = finished(message, person)
    shown = _shown(whole)
    wanted = {_plain(parseaddr(each)[1]): each for each in recipients(message)}
    if others := sorted(shown - set(wanted)):
        sentence = f"To or Cc shows {others[0]}, who is not among the recipients; nothing was sent."
        raise NotTaken(sentence, cause="invalid", field="to")
    if hidden := [each for address, each in wanted.items() if address not in shown]:
        whole["Bcc"] = ", ".join(hidden)
    return whole


def _shown(whole: Message) -> set[str]:
    """The addresses in To and Cc. Raises NotTaken where another reader might find more of them."""
    texts = _texts([*whole.get_all("To", []), *whole.get_all("Cc", [])])
    found = [address for _name, address in getaddresses(texts)]
    if any("@" in text for text in texts) and not all(found):
        raise NotTaken("To or Cc cannot be read; nothing was sent.", cause="invalid", field="to")
    return {_plain(address) for address in found if address}


def as_bytes(whole: Message) -> bytes:
    return whole.as_bytes(linesep="\r\n")


def is_same(address: str, other: str) -> bool:
    return _plain(address) == _plain(other)


def _plain(address: str) -> str:
    """For comparing: domains differ in their spelling, too, where they are not ASCII."""
    local, _at, domain = address.strip().casefold().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"


def _texts(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values if value]
