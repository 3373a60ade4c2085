"""The message as Microsoft Graph wants it: Graph reads the recipients from the header, there is no envelope.

https://learn.microsoft.com/graph/api/user-sendmail
"""

from sender.mime.address import Mailbox, parse_list
from sender.mime.frozen import Frozen, MessageRefused
from sender.mime.header import Field, list_field, read_header, without

_MAX_SOURCE = 900


def for_graph(frozen: Frozen) -> bytes:
    """The message with a Bcc field on top, so that exactly the envelope's recipients get it.

    Where To and Cc name someone who is not in the envelope (also by an address in a display name without
    quotes), or cannot be read for certain, both are replaced by fields naming the envelope's To and Cc
    recipients (their display names kept): an address that is only in a header must never get mail. For the
    same reason Resent-To and Resent-Cc that name others go.
    Every other byte stays.
    """
    header = read_header(frozen.mime)
    named = {kind: _mailboxes(header, kind) for kind in ("to", "cc")}
    gone = _naming_others(header, frozen)
    top = [list_field("Bcc", frozen.bcc)] if frozen.bcc else []
    if not _names_exactly(named, frozen) or _repeated(header):
        gone += [field for field in header if field.name in ("to", "cc")]
        boxes = [box for group in named.values() for box in group or () if not box.lookalike]
        known = {box.address.casefold(): box.source for box in boxes}
        for name, addresses in (("To", frozen.to), ("Cc", frozen.cc)):
            if addresses:
                top.append(list_field(name, [_written(address, known) for address in addresses]))
    return b"".join([*top, without(frozen.mime, gone)])


def _mailboxes(header: list[Field], kind: str) -> list[Mailbox] | None:
    """Those the fields of this name hold; None where one of them cannot be read for certain."""
    try:
        return [box for field in header if field.name == kind for box in parse_list(field.text, kind)]
    except MessageRefused:
        return None


def _names_exactly(named: dict[str, list[Mailbox] | None], frozen: Frozen) -> bool:
    if any(boxes is None for boxes in named.values()):
        return False
    boxes = [box for group in named.values() for box in group or ()]
    shown = {text.casefold() for box in boxes for text in (box.address, box.lookalike or box.address)}
    return shown == {address.casefold() for address in frozen.to + frozen.cc}


def _repeated(header: list[Field]) -> bool:
    """RFC 5322 section 3.6 allows one To and one Cc; which of several Exchange reads is not known."""
    return any(sum(field.name == kind for field in header) > 1 for kind in ("to", "cc"))


def _naming_others(header: list[Field], frozen: Frozen) -> list[Field]:
    recipients = {address.casefold() for address in frozen.recipients}
    others = []
    for field in header:
        if field.name in ("resent-to", "resent-cc"):
            boxes = _mailboxes([field], field.name)
            if boxes is None or any(box.address.casefold() not in recipients for box in boxes):
                others.append(field)
    return others


def _written(address: str, known: dict[str, str]) -> str:
    source = known.get(address.casefold(), address)
    return source if len(source) <= _MAX_SOURCE else address
