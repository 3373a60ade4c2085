"""POST /me/sendMail and /users/{id}/sendMail.

https://learn.microsoft.com/graph/api/user-sendmail; limits: https://learn.microsoft.com/graph/throttling-limits
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from sandbox import letters
from sandbox.context import CONTEXT, Context
from sandbox.faults import Fault
from sandbox.graph import access, compose, senders
from sandbox.graph.access import Caller
from sandbox.graph.compose import Submission
from sandbox.graph.errors import GraphError
from sandbox.graph.faults import status_error
from sandbox.misbehave import drop, linger
from sandbox.world import Person

REQUEST_LIMIT_BYTES = 4 * 1024 * 1024
CONCURRENCY = 4


async def send_mail(request: web.Request) -> web.Response:
    """202 with an empty body once the message is stored."""
    context = request.app[CONTEXT]
    context.requests["graph.send"] += 1
    caller = access.caller(request)
    owner = access.mailbox(request, caller)
    access.check_mailbox(caller, owner, own=("Mail.Send", "Mail.Send.Shared"), shared=("Mail.Send.Shared",))
    with slot(context, caller, owner):
        fault = context.faults.take("graph.send", owner.address)
        await linger(fault)
        submission = await _submission(request, owner)
        context.requests["graph.send.whole"] += 1
        await deliver(request, fault, owner, submission)
    return web.Response(status=202)


async def deliver(request: web.Request, fault: Fault | None, owner: Person, submission: Submission) -> None:
    """Check the message, commit the fault if there is one, store. Raises GraphError."""
    _check_recipients(submission)
    submission = senders.checked(access.caller(request), owner, submission)
    await _spoil(request, fault, request.app[CONTEXT], owner, submission)
    _store(request.app[CONTEXT], owner, submission)


@contextmanager
def slot(context: Context, caller: Caller, owner: Person) -> Iterator[None]:
    """Four requests at a time for an app and a mailbox."""
    key = f"graph {caller.app_id} {owner.address}"
    if context.busy[key] >= CONCURRENCY:
        raise GraphError(
            429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", Retry_After="1"
        )
    context.busy[key] += 1
    context.requests["graph.send.peak"] = max(context.requests["graph.send.peak"], context.busy[key])
    try:
        yield
    finally:
        context.busy[key] -= 1


async def _submission(request: web.Request, owner: Person) -> Submission:
    body = await limited_body(request)
    if request.content_type == "text/plain":
        return compose.from_mime(body, owner)
    if request.content_type == "application/json":
        return compose.from_json(body, owner)
    raise GraphError(
        415, "UnsupportedMediaType", "Send the message as text/plain (MIME) or application/json."
    )


async def limited_body(request: web.Request) -> bytes:
    """Raises 413 for more than Graph takes in one request."""
    body = await request.read()
    if len(body) > REQUEST_LIMIT_BYTES:
        raise GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
    return body


def _check_recipients(submission: Submission) -> None:
    """Raises ErrorInvalidRecipients."""
    recipients = _recipients(submission.raw)
    for address in recipients:
        if not letters.is_address(address):
            raise compose.invalid_recipient(address)
    if not recipients:
        raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient is required.")


def _recipients(raw: bytes) -> list[str]:
    return list(dict.fromkeys(letters.addresses(raw, "to", "cc", "bcc")))


def _store(context: Context, owner: Person, submission: Submission) -> None:
    """The recipients' copy has no Bcc; the one in Sent Items does."""
    context.mailroom.store(
        via="graph",
        mailbox=owner.address,
        mail_from=owner.address,
        envelope=_recipients(submission.raw),
        raw=letters.without(submission.raw, {"bcc"}),
        sent_raw=submission.raw if submission.save else None,
    )


async def _spoil(
    request: web.Request, fault: Fault | None, context: Context, owner: Person, submission: Submission
) -> None:
    if fault is None or not fault.acts:
        return
    if fault.stores:
        _store(context, owner, submission)
    if fault.drops:
        await drop(request, fault)
    raise status_error(fault)
