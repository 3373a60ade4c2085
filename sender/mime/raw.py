"""A finished message taken as it is: every byte kept, apart from what must change to be sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as of_class
from datetime import datetime
from email.utils import format_datetime
from uuid import uuid4

from django.utils.translation import gettext as _

from sender.mime.address import checked_address, parse_list
from sender.mime.frozen import Frozen, MessageRefused, kinds_without_doubles
from sender.mime.header import Field, decoded, read_header, section_of, without

MAX_BYTES = 150 * 1024 * 1024  # Exchange takes no larger message in any way
MAX_LINE_BYTES = 998  # RFC 5322 section 2.1.1

_LINE_END = re.compile(rb"\r++\n?|\n")
_MBOX_LINE = re.compile(rb"From (?![ \t]*:)[^\r\n]*\r\n")
_BLIND = ("bcc", "resent-bcc")
_RESENT_TO = ("resent-to", "resent-cc", "resent-bcc")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")


def freeze_raw(
    raw: bytes,
    *,
    sender: str,
    actual_sender: str = "",
    recipients: Sequence[str] | None = None,
    date: datetime,
    max_bytes: int = MAX_BYTES,
) -> Frozen:
    """The message as it will be sent, and its envelope.

    Changed, and nothing else: bare line feeds and carriage returns become CRLF; an mbox `From ` line goes;
    Bcc and Resent-Bcc go from the header (RFC 5322 section 3.6.3 leaves this to the sender of the mail); a
    missing From (`sender`), Date (`date`, aware) or Message-ID is put on top. One without a value is missing.
    Where `actual_sender` sends on behalf of `sender`, and From names another than him, so is a missing Sender.

    `recipients=None` takes those of To, Cc and Bcc. Given, they are exactly those who get the mail, whatever
    the header says, and count as To or Cc where the header names them so, else as Bcc.
    Raises MessageRefused for what no server takes, or what servers read in different ways.
    """
    message = _as_lines(raw, max_bytes)
    header = read_header(message)
    _check(message, header)
    author = checked_address(sender, "sender")
    envelope_from = checked_address(actual_sender, "actual_sender") if actual_sender else author
    to, cc, bcc = _from_header(header) if recipients is None else _as_given(header, recipients)
    if not to and not cc and not bcc:
        raise MessageRefused(_("The message has no recipient. Give at least one address."), "recipients")
    message, message_id = _completed(message, header, author, envelope_from, date)
    return Frozen(message, envelope_from, to, cc, bcc, message_id, _subject(header))


@dataclass(frozen=True, slots=True)
class Top:
    """What a finished message says of itself, read exactly as `freeze_raw` reads it."""

    message: bytes = of_class(repr=False)  # with the line ends that it will be sent with
    authors: tuple[str, ...]  # whom From names
    message_id: str  # "" where there is none

    @property
    def body(self) -> bytes:
        return self.message[len(section_of(self.message)) :]


def read_top(raw: bytes, max_bytes: int = MAX_BYTES) -> Top:
    """For those who decide by From whether to take a message. Raises MessageRefused, also for a doubtful From."""
    message = _as_lines(raw, max_bytes)
    header = read_header(message)
    own = next((each for each in header if each.name == "message-id" and each.value), None)
    return Top(message, tuple(_named(header, "from")), _message_id(own) if own else "")


def is_from(frozen: Frozen, address: str) -> bool:
    """Whether the From field names this address and nobody else."""
    return _names_only(read_header(frozen.mime), checked_address(address, "from"))


def _names_only(header: list[Field], author: str) -> bool:
    named = named_if_clear(header, "from")
    return [address.casefold() for address in named] == [author.casefold()]


def new_message_id(sender: str) -> str:
    """An id in the sender's domain; the standard library's would tell the host's name."""
    return f"<{uuid4().hex}@{sender.rpartition('@')[2]}>"


def _as_lines(raw: bytes, max_bytes: int) -> bytes:
    """With CRLF line ends and without an mbox line."""
    message = _with_line_ends(_plausible(raw, max_bytes))
    return _MBOX_LINE.sub(b"", message, count=1) if message.startswith(b"From ") else message


def _plausible(raw: bytes, max_bytes: int) -> bytes:
    if not raw.strip():
        raise MessageRefused(_("The message is empty."), "message")
    check_size(raw, max_bytes)
    if b"\0" in raw:
        raise MessageRefused(
            _("The message contains NUL bytes, which mail cannot carry. Encode such files as base64."),
            "message",
        )
    return raw


