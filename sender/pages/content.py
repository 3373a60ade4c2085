"""What a message says, for those the company allows; each time it is shown, the audit log says to whom.

Text is shown as text. HTML is shown in a frame with an address and a policy of its own: it runs nothing, loads
nothing from elsewhere and cannot leave the frame (settings.MESSAGE_FRAME_POLICY).
"""

from datetime import timedelta

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.access import company_page
from accounts.audit import Actor, record
from accounts.models import AuditEvent
from core.crypto import DecryptionFailed
from sender.mime.reading import Reading
from sender.models import OutboxMessage
from sender.pages.message import message_of
from sender.reading import content_of, is_too_large, may_read

VIEWED = "message.body_viewed"
_SAME_VIEW = timedelta(minutes=1)  # the frame is asked for right after its page


@csp_update({"frame-src": [SELF]})
@company_page()
def content(request: HttpRequest, message_id: object) -> HttpResponse:
    row = _readable(request, message_id)
    context: dict[str, object] = {"message": row}
    try:
        context["is_too_large"] = is_too_large(row)
        context["reading"] = None if is_too_large(row) else content_of(row)
    except DecryptionFailed:
        context["is_locked"] = True
    if context.get("reading"):
        _tell(request, row, VIEWED)
    return render(request, "sender/content.html", context)


@company_page()
def html(request: HttpRequest, message_id: object) -> HttpResponse:
    """The HTML as it came, for the frame."""
    row = _readable(request, message_id)
    reading = _content(row)
    if not _was_just_told(request, row):
        _tell(request, row, VIEWED)
    return _framed(reading.html)


@xframe_options_sameorigin
@csp(settings.MESSAGE_FRAME_POLICY)
def _framed(page: str) -> HttpResponse:
    return HttpResponse(page, content_type="text/html; charset=utf-8")


@company_page()
def attachment(request: HttpRequest, message_id: object, number: int) -> HttpResponse:
    """One file, to be saved and never shown by the browser."""
    row = _readable(request, message_id)
    files = _content(row).files
    if number >= len(files):
        raise Http404("No such file.")
    file = files[number]
    _tell(request, row, "message.attachment_downloaded", file=number + 1, size_bytes=file.size_bytes)
    name = file.name or _("file %(number)s") % {"number": number + 1}
    answer = HttpResponse(file.content, content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _readable(request: HttpRequest, message_id: object) -> OutboxMessage:
    """The message, for who may read it. Raises PermissionDenied."""
    row = message_of(request, message_id)
    if not may_read(request.membership, row):
        raise PermissionDenied
    return row


def _content(row: OutboxMessage) -> Reading:
    try:
        reading = None if is_too_large(row) else content_of(row)
    except DecryptionFailed:
        reading = None
    if reading is None:
        raise Http404("The content is not there any more.")
    return reading


def _tell(request: HttpRequest, row: OutboxMessage, action: str, **details: object) -> None:
    record(Actor.of(request), action, company=request.company, label=row.message_id, **details)


def _was_just_told(request: HttpRequest, row: OutboxMessage) -> bool:
    events = AuditEvent.objects.filter(
        company=request.company, object_label=row.message_id[:254], action=VIEWED
    )
    return events.filter(actor=request.user, at__gt=timezone.now() - _SAME_VIEW).exists()
