"""Reading any message for display. What a broken message lacks is left out; nothing here raises because of one."""

import base64
import email
from dataclasses import dataclass, field
from email.message import Message as Part
from email.policy import compat32

from sandbox import letters


@dataclass(frozen=True)
class Attachment:
    name: str
    type: str
    content: bytes


@dataclass
class Message:
    """Texts of the first plain and HTML parts; `inline` maps Content-ID to a data: URL of an image."""

    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    inline: dict[str, str] = field(default_factory=dict)


def read(raw: bytes) -> Message:
    found = Message()
    for part in email.message_from_bytes(raw, policy=compat32).walk():
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            continue
        _add(found, part)
    return found


def _add(found: Message, part: Part) -> None:
    kind, content = part.get_content_type(), _content(part)
    is_file = part.get_filename() is not None or part.get_content_disposition() == "attachment"
    if kind == "text/plain" and not is_file and not found.text:
        found.text = _text(part, content)
    elif kind == "text/html" and not is_file and not found.html:
        found.html = _text(part, content)
    else:
        name = letters.decoded(str(part.get_filename() or "")) or f"part-{len(found.attachments) + 1}"
        found.attachments.append(Attachment(name, kind, content))
        content_id = str(part.get("Content-ID") or "").strip().strip("<>")
        if content_id and part.get_content_maintype() == "image":
            found.inline[content_id] = f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _content(part: Part) -> bytes:
    if part.get_content_type() == "message/rfc822":
        return b"".join(inner.as_bytes() for inner in part.get_payload())
    return part.get_payload(decode=True) or b""


def _text(part: Part, content: bytes) -> str:
    try:
        return content.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
