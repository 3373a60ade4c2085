"""Connect to Google: the authorisation code flow with PKCE, from the button to the stored connection.

Protocol: https://developers.google.com/identity/protocols/oauth2/web-server. Tokens are stored only after every
check has passed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Membership
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from core.redact import redact
from oauth import google_client, google_services, identity, state, storing
from oauth.errors import (
    AnswerRejected,
    ConnectRefused,
    Declined,
    LinkExpired,
    NoMailboxThere,
    NotPossible,
    ProviderError,
    ProviderRefused,
    SendingNotAllowed,
    SettingsChanged,
    WrongAccount,
)
from oauth.google_client import GoogleTokens
from oauth.google_registration import GoogleRegistration, google_registration_of
from oauth.models import Connection, ConnectionState, Provider, TokenCache

_ASK_AGAIN = "oauth_google_ask_consent"  # session: the last grant lacked something, so it is asked for again


def start(membership: Membership, session: SessionBase) -> str:
    """The address at Google to send the person to. Raises NotPossible."""
    registration = usable_registration(membership)
    hint = identity.expected_addresses(membership)[0]
    prompt = _prompt(membership, registration, session)
    flow = google_client.start_flow(registration, login_hint=hint, prompt=prompt)
    state.keep(flow, membership, session, registration)
    return flow["auth_uri"]


def finish(
    membership: Membership, session: SessionBase, query: Mapping[str, str], *, actor: Actor
) -> Connection:
    """Redeem what Google sent back to the callback, check it, and store the connection.

    Raises a ConnectRefused; its class says which of the unhappy ends it is. Every end is audited.
    """
    try:
        return _finish(membership, session, query, actor)
    except ConnectRefused as refusal:
        whose = {"company": membership.company, "label": str(membership.user)}
        record(actor, "connection.refused", **whose, provider="google", **refusal.audited)
        raise


def _finish(
    membership: Membership, session: SessionBase, query: Mapping[str, str], actor: Actor
) -> Connection:
    pending = state.take(membership, session, query.get("state", ""), Provider.GOOGLE)
    if "error" in query:
        raise _refused_there(query)
    registration = usable_registration(membership)
    if query.get("iss", registration.service.issuer) not in registration.service.issuers:  # RFC 9207
        raise AnswerRejected("iss")
    if registration.name != pending.registration_name:
        raise SettingsChanged
    if not query.get("code"):
        raise LinkExpired
    try:
        tokens, claims = google_client.redeem(registration, pending.flow, query["code"])
    except google_client.NotOurToken as error:
        raise AnswerRejected(error.error) from None
    except ProviderError as error:
        raise ProviderRefused(error.raw, "token", error.http_status, provider="google") from None
    _check_account(membership, registration, claims)
    if registration.scope not in tokens.scopes:
        session[_ASK_AGAIN] = True
        raise SendingNotAllowed
    return _store(membership, session, registration, tokens, claims, actor)


def usable_registration(membership: Membership) -> GoogleRegistration:
    """The app this person may connect with now. Raises NotPossible."""
    if reasons := google_services.can_connect(membership):
        raise NotPossible(reasons)
    try:
        return google_registration_of(membership.company)
    except (ConfigurationError, DecryptionFailed):
        reason = _("The portal cannot read your company's Google settings. Tell the operator of this portal.")
        raise NotPossible([reason]) from None


def _prompt(membership: Membership, registration: GoogleRegistration, session: SessionBase) -> str:
    """Let the person choose the account; ask for consent where no refresh token or permission is had.

    Google gives a refresh token with the first consent only, or when it is asked for again.
    """
    connection = google_services.connection_of(membership)
    has_all = connection is not None and connection.is_usable and registration.scope in connection.scopes
    is_of_this_app = connection is not None and connection.client_id == registration.client_id
    asks = session.get(_ASK_AGAIN) or not (has_all and is_of_this_app)
    return "select_account consent" if asks else "select_account"


def _refused_there(query: Mapping[str, str]) -> ConnectRefused:
    """What an error in the callback means."""
    error, text = query["error"], query.get("error_description", "")
    if error == "access_denied":
        return Declined()
    return ProviderRefused(
        redact(f"{error}: {text}")[: google_client.RAW_LIMIT], "authorize_redirect", provider="google"
    )


def _check_account(
    membership: Membership, registration: GoogleRegistration, claims: Mapping[str, object]
) -> None:
    """That the account is the expected one, and its mailbox at Google. Raises WrongAccount, NoMailboxThere.

    Anybody may open a Google account under an address whose mail is elsewhere; Google speaks for an address
    only where it is verified and its own or a Workspace's (`hd`).
    https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
    """
    address, expected = str(claims.get("email", "")), identity.expected_addresses(membership)
    if not identity.is_one_of(address, expected):
        raise WrongAccount(address, expected)
    is_personal = address.rpartition("@")[2].lower() in registration.service.personal_domains
    if claims.get("email_verified") is not True or not (claims.get("hd") or is_personal):
        raise NoMailboxThere


@transaction.atomic
def _store(
    membership: Membership,
    session: SessionBase,
    registration: GoogleRegistration,
    tokens: GoogleTokens,
    claims: Mapping[str, object],
    actor: Actor,
) -> Connection:
    Membership.objects.select_for_update().get(pk=membership.pk)  # two callbacks of one person take turns
    connection = google_services.connection_of(membership) or Connection(
        company=membership.company, membership=membership, provider=Provider.GOOGLE
    )
    is_continued = not tokens.refresh_token
    if is_continued:
        tokens = _with_stored_refresh_token(connection, registration, tokens, str(claims["sub"]))
    if not tokens.refresh_token:
        session[_ASK_AGAIN] = True
        raise SendingNotAllowed
    session.pop(_ASK_AGAIN, None)
    grant = storing.NewGrant(
        client_id=registration.client_id,
        directory=str(claims.get("hd", "")),
        object_id=str(claims["sub"]),
        address=str(claims["email"]),
        name=str(claims.get("name", "")),
        scopes=list(tokens.scopes),
        tokens=tokens.to_bytes(),
        ends_at=datetime.fromtimestamp(tokens.ends_at, UTC) if tokens.ends_at else None,
        is_continued=is_continued,
    )
    return storing.store(connection, grant, actor)


def _with_stored_refresh_token(
    connection: Connection, registration: GoogleRegistration, tokens: GoogleTokens, subject: str
) -> GoogleTokens:
    """Google gave none because it gave one before: that one goes on, if it is this account's and this app's."""
    row = TokenCache.objects.filter(
        connection=connection, connection__state=ConnectionState.CONNECTED
    ).first()
    is_same = connection.object_id == subject and connection.client_id == registration.client_id
    if row is None or not is_same:
        return tokens
    try:
        return tokens.continuing(GoogleTokens.from_bytes(row.unseal()))
    except DecryptionFailed:
        return tokens