def check_size(message: bytes, max_bytes: int = MAX_BYTES) -> None:
    if len(message) > max_bytes:
        sentence = _("The message is larger than %(size)s MB. Send large files as a link instead.")
        raise MessageRefused(sentence % {"size": max_bytes // 1_048_576}, "message")


def _with_line_ends(raw: bytes) -> bytes:
    r"""All line ends as CRLF. `\r\r\n`, left behind by a double conversion, is one line end."""
    if raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r"):
        return raw
    return _LINE_END.sub(lambda end: b"\r\n" if b"\n" in end[0] else b"\r\n" * len(end[0]), raw)


def _check(message: bytes, header: list[Field]) -> None:
    if not header:
        raise MessageRefused(
            _("The message has no header. It must begin with lines such as “Subject: …”."), "message"
        )
    if number := _too_long_line(message):
        sentence = _(
            "Line %(number)s of the message is longer than %(limit)s bytes, which mail servers refuse."
        )
        raise MessageRefused(sentence % {"number": number, "limit": MAX_LINE_BYTES}, "message")
    if sum(field.name == "from" for field in header) > 1:
        raise MessageRefused(_("The message has more than one From line. Leave one."), "from")


def _too_long_line(message: bytes) -> int | None:
    """The number of the first line over the limit, of CRLF lines; looks at one line end in a thousand bytes."""
    start = 0
    while len(message) - start > MAX_LINE_BYTES:
        last = message.rfind(b"\n", start, start + MAX_LINE_BYTES + len(b"\r\n"))
        if last < 0:
            return message.count(b"\n", 0, start) + 1
        start = last + 1
    return None


def _from_header(header: list[Field]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    if any(field.name in _RESENT_TO and field.value for field in header):
        raise MessageRefused(
            _("The message was sent on before (it has Resent- lines), so its header does not tell who "
              "should get it now. Give the recipients."), "recipients"
        )  # fmt: skip
    return kinds_without_doubles(*(_named(header, kind) for kind in ("to", "cc", "bcc")))


def _as_given(
    header: list[Field], recipients: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    kinds: dict[str, list[str]] = {"to": [], "cc": [], "bcc": []}
    seen = {kind: {address.casefold() for address in named_if_clear(header, kind)} for kind in ("to", "cc")}
    for address in (checked_address(recipient, "recipients") for recipient in recipients):
        key = address.casefold()
        kinds["to" if key in seen["to"] else "cc" if key in seen["cc"] else "bcc"].append(address)
    return kinds_without_doubles(kinds["to"], kinds["cc"], kinds["bcc"])


def _named(header: list[Field], kind: str) -> list[str]:
    fields = [field for field in header if field.name == kind]
    return [mailbox.address for field in fields for mailbox in parse_list(field.text, kind)]


def named_if_clear(header: list[Field], kind: str) -> list[str]:
    """Whom the header names as To or Cc; nobody where that cannot be read."""
    try:
        return _named(header, kind)
    except MessageRefused:
        return []


def _completed(
    message: bytes, header: list[Field], author: str, sender: str, date: datetime
) -> tuple[bytes, str]:
    """The message without blind copies and with what was missing, and its Message-ID."""
    wanted = {
        "message-id": f"Message-ID: {new_message_id(author)}",
        "date": f"Date: {format_datetime(date)}",
        "from": f"From: {author}",
    }
    if sender != author and not _names_only(header, sender):
        wanted["sender"] = f"Sender: {sender}"
    present = {field.name for field in header if field.value}
    missing = [name for name in wanted if name not in present]
    gone = [field for field in header if field.name in _BLIND or field.name in missing]
    top = "".join(f"{wanted[name]}\r\n" for name in missing).encode()
    own = next((field for field in header if field.name == "message-id" and field.value), None)
    message_id = _message_id(own) if own else wanted["message-id"].partition(": ")[2]
    return top + without(message, gone), message_id


def _message_id(field: Field) -> str:
    found = _MESSAGE_ID.search(field.value.decode("utf-8", "replace"))
    return found.group() if found else decoded(field.value)


def _subject(header: list[Field]) -> str:
    return next((decoded(field.value) for field in header if field.name == "subject"), "")
