"""Who calls Graph, with which rights, on whose mailbox.

https://learn.microsoft.com/graph/api/user-sendmail, https://learn.microsoft.com/graph/outlook-send-mail-from-other-user
"""

from dataclasses import dataclass

from aiohttp import web

from sandbox.context import CONTEXT, Context
from sandbox.graph.errors import GraphError
from sandbox.tokens import TokenRefused
from sandbox.world import Person

_REASONS = {
    "empty": "Access token is empty.",
    "expired": "Lifetime validation failed, the token is expired.",
    "malformed": "IDX14100: JWT is not well formed.",
}

_OUT_OF_SCOPE = (
    "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
)


@dataclass(frozen=True)
class Caller:
    """The owner of the access token. `person` None: the app itself. `rights`: its scopes or its roles."""

    app_id: str
    directory_id: str
    person: Person | None
    rights: frozenset[str]

    def need(self, *rights: str) -> None:
        """Any one of these; else ErrorAccessDenied."""
        if not self.rights & set(rights):
            raise denied()


def denied() -> GraphError:
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def caller(request: web.Request) -> Caller:
    """Read the bearer token. Raises 401 InvalidAuthenticationToken."""
    context = request.app[CONTEXT]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        claims = context.mint.read(token.strip() if scheme.casefold() == "bearer" else "")
    except TokenRefused as refused:
        raise _unauthorized(context, _REASONS[refused.reason]) from None
    if claims.get("aud") != context.graph_url or "appid" not in claims:
        raise _unauthorized(context, "Access token validation failure. Invalid audience.")
    person = None if claims["idtyp"] == "app" else context.world.person(claims["oid"])
    rights = claims.get("roles") or claims.get("scp", "").split()
    return Caller(claims["appid"], claims["tid"], person, frozenset(rights))


def mailbox(request: web.Request, caller: Caller) -> Person:
    """Whose mailbox the path names, /me or /users/{id or address}. Raises 400 for /me without a person,
    404 for nobody, 404 MailboxNotEnabledForRESTAPI. What the caller may do there is not checked here."""
    wanted = request.match_info.get("user")
    owner = caller.person if wanted is None else request.app[CONTEXT].world.person(wanted)
    if wanted is None and owner is None:
        raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    if owner is None or owner.directory != caller.directory_id:
        raise GraphError(404, "ErrorInvalidUser", f"The requested user '{wanted}' is invalid.")
    if not owner.mailbox:
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    return owner


def check_mailbox(caller: Caller, owner: Person, own: tuple[str, ...], shared: tuple[str, ...]) -> None:
    """`own` rights suffice for one's own mailbox and for an app; another's needs `shared` and Full Access."""
    if caller.person is None and not owner.app_access:
        raise GraphError(403, "ErrorAccessDenied", _OUT_OF_SCOPE)
    if caller.person is None or caller.person == owner:
        caller.need(*own)
        return
    caller.need(*shared)
    if not caller.person.may_open(owner.address):
        raise denied()


def _unauthorized(context: Context, message: str) -> GraphError:
    challenge = f'Bearer realm="", authorization_uri="{context.authority_url}/common/oauth2/authorize"'
    return GraphError(401, "InvalidAuthenticationToken", message, WWW_Authenticate=challenge)
