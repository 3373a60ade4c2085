"""Messages frozen as bytes: composed or taken as they are, checked once, sent unchanged at every attempt.

No models and no I/O here. Format: RFC 5322 (https://www.rfc-editor.org/rfc/rfc5322), MIME, RFC 6532.
"""

from sender.mime.address import checked_address
from sender.mime.body import Attachment
from sender.mime.compose import compose
from sender.mime.domains import with_ascii_domains
from sender.mime.for_graph import for_graph
from sender.mime.frozen import Frozen, MessageRefused
from sender.mime.raw import MAX_BYTES, freeze_raw, is_from, read_top

__all__ = [
    "MAX_BYTES",
    "Attachment",
    "Frozen",
    "MessageRefused",
    "checked_address",
    "compose",
    "for_graph",
    "freeze_raw",
    "is_from",
    "read_top",
    "with_ascii_domains",
]
