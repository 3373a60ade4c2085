"""Whether an approval is there: by the only thing that shows it, a token."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from accounts.audit import Actor, record
from accounts.models import Membership
from diagnosis.explain import Explanation, explain_cause
from mailsettings import catalog, credentials
from mailsettings.models import CredentialKind, UserMailSettings
from oauth import app_tokens, approval, password_tokens, services, tokens
from oauth.approval import Approval, Kind
from oauth.errors import TokenError
from oauth.models import Resource
from oauth.registration import short_name


class State(StrEnum):
    PROVEN = "proven"  # a token shows every permission
    MISSING = "missing"  # a token came, without some
    REFUSED = "refused"  # no token
    OPEN = "open"  # nobody is there whose token could show it


@dataclass(frozen=True, slots=True)
class Finding:
    """Plain values, so that it can be shown after a redirect. `cause` is a slug of diagnosis, `raw` redacted."""

    kind: str
    state: str
    missing: tuple[str, ...] = ()
    cause: str = ""
    raw: str = ""
    flow: str = ""

    @property
    def explanation(self) -> Explanation | None:
        if not self.cause:
            return None
        return explain_cause(self.cause, raw=self.raw, provider="microsoft", flow=self.flow)


def check(asked: Approval, membership: Membership, *, actor: Actor) -> Finding:
    """Ask Microsoft for a token that would show the approval; the admin who checks may be the one to have it."""
    found = _find(asked, membership)
    company = membership.company
    facts = {"cause": found.cause} if found.cause else {}
    facts |= {"kind": asked.kind, "found": found.state}
    record(actor, "approval.checked", company=company, label=str(company), **facts)
    if found.state == State.PROVEN:
        approval.wake(company)
    return found


def _find(asked: Approval, membership: Membership) -> Finding:
    shown = _app_shows(asked, membership) if asked.kind != Kind.PEOPLE else _person_shows(membership)
    if shown is None:
        return Finding(asked.kind, State.OPEN)
    flow, fetch = shown
    try:
        has = {name.casefold() for name in fetch()}
    except TokenError as error:
        return Finding(asked.kind, State.REFUSED, cause=error.cause, raw=error.raw, flow=flow)
    missing = tuple(name for name in asked.names if name.casefold() not in has)
    return Finding(asked.kind, State.MISSING if missing else State.PROVEN, missing)


Shown = tuple[str, Callable[[], frozenset[str]]]  # flow of the token, and the permissions it shows


def _app_shows(asked: Approval, membership: Membership) -> Shown:
    resource = Resource.GRAPH if asked.kind == Kind.GRAPH else Resource.OUTLOOK
    company = membership.company
    return "client_credentials", lambda: app_tokens.roles(app_tokens.app_token(company, resource, force=True))


def _person_shows(membership: Membership) -> Shown | None:
    """By the admin's own connection, else by his password; None when he has neither."""
    connection = services.connection_of(membership)
    if connection is not None and connection.is_usable:

        def by_connection() -> frozenset[str]:
            shown = password_tokens.scopes(tokens.access_token(connection, force=True))
            connection.refresh_from_db(
                fields=["scopes"]
            )  # what the new token no longer has is gone from them
            return shown | {short_name(scope) for scope in connection.scopes}

        return "refresh", by_connection
    company = membership.company
    has_password = credentials.stored(company, CredentialKind.USER_PASSWORD, membership)
    if not (has_password and company.allows(catalog.GRAPH_PASSWORD)):
        return None
    person = UserMailSettings.objects.filter(membership=membership).first()
    account = person.user_name if person and "@" in person.user_name else membership.user.email
    return "ropc", lambda: password_tokens.scopes(
        password_tokens.password_token(membership, account, force=True)
    )
