"""Large attachments of drafts, in pieces.

https://learn.microsoft.com/graph/outlook-large-attachments; the address needs no token: whoever has it may upload.
"""

import base64
import re
from datetime import UTC, datetime

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.drafts import Upload
from sandbox.graph import compose
from sandbox.graph.drafts import of_attachment
from sandbox.graph.errors import GraphError
from sandbox.graph.faults import status_error
from sandbox.misbehave import drop, linger

MIN_BYTES, MAX_BYTES = 3_000_000, 150 * 1024 * 1024
PIECE_LIMIT_BYTES = 4 * 1024 * 1024
LIFETIME_S = 3600
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")


async def begin(request: web.Request) -> web.Response:
    """201 with the address to PUT to."""
    context = request.app[CONTEXT]
    draft, fault, data = await of_attachment(request)
    if fault and fault.drops:
        await drop(request, fault)
    if fault and fault.acts:
        raise status_error(fault)
    item = _item(data)
    lifetime = context.faults.take("graph.upload.lifetime", draft.mailbox)
    upload = context.drafts.begin(draft, item, lifetime.seconds if lifetime else LIFETIME_S)
    url = f"{context.outlook_url}/uploads/{upload.id}"
    return web.json_response({"uploadUrl": url, **_progress(upload)}, status=201)


async def put(request: web.Request) -> web.Response:
    """200 with what is still missing; 201 with a Location when the file is whole."""
    context = request.app[CONTEXT]
    context.requests["graph.upload"] += 1
    upload = _upload(request)
    piece = await request.read()
    context.requests["graph.upload.bytes"] += len(piece)
    fault = context.faults.take("graph.upload", upload.draft.mailbox)
    await linger(fault)
    if fault and fault.acts and not fault.stores:
        await (drop(request, fault) if fault.drops else _refuse(status_error(fault)))
    _check(upload, request.headers.get("Content-Range", ""), piece)
    upload.content += piece
    if upload.is_whole:
        upload.draft.attachments.append(_attachment(upload))
    if fault and fault.stores:
        await (drop(request, fault) if fault.drops else _refuse(status_error(fault)))
    if not upload.is_whole:
        return web.json_response(_progress(upload))
    location = f"{context.outlook_url}/attachments/{upload.id}"
    context.drafts.end(upload)
    return web.Response(status=201, headers={"Location": location})


async def status(request: web.Request) -> web.Response:
    return web.json_response(_progress(_upload(request)))


async def cancel(request: web.Request) -> web.Response:
    request.app[CONTEXT].drafts.end(_upload(request))
    return web.Response(status=204)


async def _refuse(error: GraphError) -> None:
    raise error


def _item(data: object) -> dict:
    try:
        item = data["AttachmentItem"]
        known = item["attachmentType"] == "file" and item["name"] and int(item["size"])
    except (TypeError, KeyError, ValueError):
        known = False
    if not known:
        raise compose.unreadable("Give an AttachmentItem with attachmentType 'file', name and size.")
    if item["size"] < MIN_BYTES:
        code = "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"
        raise GraphError(400, code, "The attachment is smaller than an upload session takes.")
    if item["size"] > MAX_BYTES:
        raise GraphError(400, "ErrorAttachmentSizeLimitExceeded", "The attachment is over 150 MB.")
    return item


def _upload(request: web.Request) -> Upload:
    if "Authorization" in request.headers:
        raise GraphError(401, "InvalidAuthenticationToken", "Do not send a token to the upload address.")
    upload = request.app[CONTEXT].drafts.upload(request.match_info["upload"])
    if upload is None:
        raise GraphError(404, "ErrorItemNotFound", "The upload session was not found or has expired.")
    return upload


def _check(upload: Upload, content_range: str, piece: bytes) -> None:
    """Pieces come in order, each under 4 MB. Raises 400, 409, 413, 416."""
    match = _RANGE.fullmatch(content_range)
    first, last, size = map(int, match.groups()) if match else (0, -1, 0)
    if not piece or last - first + 1 != len(piece) or size != upload.size_bytes or last >= size:
        raise GraphError(400, "ErrorInvalidRequest", "The Content-Range header does not fit the request.")
    if len(piece) >= PIECE_LIMIT_BYTES:
        raise GraphError(413, "ErrorMessageSizeExceeded", "One piece must be smaller than 4 MB.")
    if first < len(upload.content):
        raise GraphError(409, "ErrorInvalidRequest", "These bytes were received already.")
    if first > len(upload.content):
        raise GraphError(416, "ErrorInvalidRequest", "Bytes before this range are missing.")


def _progress(upload: Upload) -> dict[str, object]:
    expires = datetime.fromtimestamp(upload.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    missing = [] if upload.is_whole else [str(len(upload.content))]
    return {"expirationDateTime": expires, "nextExpectedRanges": missing}


def _attachment(upload: Upload) -> dict:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "contentBytes": base64.b64encode(upload.content).decode(),
        **{name: value for name, value in upload.item.items() if name not in ("attachmentType", "size")},
    }
