"""What one message may be at most: recipients, and the company's limit for files. Kept before anything is stored."""

import math

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.sentences import decimal
from sender.mime import Frozen, MessageRefused
from sender.mime.parts import Part, read_parts

MB = 1024 * 1024
MOST_RECIPIENTS = (
    1_000  # the most that an administrator can allow at Exchange, and what Postfix takes by itself
)


def check(frozen: Frozen, max_files_mb: int | None) -> None:
    """Raises MessageRefused for too many recipients, and for files larger together than `max_files_mb`, decoded.

    Files are what a mail program shows as such, and everything that is not text.
    """
    if len(frozen.recipients) > MOST_RECIPIENTS:
        counts = {"count": len(frozen.recipients), "limit": MOST_RECIPIENTS}
        sentence = ngettext(
            "The message has %(count)s recipient; one message takes at most %(limit)s.",
            "The message has %(count)s recipients; one message takes at most %(limit)s.",
            counts["count"],
        )
        raise MessageRefused(sentence % counts, "to")
    # Decoded, files are never larger than the message that holds them: most messages need not be read.
    if max_files_mb is None or frozen.size_bytes <= max_files_mb * MB:
        return
    size_bytes = sum(
        len(part.content(frozen.mime)) for part in read_parts(frozen.mime).walk() if _is_file(part)
    )
    if size_bytes > max_files_mb * MB:
        sentence = _(
            "The files of this message are %(size)s MB together; your company allows %(limit)s MB. "
            "Send fewer or smaller ones, or a link to them."
        )
        size = math.ceil(size_bytes / MB * 10) / 10  # rounded up, so that it is seen to be over the limit
        raise MessageRefused(sentence % {"size": decimal(size), "limit": max_files_mb}, "attachments")


def _is_file(part: Part) -> bool:
    return not part.children and (part.is_attached or not part.content_type.startswith("text/"))
