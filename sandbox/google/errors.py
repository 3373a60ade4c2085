"""Errors as Google says them: at the token endpoint, and of the Gmail API.

https://developers.google.com/identity/protocols/oauth2/web-server#errors and
https://developers.google.com/workspace/gmail/api/guides/handle-errors
"""

from aiohttp import web

NO_STORE = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}


class TokenError(Exception):
    """An OAuth error (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str, *, status: int = 400, subtype: str = ""):
        super().__init__(error)
        self.error, self.description, self.status, self.subtype = error, description, status, subtype

    def response(self) -> web.Response:
        body = {"error": self.error, "error_description": self.description}
        if self.subtype:
            body["error_subtype"] = self.subtype
        return web.json_response(body, status=self.status, headers=NO_STORE)


REVOKED = TokenError("invalid_grant", "Token has been expired or revoked.")
STATES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GmailError(Exception):
    """An error of the Gmail API; `reason` is what programs branch on."""

    def __init__(self, status: int, reason: str, message: str, retry_after: str = ""):
        super().__init__(reason)
        self.status, self.reason, self.message, self.retry_after = status, reason, message, retry_after

    def response(self) -> web.Response:
        error = {
            "code": self.status,
            "message": self.message,
            "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
            "status": STATES.get(self.status, "UNKNOWN"),
        }
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        return web.json_response({"error": error}, status=self.status, headers=headers)


def unauthenticated() -> GmailError:
    return GmailError(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other"
        " valid authentication credential.",
    )
