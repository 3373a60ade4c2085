"""A frozen message as Microsoft Graph's message JSON, or why it would not be the same message in it.

https://learn.microsoft.com/graph/api/resources/message. JSON is the only form that can be kept out of Sent Items.
"""

import base64
import json

from django.utils.translation import gettext as _

from core.errors import PostroomError
from sender.mime import Frozen, MessageRefused
from sender.mime.address import Mailbox, parse_list
from sender.mime.header import Field, decoded, read_header
from sender.mime.parts import Part, read_parts

_MAX_HEADERS = 5
_MAX_HEADER_CHARACTERS = 995
_MAX_SUBJECT_BYTES = 1_500
_CARRIED = {
    *("from", "sender", "to", "cc", "reply-to", "subject", "date", "message-id", "mime-version"),
    *("content-type", "content-transfer-encoding", "content-language"),
}
_SIGNED = ("multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


class NotInJson(PostroomError):
    """The text says why, to follow a semicolon or "because"."""


def send_mail_body(frozen: Frozen, *, save_to_sent: bool) -> bytes:
    """The body of POST sendMail. Raises NotInJson."""
    request: dict[str, object] = {"message": _message(frozen)}
    if not save_to_sent:
        request["saveToSentItems"] = False
    return json.dumps(request, ensure_ascii=False).encode("utf-8")


def file_attachment(part: Part, content: bytes) -> dict[str, object]:
    """One file; https://learn.microsoft.com/graph/api/resources/fileattachment"""
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "contentBytes": base64.b64encode(content).decode("ascii"),
        **described(part),
    }


def described(part: Part) -> dict[str, object]:
    """Name and kind of a file, as both ways of attaching it want them."""
    facts: dict[str, object] = {"name": part.file_name or "file", "contentType": part.content_type}
    is_shown = part.content_id and part.header.get_content_disposition() != "attachment"
    return facts | {"isInline": True, "contentId": part.content_id} if is_shown else facts


def _message(frozen: Frozen) -> dict[str, object]:
    header = read_header(frozen.mime)
    (sender,) = _people(header, "from") or [None]
    if sender is None:
        raise NotInJson(_("its From line cannot be read for certain"))
    body, files = _contents(read_parts(frozen.mime))
    named = {
        "from": sender,
        "sender": next(iter(_people(header, "sender")), None),
        "replyTo": _people(header, "reply-to"),
        **_recipients(header, frozen),
        "internetMessageHeaders": _further(header, frozen.mime),
        "attachments": [file_attachment(part, part.content(frozen.mime)) for part in files],
    }
    return {
        "subject": _subject(header),
        "internetMessageId": frozen.message_id,
        "body": _body(body, frozen.mime),
        **{name: value for name, value in named.items() if value},
    }


def _people(header: list[Field], name: str) -> list[dict[str, object]]:
    fields = [field for field in header if field.name == name and field.value]
    try:
        found = [box for field in fields for box in parse_list(field.text, name)]
    except MessageRefused:
        found = []
    if (fields and not found) or (name in ("from", "sender") and len(found) > 1):
        raise NotInJson(_("its %(name)s line cannot be read for certain") % {"name": name.title()})
    return [_person(box.address, box) for box in found]


def _recipients(header: list[Field], frozen: Frozen) -> dict[str, list[dict[str, object]]]:
    """Exactly the envelope's, with the names that the header gives them."""
    known: dict[str, Mailbox] = {}
    for field in header:
        if field.name in ("to", "cc"):
            try:
                known |= {box.address.casefold(): box for box in parse_list(field.text, field.name)}
            except MessageRefused:
                continue
    kinds = {"toRecipients": frozen.to, "ccRecipients": frozen.cc, "bccRecipients": frozen.bcc}
    return {
        kind: [_person(address, known.get(address.casefold())) for address in addresses]
        for kind, addresses in kinds.items()
    }


def _person(address: str, box: Mailbox | None) -> dict[str, object]:
    name = box.source.rpartition("<")[0].strip() if box and not box.lookalike else ""
    name = name.removeprefix('"').removesuffix('"').replace('\\"', '"').replace("\\\\", "\\")
    shown = {"name": decoded(name.encode("utf-8", "surrogateescape"))} if name else {}
    return {"emailAddress": {"address": address, **shown}}


def _subject(header: list[Field]) -> str:
    value = next((field.value for field in header if field.name == "subject"), b"")
    if len(value) > _MAX_SUBJECT_BYTES:
        raise NotInJson(_("its subject is very long"))
    return decoded(value)


def _further(header: list[Field], mime: bytes) -> list[dict[str, str]]:
    """Only names that begin with x-, at most five (InvalidInternetMessageHeaderCollection)."""
    further = [field for field in header if field.name not in _CARRIED]
    for field in further:
        if not field.name.startswith("x-"):
            raise NotInJson(_("it has the header line “%(name)s”") % {"name": field.name})
        if len(field.value) > _MAX_HEADER_CHARACTERS:
            raise NotInJson(_("its header line “%(name)s” is very long") % {"name": field.name})
    if len(further) > _MAX_HEADERS or len({field.name for field in further}) < len(further):
        raise NotInJson(_("it has more than five X- header lines, or one of them twice"))
    names = [mime[field.start : field.end].partition(b":")[0].strip().decode("ascii") for field in further]
    return [{"name": name, "value": decoded(field.value)} for name, field in zip(names, further, strict=True)]


def _contents(root: Part) -> tuple[Part | None, list[Part]]:
    """The one text and the files."""
    kinds = {part.content_type for part in root.walk()}
    if kinds.intersection(_SIGNED):
        raise NotInJson(_("it is signed or encrypted"))
    if "text/calendar" in kinds:
        raise NotInJson(_("it holds an invitation"))
    texts, files = _sorted(root)
    if len(texts) > 1:
        raise NotInJson(_("it has several texts"))
    return (texts[0] if texts else None), files


def _sorted(part: Part) -> tuple[list[Part], list[Part]]:
    if part.content_type == "multipart/alternative" and len(part.children) > 1:
        raise NotInJson(_("it has its text in two versions, plain and formatted"))
    if part.content_type in ("multipart/mixed", "multipart/related", "multipart/alternative"):
        pairs = [_sorted(child) for child in part.children]
        return [text for pair in pairs for text in pair[0]], [file for pair in pairs for file in pair[1]]
    if part.content_type in ("text/plain", "text/html") and not part.is_attached:
        return [part], []
    if part.header.get_content_maintype() in ("multipart", "message") or part.start == 0:
        raise NotInJson(_("its parts are of the kind “%(kind)s”") % {"kind": part.content_type})
    return [], [part]


def _body(part: Part | None, mime: bytes) -> dict[str, str]:
    if part is None:
        return {"contentType": "text", "content": ""}
    if part.header.get_param("format"):
        raise NotInJson(_("its text is written in “format=flowed”"))
    charset = part.header.get_content_charset() or "us-ascii"
    try:
        text = part.content(mime).decode(charset)
    except (LookupError, UnicodeDecodeError):
        raise NotInJson(_("its characters cannot be read for certain")) from None
    return {"contentType": "html" if part.content_type == "text/html" else "text", "content": text}
