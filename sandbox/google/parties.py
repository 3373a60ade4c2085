"""Who takes part at the sandbox's Google: the app and its secret, the account, what the account allowed.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

import hmac
from collections.abc import Mapping

from sandbox.context import Context
from sandbox.entra.parties import basic
from sandbox.google.errors import TokenError
from sandbox.tokens import TokenRefused
from sandbox.world import GoogleApp, Person

GRANTED = "google"  # the resource under which consents are kept
SEND, MAIL = "https://www.googleapis.com/auth/gmail.send", "https://mail.google.com/"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
KNOWN = {"openid": "openid", "email": EMAIL, EMAIL: EMAIL, SEND: SEND, MAIL: MAIL}
MEANINGS = {
    SEND: "Send email on your behalf",
    MAIL: "Read, compose, send, and permanently delete all your email from Gmail",
}
PREFIX = "ya29."
LIFETIME_S = 3599


def scopes_of(text: str) -> list[str]:
    """The asked scopes by their full names, in order. Raises KeyError for one that does not exist."""
    return list(dict.fromkeys(KNOWN[word] for word in text.split()))


def is_google_account(person: Person | None) -> bool:
    """People outside the Microsoft directories are Google's here."""
    return person is not None and not person.directory


def subject(person: Person) -> str:
    """`sub`: 21 digits that stay the same."""
    return str(int(person.id.replace("-", ""), 16))[:21]


def authenticate(context: Context, form: Mapping[str, str], authorization: str) -> GoogleApp:
    """The app, by its id and secret in the body or by HTTP Basic. Raises TokenError."""
    client_id, secret = basic(authorization)
    client_id, secret = form.get("client_id") or client_id, form.get("client_secret") or secret
    if not client_id:
        raise TokenError("invalid_request", "Could not determine client ID from request.")
    app = context.world.google_app(client_id)
    if app is None:
        raise TokenError("invalid_client", "The OAuth client was not found.", status=401)
    if not secret:
        raise TokenError("invalid_request", "client_secret is missing.")
    if not hmac.compare_digest(app.secret.encode(), secret.encode("utf-8", "surrogateescape")):
        raise TokenError("invalid_client", "The provided client secret is invalid.", status=401)
    return app


def audience(context: Context) -> str:
    """Access tokens are opaque at Google; here it sets them apart from Microsoft's."""
    return f"{context.authority_url}/google"


def access_token(
    context: Context, app: GoogleApp, person: Person, scopes: list[str], lifetime_s: float
) -> str:
    claims = {"aud": audience(context), "azp": app.client_id, "person": person.id, "scope": " ".join(scopes)}
    return PREFIX + context.mint.sign(claims, lifetime_s)


def bearer(context: Context, token: str) -> tuple[Person, set[str]] | None:
    """Whose access token it is and what it may, as far as the grant still stands; None for no token of Google's."""
    try:
        claims = context.mint.read(token.removeprefix(PREFIX))
    except TokenRefused:
        return None
    person = context.world.person(claims.get("person", ""))
    if claims.get("aud") != audience(context) or person is None or person.blocked:
        return None
    standing = context.grants.consented((person.id,), claims["azp"], GRANTED)
    allowed = set(claims["scope"].split()) & standing
    is_revoked = context.grants.revoked(person.id, claims["iat"] + 1)  # iat is cut to whole seconds
    return (person, allowed) if standing and not is_revoked else None
