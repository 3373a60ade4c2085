"""Who may read a stored message, and reading it. Each reading is written to the audit log by the page."""

from accounts.models import Membership
from mailsettings.models import BodiesShownTo, CompanyMailSettings
from sender import letters
from sender.mime.reading import Reading, read
from sender.models import Content, OutboxMessage

MOST_BYTES = 30_000_000  # a larger message would be held in memory several times over, for a page


def is_too_large(message: OutboxMessage) -> bool:
    return message.size_bytes > MOST_BYTES


def may_read(viewer: Membership, message: OutboxMessage) -> bool:
    """The person it was handed over for; others of the company's staff as the company says.

    A letter of the portal's holds a link that is for its recipient alone.
    """
    if message.kind == letters.KIND:
        return False
    if message.membership_id == viewer.pk:
        return True
    chosen = CompanyMailSettings.objects.filter(company=viewer.company_id)
    shown_to = chosen.values_list("bodies_shown_to", flat=True).first()
    if shown_to == BodiesShownTo.STAFF:
        return viewer.is_staff_of_company
    return shown_to == BodiesShownTo.ADMINS and viewer.is_admin


def has_content(message: OutboxMessage) -> bool:
    """False after the company's retention time: it can neither be read nor sent any more."""
    return Content.objects.filter(message=message).exists()


def content_of(message: OutboxMessage) -> Reading | None:
    """None once it was deleted. Raises `core.crypto.DecryptionFailed`."""
    stored = Content.objects.filter(message=message).first()
    return read(stored.unseal()) if stored else None
