"""Addresses: one checked address, and the address lists of headers (RFC 5322 section 3.4 and 4.4).

The standard library's parser is not used: up to Python 3.11.9 it finds addresses in texts that hold none
(CVE-2023-27043), and what is found here gets the mail. Doubtful text is refused, never guessed at.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from core.addresses import wire_form
from sender.mime.frozen import MessageRefused

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]++)
    |(?P<quoted>"(?:[^"\\]++|\\.)*+")
    |(?P<literal>\[[^\[\]\\]*+\])
    |(?P<special>[<>,;:@])
    |(?P<comment>\()
    |(?P<atom>[^ \t\r\n"\[\]<>,;:@()\\]++)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"\\.|[()]", re.DOTALL)
_SHOWN_CHARACTERS = 80
_NOT_AN_ADDRESS = _(
    "“%(address)s” is not an e-mail address. "
    "Write one as name@company.example and put commas between several."
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str  # checked, as transmitted
    source: str  # as the header writes it, display name included, on one line
    lookalike: str = ""  # a display name that others may take for an address: `a@x.example <b@x.example>`


def checked_address(text: str, field: str) -> str:
    """The address as it is transmitted: the domain in lower case and IDNA, the local part untouched.

    Syntax only; private domains such as `.local` pass. Raises MessageRefused naming the address.
    """
    address = text.strip(" \t")
    if not address.isprintable():
        raise _not_an_address(text, field)
    try:
        return wire_form(address)
    except ValueError:
        raise _not_an_address(text, field) from None


def parse_list(text: str, field: str) -> list[Mailbox]:
    """The mailboxes of a To, Cc or Bcc value (without the field's name), groups opened up.

    Takes the obsolete forms too: routes, comments, spaces around dots, empty members.
    Raises MessageRefused naming the first part that is not an address.
    """
    found: list[Mailbox] = []
    piece: list[_Token] = []
    in_angle = in_group = False
    for token in [*_tokens(text, field), _Token("special", ",", len(text), len(text))]:
        if token.text in ("<", ">"):
            in_angle = token.text == "<"
        ends_piece = token.text in (",", ":") or (token.text == ";" and in_group)
        if in_angle or not ends_piece:
            piece.append(token)
            continue
        if token.text == ":":
            if in_group or any(part.text in ("<", "@") for part in piece):
                raise _not_an_address(_source(text, piece), field)
            in_group = True
        else:
            in_group = in_group and token.text != ";"
            found += _mailbox(text, piece, field)
        piece = []
    if piece or in_group:
        raise _not_an_address(_source(text, piece) or text, field)
    return found


def _tokens(text: str, field: str) -> list[_Token]:
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _not_an_address(text[position:], field)
        end = match.end() if match.lastgroup != "comment" else _end_of_comment(text, position, field)
        tokens.append(_Token(match.lastgroup or "", text[position:end], position, end))
        position = end
    return tokens


def _end_of_comment(text: str, start: int, field: str) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(edge.group(), 0)
        if depth == 0:
            return edge.end()
    raise _not_an_address(text[start:], field)


def _mailbox(text: str, piece: list[_Token], field: str) -> list[Mailbox]:
    """The one mailbox of the text between two commas; none for an empty member (RFC 5322 section 4.4)."""
    if all(token.kind in ("space", "comment") for token in piece):
        return []
    source = _source(text, piece)
    address = _joined(_within_angles(piece, source, field), source, field)
    return [Mailbox(checked_address(address or source, field), source, _lookalike(piece))]


def _lookalike(piece: list[_Token]) -> str:
    texts = [token.text for token in piece if token.kind not in ("space", "comment")]
    name = texts[: texts.index("<")] if "<" in texts else []
    return "".join(name) if "@" in name else ""


def _within_angles(piece: list[_Token], source: str, field: str) -> list[_Token]:
    marks = [place for place, token in enumerate(piece) if token.text in ("<", ">")]
    if not marks:
        return piece
    after = piece[marks[-1] + 1 :]
    if [piece[place].text for place in marks] != ["<", ">"] or any(
        token.kind not in ("space", "comment") for token in after
    ):
        raise _not_an_address(source, field)
    inside = [token for token in piece[marks[0] + 1 : marks[1]] if token.kind != "comment"]
    colons = [place for place, token in enumerate(inside) if token.text == ":"]
    is_route = bool(colons) and inside[0].text == "@"
    return inside[colons[0] + 1 :] if is_route else inside


def _joined(tokens: list[_Token], source: str, field: str) -> str:
    """The address without spaces and comments, which may stand only beside a dot or the at sign."""
    joined = ""
    gap = False
    for token in tokens:
        if token.kind in ("space", "comment"):
            gap = True
            continue
        if gap and joined and joined[-1] not in ".@" and token.text[0] not in ".@":
            raise _not_an_address(source, field)
        joined += token.text
        gap = False
    return joined


def _source(text: str, piece: list[_Token]) -> str:
    if not piece:
        return ""
    return text[piece[0].start : piece[-1].end].replace("\r\n", "").strip()


def _not_an_address(text: str, field: str) -> MessageRefused:
    shown = "".join(c if c.isprintable() else " " for c in text.strip())[:_SHOWN_CHARACTERS]
    return MessageRefused(_NOT_AN_ADDRESS % {"address": shown}, field)
