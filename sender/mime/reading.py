"""A stored message for people to read: its text, its HTML, and its files by name. Nothing in it is trusted."""

import base64
import re
from dataclasses import dataclass, field

from sender.mime.parts import Part, read_parts

_SHOWN_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MOST_IMAGE_BYTES = 2_000_000
_CID = re.compile(r"""cid:([^"'\s<>()]{1,998})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    name: str  # one line without slashes; "" when it has none
    content_type: str
    size_bytes: int
    content: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    text: str = field(repr=False)
    html: str = field(repr=False)  # as it came: only for a frame that runs and loads nothing
    files: tuple[File, ...]


def read(mime: bytes) -> Reading:
    """The parts of a message with CRLF line ends; what is broken is read as far as it goes."""
    leaves = [part for part in read_parts(mime).walk() if not part.children]
    texts = [part for part in leaves if _is_body(part, "text/plain")]
    pages = [part for part in leaves if _is_body(part, "text/html")]
    others = [part for part in leaves if part not in texts and part not in pages]
    files = tuple(_file(part, mime) for part in others)
    html = "\n".join(_text(part, mime) for part in pages)
    return Reading("\n\n".join(_text(part, mime) for part in texts), _with_images(html, files), files)


def _is_body(part: Part, content_type: str) -> bool:
    return part.content_type == content_type and not part.is_attached


def _text(part: Part, mime: bytes) -> str:
    content = part.content(mime)
    try:
        return content.decode(part.header.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # a character set that nobody knows
        return content.decode("utf-8", "replace")


def _file(part: Part, mime: bytes) -> File:
    content = part.content(mime)
    name = re.sub(r"[\x00-\x1f\x7f/\\]+", " ", part.file_name).strip().lstrip(".")[:200]
    return File(name, part.content_type, len(content), content, part.content_id)


def _with_images(html: str, files: tuple[File, ...]) -> str:
    """The pictures that came with the message, within it; any other address stays and is not loaded."""
    known = {file.content_id: file for file in files if file.content_id and _is_shown(file)}

    def within(found: re.Match[str]) -> str:
        file = known.get(found[1])
        if file is None:
            return found[0]
        return f"data:{file.content_type};base64,{base64.b64encode(file.content).decode('ascii')}"

    return _CID.sub(within, html) if known else html


def _is_shown(file: File) -> bool:
    return file.content_type in _SHOWN_IMAGES and file.size_bytes <= _MOST_IMAGE_BYTES
