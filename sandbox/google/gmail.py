"""The Gmail API: users.messages.send, in JSON or as media upload.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send,
https://developers.google.com/workspace/gmail/api/guides/uploads
"""

import base64
import binascii
import json
import uuid
from email.utils import formataddr, getaddresses

from aiohttp import web

from sandbox import letters
from sandbox.context import CONTEXT, Context
from sandbox.faults import Fault
from sandbox.google import parties
from sandbox.google.errors import GmailError, unauthenticated
from sandbox.misbehave import drop, linger
from sandbox.world import Person

SIZE_LIMIT_BYTES = 36_700_160
JSON_LIMIT_BYTES = 5 * 1024 * 1024
RECIPIENTS_LIMIT = 500
_SENDS = {parties.SEND, parties.MAIL}
# The reasons of 403 and 429 when a fault names only the status.
_REASONS = {403: "rateLimitExceeded", 429: "rateLimitExceeded", 500: "backendError", 503: "backendError"}


async def send(request: web.Request) -> web.Response:
    """200 with the message's id once it is stored."""
    context = request.app[CONTEXT]
    context.requests["google.send"] += 1
    try:
        return await _send(request, context)
    except GmailError as error:
        return error.response()


async def _send(request: web.Request, context: Context) -> web.Response:
    person = _caller(request, context)
    raw = rewritten(person, await _message(request))
    recipients = list(dict.fromkeys(letters.addresses(raw, "to", "cc", "bcc")))
    _check(recipients)
    fault = context.faults.take("google.send", person.address)
    await linger(fault)
    if fault and fault.acts:
        await _spoil(request, fault, lambda: _store(context, person, recipients, raw))
    id_ = _store(context, person, recipients, raw)
    return web.json_response({"id": id_, "threadId": id_, "labelIds": ["SENT"]})


def _caller(request: web.Request, context: Context) -> Person:
    found = parties.bearer(context, request.headers.get("Authorization", "").partition(" ")[2])
    if found is None:
        raise unauthenticated()
    person, allowed = found
    if not allowed & _SENDS:
        raise GmailError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    if request.match_info["user"] not in ("me", person.address):
        raise GmailError(403, "delegationDenied", f"Delegation denied for {person.address}")
    if not person.mailbox:
        raise GmailError(400, "failedPrecondition", "Mail service not enabled")
    return person


async def _message(request: web.Request) -> bytes:
    body = await request.read()
    if "/upload/" in request.path:
        if request.query.get("uploadType") != "media" or request.content_type != "message/rfc822":
            raise GmailError(400, "badRequest", f"Media type '{request.content_type}' is not supported.")
        raw = body
    else:
        raw = _from_json(body)
        if len(raw) > JSON_LIMIT_BYTES:
            raise _too_large(JSON_LIMIT_BYTES)
    if len(raw) > SIZE_LIMIT_BYTES:
        raise _too_large(SIZE_LIMIT_BYTES)
    return raw


def _from_json(body: bytes) -> bytes:
    try:
        raw = json.loads(body)["raw"]
        return base64.b64decode(raw.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise GmailError(400, "invalidArgument", "'raw' RFC822 payload message string or uploading message via"
                              " /upload/* URL required") from None  # fmt: skip


def _too_large(limit: int) -> GmailError:
    return GmailError(413, "uploadTooLarge", f"Request payload size exceeds the limit: {limit} bytes.")


def _check(recipients: list[str]) -> None:
    if not recipients:
        raise GmailError(400, "invalidArgument", "Recipient address required")
    if len(recipients) > RECIPIENTS_LIMIT:
        raise GmailError(400, "invalidArgument", "Too many recipients.")
    if not all(letters.is_address(address) for address in recipients):
        raise GmailError(400, "invalidArgument", "Invalid To header")


def rewritten(person: Person, raw: bytes) -> bytes:
    """Gmail puts the account into From where another stands that is no alias of it; the name stays."""
    if all(person.may_send_as(address) for address in letters.addresses(raw, "from")):
        return raw
    name = "".join(name for name, _address in getaddresses(letters.values(raw, "from"))[:1])
    fields, rest = letters.split(raw)
    own = f"From: {formataddr((name, person.address))}\r\n".encode()
    return b"".join(own if field.name == "from" else field.raw for field in fields) + rest


async def _spoil(request: web.Request, fault: Fault, store) -> None:
    if fault.stores:
        store()
    if fault.drops:
        await drop(request, fault)
    status = fault.status or 503
    reason = fault.code or _REASONS.get(status, "badRequest")
    raise GmailError(status, reason, fault.message or reason, fault.retry_after or "")


def _store(context: Context, person: Person, recipients: list[str], raw: bytes) -> str:
    """The recipients' copy has no Bcc; the one in Sent does. Gmail's ids are 16 hexadecimal digits."""
    context.mailroom.store(
        via="gmail",
        mailbox=person.address,
        mail_from=person.address,
        envelope=recipients,
        raw=letters.without(raw, {"bcc"}),
        sent_raw=raw,
    )
    return uuid.uuid4().hex[:16]
