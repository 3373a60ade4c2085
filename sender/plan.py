"""Which call of Microsoft Graph carries a message, before anything is asked of Graph. Nothing here does I/O.

https://learn.microsoft.com/graph/api/user-sendmail, https://learn.microsoft.com/graph/outlook-large-attachments
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from core.sentences import decimal
from sender.mime import Frozen, for_graph
from sender.mime.parts import Part, read_parts
from sender.transports import graph_json

MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_MESSAGE_BYTES = 150 * 1024 * 1024
WRITE_PERMISSION = "Mail.ReadWrite"

_MAY_WRITE = {"mail.readwrite", "mail.readwrite.shared"}
_TAKEN_APART = ("multipart/mixed", "multipart/related", "multipart/alternative")


class Call(StrEnum):
    MIME = "mime"  # POST sendMail, the message's own bytes; a copy is kept in Sent Items
    JSON = "json"  # POST sendMail, the message as JSON; the only one that can leave the copy out
    UPLOAD = "upload"  # a draft, its large files in pieces, then send; a copy is kept
    NONE = "none"  # it cannot go this way; the note says why


@dataclass(frozen=True, slots=True)
class Plan:
    """`note` is a sentence for people where the call is not quite what was asked for.

    `content`: what goes into the request, for MIME before it is encoded; empty for an upload.
    """

    call: Call
    note: str = ""
    content: bytes = field(default=b"", repr=False)
    lacks: str = ""  # the permission with which it could go


def plan(frozen: Frozen, *, save_to_sent: bool, scopes: Iterable[str]) -> Plan:
    """The call for this message. `scopes` are those granted, by short or full name."""
    copied = ""
    if not save_to_sent:
        as_json = _Json(frozen, save_to_sent)
        if as_json.fits:
            return Plan(Call.JSON, content=as_json.body)
        copied = _copied(as_json.why_not or _("it is too large for that"))
    mime = for_graph(frozen)
    if encoded_bytes(len(mime)) <= MAX_REQUEST_BYTES:
        return Plan(Call.MIME, copied, mime)
    if len(mime) > MAX_MESSAGE_BYTES:
        return Plan(Call.NONE, _beyond_all(len(mime)))
    may_write = any(scope.rpartition("/")[2].lower() in _MAY_WRITE for scope in scopes)
    goes_up = encoded_bytes(len(mime) - _size(to_upload(mime))) <= MAX_REQUEST_BYTES
    if may_write and goes_up:
        return Plan(Call.UPLOAD, copied)
    as_json = _Json(frozen, save_to_sent)
    if as_json.fits:
        return Plan(Call.JSON, content=as_json.body)
    note = _too_large(encoded_bytes(len(mime)), goes_up)
    return Plan(Call.NONE, note, lacks=WRITE_PERMISSION if goes_up else "")


def to_upload(mime: bytes) -> list[Part]:
    """The fewest files to take out, the largest first, so that the rest fits into one request."""
    gone: list[Part] = []
    left = len(mime)
    for part in sorted(_files(read_parts(mime)), key=lambda each: each.start - each.end):
        if encoded_bytes(left) <= MAX_REQUEST_BYTES:
            break
        gone.append(part)
        left -= part.end - part.start
    return gone


def encoded_bytes(size_bytes: int) -> int:
    """The size in base64."""
    return (size_bytes + 2) // 3 * 4


class _Json:
    """The message as JSON, if it can be."""

    def __init__(self, frozen: Frozen, save_to_sent: bool) -> None:
        self.body, self.why_not = b"", ""
        if frozen.size_bytes > 2 * MAX_REQUEST_BYTES:  # at most a third of it is encoding
            return
        try:
            body = graph_json.send_mail_body(frozen, save_to_sent=save_to_sent)
        except graph_json.NotInJson as error:
            self.why_not = str(error)
        else:
            self.body = body if len(body) <= MAX_REQUEST_BYTES else b""

    @property
    def fits(self) -> bool:
        return bool(self.body)


def _files(part: Part, within: str = "") -> list[Part]:
    """What can be put into a draft by itself: not the texts, and nothing of a signed message."""
    if part.content_type in _TAKEN_APART:
        return [file for child in part.children for file in _files(child, part.content_type)]
    is_kept = part.header.get_content_maintype() in ("multipart", "message")
    if within == "multipart/mixed":
        is_text = part.header.get_content_maintype() == "text" and not part.is_attached
        return [] if is_kept or is_text else [part]
    return [part] if within == "multipart/related" and part.content_id and not is_kept else []


def _size(parts: list[Part]) -> int:
    return sum(part.end - part.start for part in parts)


def _copied(why: str) -> str:
    sentence = _(
        "A copy stays in Sent Items, although your company's policy is to keep none: Microsoft can leave it out "
        "for simple messages only, and this is none because %(why)s."
    )
    return sentence % {"why": why}


def _beyond_all(size_bytes: int) -> str:
    sentence = _("The message has %(size)s MB, and Microsoft takes 150 MB at most. Send a link to the file.")
    return sentence % {"size": decimal(size_bytes / 1_048_576)}


def _too_large(size_bytes: int, goes_up: bool) -> str:
    size = {"size": decimal(size_bytes / 1_048_576), "permission": WRITE_PERMISSION}
    if goes_up:
        sentence = _(
            "The message has %(size)s MB as it is sent, and Microsoft takes 4 MB at a time. Larger ones are put "
            "together as a draft in the mailbox first, which needs the permission %(permission)s: an administrator "
            "adds it to the app registration and switches large messages on in the mail settings; then the "
            "connection to Microsoft is made once more. Or send a link to the file."
        )
    else:
        sentence = _(
            "The message has %(size)s MB as it is sent, and Microsoft takes 4 MB at a time. Files of a larger one "
            "are uploaded by themselves, but this one cannot be taken apart: it is signed, encrypted, or its "
            "text itself is that large. Send the large part as a link."
        )
    return sentence % size
