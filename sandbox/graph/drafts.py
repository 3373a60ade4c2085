"""Drafts: made, looked at, given attachments, sent, deleted.

https://learn.microsoft.com/graph/api/user-post-messages, https://learn.microsoft.com/graph/api/message-send,
https://learn.microsoft.com/graph/outlook-immutable-id
"""

import json

from aiohttp import web

from sandbox import letters
from sandbox.context import CONTEXT
from sandbox.drafts import Draft
from sandbox.faults import Fault
from sandbox.graph import access, compose, send
from sandbox.graph.compose import Submission
from sandbox.graph.errors import GraphError
from sandbox.graph.faults import status_error
from sandbox.misbehave import drop, linger
from sandbox.world import Person

_WRITE = {"own": ("Mail.ReadWrite",), "shared": ("Mail.ReadWrite.Shared",)}
_READ = {"own": ("Mail.Read", "Mail.ReadWrite"), "shared": ("Mail.Read.Shared", "Mail.ReadWrite.Shared")}
_SEND = {"own": ("Mail.Send", "Mail.Send.Shared"), "shared": ("Mail.Send.Shared",)}


async def create(request: web.Request) -> web.Response:
    """201 with the draft's id. The body is MIME in base64, or a message object."""
    owner = _owner(request, _WRITE)
    fault = await _counted(request, owner)
    body = await send.limited_body(request)
    if request.content_type == "text/plain":
        raw = compose.from_mime(body, owner).raw
    else:
        raw = compose.from_message(_json(body), owner)
    if fault and fault.stores:
        _add(request, owner, raw)
    await _misbehave(request, fault)
    return web.json_response(_shown(_add(request, owner, raw)), status=201)


async def read(request: web.Request) -> web.Response:
    owner = _owner(request, _READ)
    return web.json_response(_shown(_draft(request, owner)))


async def delete(request: web.Request) -> web.Response:
    draft = _draft(request, _owner(request, _WRITE))
    request.app[CONTEXT].drafts.remove(draft)
    return web.Response(status=204)


async def attach(request: web.Request) -> web.Response:
    """One small file, whole."""
    draft, fault, data = await of_attachment(request)
    await _misbehave(request, fault)
    draft.attachments.append(compose.check_attachment(data))
    return web.json_response({"id": str(len(draft.attachments)), "name": data["name"]}, status=201)


async def of_attachment(request: web.Request) -> tuple[Draft, Fault | None, object]:
    """The draft, the fault to commit, and the request's JSON, for whoever adds something to a draft."""
    owner = _owner(request, _WRITE)
    fault = await _counted(request, owner)
    data = _json(await send.limited_body(request))
    return _draft(request, owner), fault, data


async def send_draft(request: web.Request) -> web.Response:
    """202: it leaves Drafts and is in Sent Items, always."""
    context = request.app[CONTEXT]
    context.requests["graph.send"] += 1
    owner = _owner(request, _SEND)
    draft = _draft(request, owner)
    if not draft.is_draft:
        raise GraphError(400, "ErrorInvalidRequest", "The message was sent already.")
    with send.slot(context, access.caller(request), owner):
        fault = context.faults.take("graph.send", owner.address)
        await linger(fault)
        submission = Submission(compose.with_attachments(draft.raw, draft.attachments))
        draft.is_draft = not (fault and fault.stores)  # such a fault raises once the message is on its way
        await send.deliver(request, fault, owner, submission)
        draft.is_draft = False
    return web.Response(status=202)


def _owner(request: web.Request, rights: dict[str, tuple[str, ...]]) -> Person:
    caller = access.caller(request)
    owner = access.mailbox(request, caller)
    access.check_mailbox(caller, owner, **rights)
    return owner


async def _counted(request: web.Request, owner: Person) -> Fault | None:
    context = request.app[CONTEXT]
    context.requests["graph.draft"] += 1
    fault = context.faults.take("graph.draft", owner.address)
    await linger(fault)
    return fault


async def _misbehave(request: web.Request, fault: Fault | None) -> None:
    if fault is None or not fault.acts:
        return
    if fault.drops:
        await drop(request, fault)
    raise status_error(fault)


def _add(request: web.Request, owner: Person, raw: bytes) -> Draft:
    keeps_id = "immutableid" in request.headers.get("Prefer", "").casefold()
    return request.app[CONTEXT].drafts.add(owner.address, raw, keeps_id)


def _draft(request: web.Request, owner: Person) -> Draft:
    draft = request.app[CONTEXT].drafts.one(request.match_info["draft"], owner.address)
    if draft is None or not (draft.is_draft or draft.keeps_id):
        raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return draft


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise compose.unreadable("The request body must be JSON.") from None


def _shown(draft: Draft) -> dict[str, object]:
    subject = letters.decoded("".join(letters.values(draft.raw, "subject")[:1]))
    message_id = "".join(letters.values(draft.raw, "message-id")[:1])
    has_attachments = bool(draft.attachments)
    return {
        "id": draft.id,
        "internetMessageId": message_id,
        "subject": subject,
        "isDraft": draft.is_draft,
        "hasAttachments": has_attachments,
    }
