"""Entra's errors: number, OAuth `error`, HTTP status. Numbers and `error` values are Microsoft's, most texts are ours.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web


@dataclass(frozen=True)
class Kind:
    """`error` as the token endpoint sends it, with its HTTP status and, for some, a suberror."""

    error: str
    text: str
    status: int = 400
    suberror: str = ""


KINDS = {
    50011: Kind(
        "invalid_request",
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for"
        " the application '{client_id}'.",
    ),
    50020: Kind(
        "interaction_required",
        "User account '{user}' from another directory does not exist in tenant '{tenant}' and cannot access the"
        " application '{client_id}' in that tenant.",
    ),
    50027: Kind("invalid_client", "The client assertion is no token, or a malformed one.", 401),
    50034: Kind("invalid_grant", "The user account {user} does not exist in the {tenant} directory."),
    50053: Kind(
        "invalid_grant", "The account is locked: too many sign-ins with a wrong user name or password."
    ),
    50055: Kind("invalid_grant", "The password is expired.", suberror="user_password_expired"),
    50056: Kind("invalid_grant", "There is no password for this user in the directory."),
    50057: Kind("invalid_grant", "The user account is disabled."),
    50058: Kind("login_required", "A silent sign-in request was sent but no user is signed in."),
    50076: Kind(
        "invalid_grant", "You must use multi-factor authentication to access this.", suberror="basic_action"
    ),
    50079: Kind("invalid_grant", "You must enroll in multi-factor authentication.", suberror="basic_action"),
    50126: Kind("invalid_grant", "Error validating credentials due to invalid username or password."),
    50173: Kind(
        "invalid_grant", "The provided grant has expired due to it being revoked.", suberror="bad_token"
    ),
    50194: Kind(
        "invalid_request", "Application '{client_id}' is not configured as a multi-tenant application."
    ),
    50196: Kind("invalid_grant", "The server stopped a client request loop. Contact your app vendor."),
    53003: Kind(
        "invalid_grant", "Access has been blocked by Conditional Access policies.", suberror="message_only"
    ),
    54005: Kind("invalid_grant", "OAuth2 Authorization code was already redeemed; use a new code."),
    65001: Kind(
        "invalid_grant",
        "The user or administrator has not consented to use the application with ID '{client_id}'.",
        suberror="consent_required",
    ),
    65004: Kind("access_denied", "User declined to consent to access the app."),
    70000: Kind("invalid_grant", "The provided grant is invalid or malformed."),
    70003: Kind("unsupported_grant_type", "The app requested an unsupported grant type '{grant_type}'."),
    70008: Kind("invalid_grant", "The provided authorization code or refresh token has expired."),
    70011: Kind(
        "invalid_scope", "The provided value for the input parameter 'scope' is not valid: '{scope}'."
    ),
    70043: Kind("invalid_grant", "The refresh token has expired due to sign-in frequency checks."),
    90002: Kind(
        "invalid_request", "Tenant '{tenant}' not found. Check that it is the right tenant ID and cloud."
    ),
    90014: Kind("invalid_request", "The required field '{field}' is missing from the credential."),
    90093: Kind("access_denied", "This operation can only be performed by an administrator."),
    90094: Kind("consent_required", "An administrator must approve this application before you can use it."),
    28000: Kind("invalid_request", "The input parameter scope contains more than one resource: '{scope}'."),
    500011: Kind("invalid_resource", "The resource principal named {resource} was not found in the tenant."),
    500112: Kind("invalid_client", "The reply address does not match the one used to get the code.", 401),
    501481: Kind(
        "invalid_grant", "The Code_Verifier does not match the code_challenge of the authorization request."
    ),
    501491: Kind("invalid_request", "Invalid method of Code_Challenge: use S256."),
    650053: Kind("invalid_client", "The application '{app}' asked for scope '{scope}' that does not exist."),
    700016: Kind(
        "unauthorized_client", "Application with identifier '{client_id}' was not found in '{tenant}'."
    ),
    700021: Kind("invalid_client", "The client assertion was issued for another application.", 401),
    700023: Kind("invalid_client", "The client assertion's audience is not this directory.", 401),
    700024: Kind("invalid_client", "Client assertion is not within its valid time range.", 401),
    700027: Kind(
        "invalid_client",
        "The certificate with identifier used to sign the client assertion is not registered on application."
        " [Reason - {reason}]",
        401,
    ),
    700054: Kind(
        "unsupported_response_type", "response_type '{response_type}' is not enabled for the application."
    ),
    700082: Kind("invalid_grant", "The refresh token has expired due to inactivity."),
    900023: Kind("invalid_request", "'{tenant}' is neither a valid DNS name nor a valid external domain."),
    900144: Kind("invalid_request", "The request body must contain the following parameter: '{field}'."),
    1002012: Kind(
        "invalid_scope", "Client credential flows must have one scope ending in /.default, not '{scope}'."
    ),
    7000215: Kind(
        "invalid_client",
        "Invalid client secret provided. Send the client secret value, not the client secret ID, of app"
        " '{client_id}'.",
        401,
    ),
    7000218: Kind(
        "invalid_client", "The request body must contain 'client_assertion' or 'client_secret'.", 401
    ),
    7000222: Kind(
        "invalid_client", "The provided client secret keys for app '{client_id}' are expired.", 401
    ),
    7000229: Kind(
        "unauthorized_client", "The app '{client_id}' has no service principal in tenant '{tenant}'."
    ),
    9001023: Kind(
        "invalid_request", "The grant type is not supported over /common. Use a tenant's own endpoint."
    ),
}
_UNKNOWN = Kind("invalid_grant", "An error the sandbox was told to give.")


class EntraError(Exception):
    """One AADSTS error. `facts` fill the text's gaps; what is not given shows as 'unknown'."""

    def __init__(self, number: int, **facts: str):
        self.number = number
        self.kind = KINDS.get(number, _UNKNOWN)
        self.text = self.kind.text.format_map(defaultdict(lambda: "unknown", facts))
        super().__init__(f"AADSTS{number}")

    def description(self, correlation_id: str, trace_id: str = "") -> str:
        """The error_description with the ids and the time that Microsoft's support asks for."""
        return (
            f"AADSTS{self.number}: {self.text} Trace ID: {trace_id or uuid.uuid4()}"
            f" Correlation ID: {correlation_id} Timestamp: {_now()}"
        )

    def response(self, request: web.Request) -> web.Response:
        """The token endpoint's JSON answer."""
        correlation, trace = correlation_id(request), str(uuid.uuid4())
        body = {
            "error": self.kind.error,
            "error_description": self.description(correlation, trace),
            "error_codes": [self.number],
            "timestamp": _now(),
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        if self.kind.suberror:
            body["suberror"] = self.kind.suberror
        return web.json_response(body, status=self.kind.status, headers=NO_STORE)


NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def correlation_id(request: web.Request) -> str:
    """The client's own id when it sent one."""
    return request.headers.get("client-request-id") or str(uuid.uuid4())


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
