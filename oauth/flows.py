"""Connect to Microsoft: the authorisation code flow with PKCE, from the button to the stored connection.

Protocol: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow. Tokens are stored only
after every check has passed.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Membership
from core.clock import now
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from core.redact import redact
from oauth import identity, msal_app, services, state
from oauth.errors import (
    AnswerRejected,
    ApprovalNeeded,
    ConnectRefused,
    Declined,
    LinkExpired,
    MicrosoftError,
    NotPossible,
    ProviderRefused,
    SendingNotAllowed,
    WrongAccount,
)
from oauth.models import Connection, ConnectionState, Provider, TokenCache
from oauth.registration import SCOPES, SEND, Registration, registration_of, short_name

APPROVAL = "approval"  # state of the admin-consent address: tells the way back from a sign-in, proves nothing
_ASK_AGAIN = "oauth_ask_consent"  # session: the last grant lacked a scope, so the consent page is shown again
_APPROVAL_CODES = {"90094", "90095", "65001"}
_APPROVAL_ERRORS = {"consent_required", "interaction_required"}


def start(membership: Membership, session: SessionBase) -> str:
    """The address at Microsoft to send the person to.

    Raises NotPossible (settings, or not allowed), ProviderRefused (Microsoft does not know the directory, or
    does not answer).
    """
    registration = usable_registration(membership)
    hint = identity.expected_addresses(membership)[0]
    try:
        flow = msal_app.start_flow(registration, login_hint=hint, prompt=_prompt(membership, session))
    except MicrosoftError as error:
        raise ProviderRefused(error.raw, "authorize_redirect", error.http_status) from None
    state.keep(flow, membership, session, registration)
    return flow["auth_uri"]


def finish(
    membership: Membership, session: SessionBase, query: Mapping[str, str], *, actor: Actor
) -> Connection:
    """Redeem what Microsoft sent back to the callback, check it, and store the connection.

    Raises a ConnectRefused; its class says which of the unhappy ends it is. Every end is audited.
    """
    try:
        return _finish(membership, session, query, actor)
    except ConnectRefused as refusal:
        facts = {"came": refusal.came} if isinstance(refusal, WrongAccount) else {}
        company = membership.company
        label = str(membership.user)
        record(actor, "connection.refused", company=company, label=label, cause=refusal.cause, **facts)
        raise


def _finish(
    membership: Membership, session: SessionBase, query: Mapping[str, str], actor: Actor
) -> Connection:
    pending = state.take(membership, session, query.get("state", ""))
    if "error" in query:
        raise _refused_there(query)
    registration = usable_registration(membership)
    if registration.name != pending.registration_name:
        raise LinkExpired
    try:
        grant = msal_app.redeem(registration, pending.flow, query)
    except msal_app.NonceMismatch:
        raise AnswerRejected("nonce") from None
    except MicrosoftError as error:
        raise ProviderRefused(error.raw, "token", error.http_status) from None
    identity.check_id_token(grant.claims, registration, grant.issuer)
    if SEND.lower() not in {short_name(scope).lower() for scope in grant.scopes} or not grant.is_lasting:
        session[_ASK_AGAIN] = True
        raise SendingNotAllowed
    account = _expected_account(membership, registration, grant)
    session.pop(_ASK_AGAIN, None)
    return _store(membership, registration, grant, account, actor)


def usable_registration(membership: Membership) -> Registration:
    """The registration this person may connect with now. Raises NotPossible."""
    if reasons := services.can_connect(membership):
        raise NotPossible(reasons)
    try:
        return registration_of(membership.company)
    except (ConfigurationError, DecryptionFailed):
        reason = _(
            "The portal cannot read your company's Office 365 settings. Tell the operator of this portal."
        )
        raise NotPossible([reason]) from None


def _prompt(membership: Membership, session: SessionBase) -> str:
    """Let the person choose the account; show the consent page only where the last grant lacked something."""
    connection = services.connection_of(membership)
    lacks = connection is not None and connection.cause in ("consent_missing", "graph_permission_missing")
    return "consent" if lacks or session.get(_ASK_AGAIN) else "select_account"


def _refused_there(query: Mapping[str, str]) -> ConnectRefused:
    """What an error in the callback means. Cancel and "ask your admin" are not faults and have own pages."""
    error, text = query["error"], query.get("error_description", "")
    codes = set(re.findall(r"AADSTS(\d{4,8})", text))
    if codes & _APPROVAL_CODES or (error in _APPROVAL_ERRORS and not codes):
        return ApprovalNeeded()
    if "65004" in codes or (error == "access_denied" and not codes):
        return Declined()
    return ProviderRefused(redact(f"{error}: {text}")[: msal_app.RAW_LIMIT], "authorize_redirect")


def _expected_account(
    membership: Membership, registration: Registration, grant: msal_app.Grant
) -> identity.Account:
    expected = identity.expected_addresses(membership)
    account, graph_answered = identity.account_of(grant.claims, registration.cloud, grant.access_token)
    if account.has_one_of(expected):
        return account
    if not graph_answered:  # the mailbox's address may still be the right one
        raise ProviderRefused("", "graph_other", 503)
    raise WrongAccount(account.address, expected)


@transaction.atomic
def _store(
    membership: Membership,
    registration: Registration,
    grant: msal_app.Grant,
    account: identity.Account,
    actor: Actor,
) -> Connection:
    Membership.objects.select_for_update().get(pk=membership.pk)  # two callbacks of one person take turns
    connection = services.connection_of(membership) or Connection(
        company=membership.company, membership=membership, provider=Provider.MICROSOFT
    )
    connection.state, connection.cause, connection.cause_raw = ConnectionState.CONNECTED, "", ""
    connection.client_id = registration.client_id
    connection.tenant_id, connection.object_id = str(grant.claims["tid"]), account.object_id
    connection.address, connection.display_name = account.address, account.name[:254]
    wanted = {name.lower() for name in SCOPES}
    connection.scopes = [scope for scope in grant.scopes if short_name(scope).lower() in wanted]
    connection.connected_at = connection.refreshed_at = now()
    connection.save()
    cache = TokenCache.objects.filter(connection=connection).first() or TokenCache(connection=connection)
    cache.version += 1
    cache.lease_owner, cache.lease_until = "", None  # whoever refreshes the old grant must not write it back
    cache.seal(grant.cache)
    cache.save()
    services.note(connection, actor, "connection.connected", tenant_id=connection.tenant_id)
    services.announce(connection)
    return connection


def admin_consent_address(
    registration: Registration, scopes: Sequence[str] = (), state: str = APPROVAL
) -> str:
    """Where a Microsoft administrator allows the app for the whole directory what people need, or these scopes.

    https://learn.microsoft.com/entra/identity-platform/v2-admin-consent; he comes back to the callback.
    """
    query = {
        "client_id": registration.client_id,
        "scope": " ".join(scopes or registration.scopes),
        "redirect_uri": registration.callback_url,
        "state": state,
    }
    return f"{registration.authority}/v2.0/adminconsent?{urlencode(query)}"
