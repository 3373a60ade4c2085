"""The MIME header lines and the body of a message made from parts (RFC 2045, RFC 2046).

Written here and not by `email.message`, which takes many times as long; a test reads both and compares.
"""

import binascii
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import MIMEPart
from email.policy import SMTP
from uuid import uuid4

from django.utils.translation import gettext as _

from sender.mime.frozen import MessageRefused
from sender.mime.header import clean
from sender.mime.raw import MAX_LINE_BYTES

_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")  # RFC 6838 section 4.2
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=^_.{|}~@-]{1,200}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$&'()+,.;=@\[\]^_`{}~-]{1,60}")
# base64 is not allowed for these (RFC 2046 section 5.2.1): sent as plain files, they arrive unchanged.
_NOT_AS_FILES = ("message", "multipart")
_ASCII = bytes(range(128))
_LINE = 76  # of encoded text, RFC 2045 section 6.7 and 6.8
_LONGER_LINE = re.compile(rb"[^\r\n]{%d}" % (_LINE + 1))

Entity = list[bytes]  # header lines, an empty line and the body, in pieces


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; with `content_id` an inline image that the HTML shows as `cid:…`."""

    filename: str
    content: bytes = field(repr=False)
    content_type: str = ""  # told from the file's name when empty
    content_id: str = ""  # without angle brackets


def write(text: str, html: str, attachments: Sequence[Attachment]) -> bytes:
    """The header lines from MIME-Version on, an empty line and the body; no byte over 127.

    Raises MessageRefused, its `field` “text”, “html” or “attachments”.
    """
    entity = _shown(text, html, [_part(each) for each in attachments if each.content_id])
    if files := [_part(each) for each in attachments if not each.content_id]:
        entity = _multipart("mixed", [entity, *files])
    return b"".join([b"MIME-Version: 1.0\r\n", *entity])


def _shown(text: str, html: str, images: list[Entity]) -> Entity:
    """What the reader sees: as text, as HTML with its images, or the reader's choice of both."""
    if images and not html:
        raise _not_inline()
    if not html:
        return _text(text, "text", "plain")
    page = _text(html, "html", "html")
    page = _multipart("related", [page, *images]) if images else page
    return _multipart("alternative", [_text(text, "text", "plain"), page]) if text else page


def _multipart(kind: str, parts: list[Entity]) -> Entity:
    boundary = f"=_{uuid4().hex}".encode()  # no encoding brings forth “=_”
    pieces = [b'Content-Type: multipart/%b; boundary="%b"\r\n' % (kind.encode(), boundary)]
    for part in parts:
        pieces += [b"\r\n--%b\r\n" % boundary, *part]
    return [*pieces, b"\r\n--%b--\r\n" % boundary]


def _text(text: str, kind: str, subtype: str) -> Entity:
    try:
        data = text.encode()
    except UnicodeEncodeError:  # lone surrogates cannot be written in any encoding
        data = b"\0"
    if b"\0" in data:
        raise MessageRefused(_("The text contains characters that mail cannot carry."), kind)
    encoding, body = _encoded(_with_line_ends(data))
    lines = 'Content-Type: text/{}; charset="utf-8"\r\nContent-Transfer-Encoding: {}\r\n\r\n'
    return [lines.format(subtype, encoding).encode(), body]


def _with_line_ends(data: bytes) -> bytes:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return (data if data.endswith(b"\n") else data + b"\n").replace(b"\n", b"\r\n")


def _encoded(data: bytes) -> tuple[str, bytes]:
    """In seven bits, as it passes servers without 8BITMIME: by the shortest way that keeps it readable."""
    if data.isascii() and not _has_long_line(data):
        return "7bit", data
    others = len(data.translate(None, _ASCII))
    if others * 6 > len(data):
        return "base64", _base64(data)
    quoted = binascii.b2a_qp(data, istext=True)
    if _LONGER_LINE.search(quoted):  # binascii makes such of some spaces at the end of a line
        return "base64", _base64(data)
    return "quoted-printable", quoted


def _has_long_line(data: bytes) -> bool:
    """In as few steps as lines of full length would take."""
    start = 0
    while len(data) - start > MAX_LINE_BYTES + 2:
        start = data.rfind(b"\n", start, start + MAX_LINE_BYTES + 2) + 1
        if start == 0:
            return True
    return False


def _base64(data: bytes) -> bytes:
    encoded = binascii.b2a_base64(data, newline=False)
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return b"\r\n".join([*lines, b""])


def _part(attachment: Attachment) -> Entity:
    lines = f"Content-Type: {_content_type(attachment)}\r\nContent-Transfer-Encoding: base64\r\n"
    if attachment.content_id:
        lines += f"Content-ID: <{_content_id(attachment)}>\r\n"
    kind = "inline" if attachment.content_id else "attachment"
    disposition = _disposition(kind, clean(attachment.filename, "attachments") or "file")
    return [lines.encode(), disposition, b"\r\n", _base64(attachment.content)]


def _content_type(attachment: Attachment) -> str:
    guessed, encoding = mimetypes.guess_type(attachment.filename)
    named = attachment.content_type or (guessed if guessed and not encoding else "application/octet-stream")
    if not _CONTENT_TYPE.fullmatch(named):
        raise MessageRefused(_("A content type must look like “application/pdf”."), "attachments")
    named = named.lower()
    return "application/octet-stream" if named.partition("/")[0] in _NOT_AS_FILES else named


def _content_id(attachment: Attachment) -> str:
    if not _CONTENT_ID.fullmatch(attachment.content_id):
        raise _not_inline()
    return attachment.content_id


def _not_inline() -> MessageRefused:
    sentence = _("An inline image needs an HTML text and a content id of plain letters and digits.")
    return MessageRefused(sentence, "attachments")


def _disposition(kind: str, filename: str) -> bytes:
    """The standard library writes names that need quoting, other letters (RFC 2231) or several lines."""
    if _PLAIN_NAME.fullmatch(filename):
        return f'Content-Disposition: {kind}; filename="{filename}"\r\n'.encode()
    part = MIMEPart(SMTP)
    part["Content-Disposition"] = kind
    part.set_param("filename", filename, header="Content-Disposition", replace=True)
    return part.as_bytes().removesuffix(b"\r\n")
