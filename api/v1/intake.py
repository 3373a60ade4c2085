"""A request's body as a message: JSON with its parts, or a finished one (message/rfc822)."""

import base64
import binascii
import codecs

from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import ValidationError

from accounts.models import Membership
from api import authors, bodies, keys
from api.models import ApiKey
from api.problems import Problem
from api.v1 import mistakes
from api.v1.shapes import AttachmentIn, MessageIn
from sender.mime import Attachment, read_top
from sender.models import Priority
from sender.services import Draft, RawMessage, Submission

JSON, RAW = "application/json", "message/rfc822"


def person(key: ApiKey, address: str) -> Membership:
    """Whom the key sends as. Raises Problem; whether such a person is there at all is not told."""
    found = keys.person(key, address)
    if found is None:
        sentence = _("The key may not send as %(address)s, or nobody here has this address.")
        raise Problem(403, sentence % {"address": address}, field="as", slug="person_not_allowed")
    return found


def read(request: HttpRequest, address: str, idempotency_key: str) -> tuple[Membership, Submission]:
    """Who sends, and what. Raises Problem."""
    if request.content_type == RAW:
        if not bodies.has_length(request):
            raise bodies.no_length()
        if not address:
            raise Problem(422, _("Say in the address whom to send as: ?as=…"), field="as")
        sender = person(request.auth, address)
        _check_authors(request.auth, request.body, sender)
        return sender, Submission(RawMessage(request.body), idempotency_key)
    if request.content_type != JSON:
        sentence = _("Send application/json or message/rfc822 (Content-Type).")
        raise Problem(415, sentence, field="Content-Type")
    try:
        given = MessageIn.model_validate_json(request.body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        raise mistakes.of_body(error) from None
    return person(request.auth, given.as_), submission(given, idempotency_key)


def _check_authors(key: ApiKey, message: bytes, sender: Membership) -> None:
    for author in read_top(message).authors:
        if not authors.may_name(key, author, sender):
            sentence = _("From names %(address)s, whom the key may not send as.")
            raise Problem(403, sentence % {"address": author}, field="from", slug="person_not_allowed")


def submission(given: MessageIn, idempotency_key: str) -> Submission:
    """Raises Problem for a file that is no base64."""
    draft = Draft(
        to=given.to,
        cc=given.cc,
        bcc=given.bcc,
        reply_to=given.reply_to,
        subject=given.subject,
        text=given.text,
        html=given.html,
        attachments=[_attachment(each, number) for number, each in enumerate(given.attachments)],
        headers=given.headers,
        from_name=given.from_name,
    )
    return Submission(
        draft,
        idempotency_key,
        given.kind,
        given.agreement,
        given.language,
        Priority[given.priority.upper()],
        given.not_before,
    )


def _attachment(given: AttachmentIn, number: int) -> Attachment:
    """Line breaks within the base64 are common, and taken; anything else that does not belong there is not."""
    try:
        content = base64.b64decode("".join(given.content.split()), validate=True)
    except binascii.Error:
        sentence = _("This is no base64.")
        raise Problem(422, sentence, field=f"attachments.{number}.content") from None
    return Attachment(given.filename, content, given.content_type, given.content_id)
