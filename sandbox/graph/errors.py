"""Graph's errors: HTTP status, code, and the JSON around them.

https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/graph/throttling
"""

import uuid
from datetime import UTC, datetime

from aiohttp import web


class GraphError(Exception):
    """One refusal. `headers` such as Retry-After go along."""

    def __init__(self, status: int, code: str, message: str, **headers: str):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


_REQUEST_ID = web.RequestKey("request-id", str)
CODES = {
    400: "ErrorInvalidRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    413: "ErrorMessageSizeExceeded",
    429: "ApplicationThrottled",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


def identify(request: web.Request) -> dict[str, str]:
    """The headers every answer carries: our id of the request, and the client's own."""
    own = request.setdefault(_REQUEST_ID, str(uuid.uuid4()))
    theirs = request.headers.get("client-request-id") or own
    return {"request-id": own, "client-request-id": theirs}


@web.middleware
async def answer_errors(request: web.Request, handler) -> web.StreamResponse:
    """Turns GraphError into Graph's JSON; only for paths below /graph and /outlook."""
    if not request.path.startswith(("/graph/", "/outlook/")):
        return await handler(request)
    try:
        response = await handler(request)
    except GraphError as error:
        response = _response(request, error)
    except web.HTTPException as error:
        response = _response(
            request, GraphError(error.status, "BadRequest", "Resource not found for the segment.")
        )
    response.headers.update(identify(request))
    return response


def _response(request: web.Request, error: GraphError) -> web.Response:
    inner = {"date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"), **identify(request)}
    body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
    return web.json_response(body, status=error.status, headers=error.headers)
