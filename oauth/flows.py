"""Connect to Microsoft: the authorisation code flow with PKCE, from the button to the stored connection.

Protocol: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow. Tokens are stored only
after every check has passed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Company, Membership
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from core.redact import redact
from oauth import identity, msal_app, state, storing
from oauth.errors import (
    AnswerRejected,
    ApprovalNeeded,
    ConnectRefused,
    Declined,
    LinkExpired,
    MicrosoftError,
    MicrosoftRefused,
    MicrosoftUnavailable,
    NotPossible,
    ProviderRefused,
    SendingNotAllowed,
    SettingsChanged,
    WrongAccount,
)
from oauth.holders import Holder
from oauth.models import Connection, Resource
from oauth.registration import SEND, Registration, lacking, registration_of, short_name

APPROVAL = "approval"  # state of the admin-consent address: tells the way back from a sign-in, proves nothing
_ASK_AGAIN = "oauth_ask_consent"  # session: the last grant lacked a scope, so the consent page is shown once
_APPROVAL_CODES = {"90094", "90095", "65001"}
_APPROVAL_ERRORS = {"consent_required", "interaction_required"}


def start(membership: Membership, session: SessionBase, *, for_company: bool = False) -> str:
    """The address at Microsoft to send the person to; `for_company`: to connect the company's mailbox.

    Raises NotPossible (settings, or not allowed), ProviderRefused (Microsoft does not know the directory, or
    does not answer).
    """
    holder = Holder(membership, for_company)
    registration = usable_registration(holder)
    hint = holder.expected_addresses()[0]
    try:
        flow = msal_app.start_flow(registration, login_hint=hint, prompt=_prompt(session))
    except MicrosoftError as error:
        raise ProviderRefused(error.raw, "authorize_redirect", error.http_status) from None
    state.keep(flow, membership, session, registration, for_company=for_company)
    return flow["auth_uri"]


def finish(
    membership: Membership, session: SessionBase, query: Mapping[str, str], *, actor: Actor
) -> Connection:
    """Redeem what Microsoft sent back to the callback, check it, and store the connection.

    Raises a ConnectRefused; its class says which of the unhappy ends it is. Every end is audited.
    """
    holder = Holder(membership, state.was_for_company(session, query.get("state", "")))
    try:
        pending = state.take(membership, session, query.get("state", ""))
        holder = Holder(membership, pending.for_company)
        return _finish(holder, session, query, pending, actor)
    except ConnectRefused as refusal:
        refusal.for_company = holder.is_company
        whose = {"company": holder.company, "label": holder.label}
        record(actor, "connection.refused", **whose, **refusal.audited)
        raise


def _finish(
    holder: Holder, session: SessionBase, query: Mapping[str, str], pending: state.Pending, actor: Actor
) -> Connection:
    if "error" in query:
        raise _refused_there(query)
    registration = usable_registration(holder)
    if registration.name != pending.registration_name:
        raise SettingsChanged
    if not query.get("code"):
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
    account = _expected_account(holder, registration, grant)
    grant = _with_outlook(registration, grant)
    connection = _store(holder, registration, grant, account, actor)
    session.pop(_ASK_AGAIN, None)
    if lacking(connection):
        session[_ASK_AGAIN] = True
    return connection


def _with_outlook(registration: Registration, grant: msal_app.Grant) -> msal_app.Grant:
    """The grant with a token for Exchange, if one was to be allowed: only that token shows that it was.

    Without it the person still sends by Graph. What a passing fault leaves open is tried when mail is sent.
    """
    asked = registration.scopes_of(Resource.OUTLOOK)
    if not asked:
        return grant
    try:
        renewal = msal_app.refresh(registration, grant.cache, asked)
    except MicrosoftUnavailable:
        return replace(grant, scopes=(*grant.scopes, *asked))
    except MicrosoftRefused:
        return grant
    return replace(grant, scopes=(*grant.scopes, *renewal.scopes), cache=renewal.cache)


def usable_registration(holder: Holder) -> Registration:
    """The registration this grant may be got with now. Raises NotPossible."""
    if reasons := holder.hindrances():
        raise NotPossible(reasons)
    try:
        return registration_of(holder.company, for_company=holder.is_company)
    except (ConfigurationError, DecryptionFailed):
        reason = _(
            "The portal cannot read your company's Office 365 settings. Tell the operator of this portal."
        )
        raise NotPossible([reason]) from None


def _prompt(session: SessionBase) -> str:
    """Let the person choose the account; show the consent page once where the last grant lacked something.

    Microsoft asks by itself for what nobody has allowed. Where people may not consent, a page that is forced bars
    them although an administrator has approved the app: https://github.com/MicrosoftDocs/entra-docs/issues/652
    """
    return "consent" if session.pop(_ASK_AGAIN, False) else "select_account"


def _refused_there(query: Mapping[str, str]) -> ConnectRefused:
    """What an error in the callback means. Cancel and "ask your admin" are not faults and have own pages."""
    error, text = query["error"], query.get("error_description", "")
    codes = set(re.findall(r"AADSTS(\d{4,8})", text))
    if codes & _APPROVAL_CODES or (error in _APPROVAL_ERRORS and not codes):
        return ApprovalNeeded()
    if "65004" in codes or (error == "access_denied" and not codes):
        return Declined()
    return ProviderRefused(redact(f"{error}: {text}")[: msal_app.RAW_LIMIT], "authorize_redirect")


def _expected_account(holder: Holder, registration: Registration, grant: msal_app.Grant) -> identity.Account:
    expected = holder.expected_addresses()
    account, graph_answered = identity.account_of(grant.claims, registration.cloud, grant.access_token)
    if account.has_one_of(expected):
        return account
    if not graph_answered:  # the mailbox's address may still be the right one
        raise ProviderRefused("", "graph_other", 503)
    raise WrongAccount(account.address, expected)


@transaction.atomic
def _store(
    holder: Holder,
    registration: Registration,
    grant: msal_app.Grant,
    account: identity.Account,
    actor: Actor,
) -> Connection:
    # Two callbacks take turns: of one person, of a company's admins.
    lock = Company if holder.is_company else Membership
    lock.objects.select_for_update().get(pk=holder.company.pk if holder.is_company else holder.by.pk)
    connection = holder.connection() or holder.new_connection()
    new = storing.NewGrant(
        client_id=registration.client_id,
        directory=str(grant.claims["tid"]),
        object_id=account.object_id,
        address=holder.address_of(account),
        name=account.name,
        scopes=list(grant.scopes),
        tokens=grant.cache,
    )
    return storing.store(connection, new, actor)


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
