"""Asking a Microsoft administrator to approve the company's app, and finding out whether that was done.

https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
What comes back to the callback proves nothing, its `tenant` least of all: only a token shows what was approved.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.contrib.sessions.backends.base import SessionBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import Actor, record
from accounts.models import AuditEvent, Company, Membership
from core.clock import now
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from core.redact import redact
from diagnosis.explain import Explanation, explain
from mailsettings import catalog
from mailsettings.models import AppOnlySettings, MicrosoftApp
from mailsettings.signals import settings_changed
from oauth import flows, msal_app
from oauth.registration import Registration, SettingsIncomplete, is_guid, registration_of, short_name

LIFETIME_S = 60 * 60  # of a question that was put: an administrator reads before he accepts
MOST_CHECKS, CHECKS_WITHIN = 10, timedelta(minutes=10)
_ASKED = "oauth_approvals"  # session: hash of the state -> company, kind, when
_DECLINED = {"access_denied", "permission_denied", "consent_required"}


class Kind(StrEnum):
    PEOPLE = "people"  # delegated permissions, for everybody who connects or signs in by password
    GRAPH = "graph"  # application permissions at Microsoft Graph
    SMTP = "smtp"  # the same at Exchange


LABELS = {
    Kind.PEOPLE: _("For the people who send as themselves"),
    Kind.GRAPH: _("For the app that sends by itself, through Microsoft Graph"),
    Kind.SMTP: _("For the app that sends by itself, through Exchange's SMTP server"),
}
MEANINGS = {
    "Mail.Send": _("send mail as the signed-in person"),
    "User.Read": _("read that person's name and address"),
    "Mail.ReadWrite": _("put messages over 4 MB together in the person's mailbox before they are sent"),
    "Mail.Send.Shared": _("send mail from shared mailboxes the person may use"),
    "SMTP.Send": _("send mail as the signed-in person through Exchange's SMTP server"),
}
_OF_THE_APP = {
    Kind.GRAPH: ("Mail.Send", _("send mail as every mailbox of the organisation, without a person")),
    Kind.SMTP: ("SMTP.SendAsApp", _("sign in at Exchange's SMTP server without a person")),
}


@dataclass(frozen=True, slots=True)
class Approval:
    """One thing to approve; `scopes` in full, as the address names them."""

    kind: Kind
    registration: Registration
    scopes: tuple[str, ...]
    permissions: tuple[tuple[str, str | Promise], ...]  # name and meaning

    @property
    def label(self) -> Promise:
        return LABELS[self.kind]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _meaning in self.permissions)

    @property
    def forward_address(self) -> str:
        """For somebody who may have no account at this portal."""
        return self.address(flows.APPROVAL)

    def address(self, state: str) -> str:
        return flows.admin_consent_address(self.registration, self.scopes, state)


class Outcome(StrEnum):
    GIVEN = "given"  # says Microsoft's answer
    DECLINED = "declined"
    ELSEWHERE = "elsewhere"  # an answer that names another directory
    REFUSED = "refused"  # Microsoft's error


@dataclass(frozen=True, slots=True)
class Answer:
    """Plain values, so that it can be shown after a redirect."""

    kind: str
    outcome: str
    raw: str = ""  # Microsoft's words, redacted

    @property
    def explanation(self) -> Explanation | None:
        if self.outcome != Outcome.REFUSED:
            return None
        flow = "delegated" if self.kind == Kind.PEOPLE else "client_credentials"
        return explain(self.raw, stage="authorize_redirect", provider="microsoft", flow=flow)


def of_company(company: Company) -> list[Approval]:
    """What the company's ways of sending need approved now; nothing while its registration is not filled in."""
    try:
        registration = registration_of(company)
    except (SettingsIncomplete, ConfigurationError, DecryptionFailed):
        return []
    found = []
    if any(company.allows(method) for method in catalog.OF_THE_APP if _is_delegated(method)):
        found.append(of_people(registration))
    chosen = AppOnlySettings.objects.filter(company=company).first()
    place = registration.cloud
    if chosen and chosen.use_graph and company.allows(catalog.GRAPH_APP):
        found.append(Approval(Kind.GRAPH, registration, (place.graph_scope,), (_OF_THE_APP[Kind.GRAPH],)))
    if chosen and chosen.use_smtp and company.allows(catalog.SMTP_APP):
        found.append(Approval(Kind.SMTP, registration, (place.outlook_scope,), (_OF_THE_APP[Kind.SMTP],)))
    return found


def of_people(registration: Registration) -> Approval:
    names = [short_name(scope) for scope in registration.scopes]
    permissions = tuple((name, MEANINGS.get(name, name)) for name in names)
    return Approval(Kind.PEOPLE, registration, tuple(registration.scopes), permissions)


def ask(approval: Approval, membership: Membership, session: SessionBase, *, actor: Actor) -> str:
    """The address at Microsoft for an admin of ours who goes there himself; his way back is remembered."""
    state = f"{flows.APPROVAL}.{secrets.token_urlsafe(24)}"
    kept = dict(list(session.get(_ASKED, {}).items())[-4:])
    session[_ASKED] = {
        **kept,
        _hash(state): [str(membership.company_id), approval.kind, now().timestamp()],
    }
    _note(membership, actor, "approval.asked", kind=approval.kind, permissions=list(approval.names))
    return approval.address(state)


def is_answer(query: Mapping[str, str]) -> bool:
    """Whether somebody comes back from an approval, and not from a sign-in."""
    return query.get("state", "").partition(".")[0] == flows.APPROVAL


def take(
    membership: Membership, session: SessionBase, query: Mapping[str, str], *, actor: Actor
) -> Answer | None:
    """What came back to the admin who asked; None when it was not he who asked, in this browser, within the hour."""
    asked = dict(session.get(_ASKED, {}))
    company_id, kind, asked_at = asked.pop(_hash(query.get("state", "")), ("", "", 0))
    if company_id != str(membership.company_id) or now().timestamp() - asked_at > LIFETIME_S:
        return None
    session[_ASKED] = asked
    answer = Answer(kind, outcome_of(query, membership.company), words(query))
    facts = {"cause": answer.explanation.cause} if answer.explanation else {}
    _note(membership, actor, "approval.answered", kind=answer.kind, outcome=answer.outcome, **facts)
    if answer.outcome == Outcome.GIVEN:
        wake(membership.company)
    return answer


def outcome_of(query: Mapping[str, str], company: Company | None = None) -> Outcome:
    """What the answer says. With `company`, an answer that names another directory is not taken for its own."""
    codes = set(re.findall(r"AADSTS(\d{4,8})", query.get("error_description", "")))
    if "error" in query:
        declined = "65004" in codes or (query["error"] in _DECLINED and not codes)
        return Outcome.DECLINED if declined else Outcome.REFUSED
    if query.get("admin_consent", "").casefold() != "true":
        return Outcome.REFUSED
    app = MicrosoftApp.objects.filter(company=company).first() if company else None
    named = query.get("tenant", "").casefold()
    if app and is_guid(app.tenant_id) and named and named != app.tenant_id.casefold():
        return Outcome.ELSEWHERE
    return Outcome.GIVEN


def too_many_checks(company: Company) -> bool:
    since = now() - CHECKS_WITHIN
    checks = AuditEvent.objects.filter(company=company, action="approval.checked", at__gt=since)
    return checks.count() >= MOST_CHECKS


def wake(company: Company) -> None:
    """Mail that waited for the approval is tried again; tokens made before it are forgotten."""
    methods = catalog.OF_THE_APP
    settings_changed.send(sender=Approval, company=company, membership=None, methods=methods)


def _is_delegated(method: str) -> bool:
    return catalog.METHODS[method].flow in ("delegated", "ropc")


def words(query: Mapping[str, str]) -> str:
    """Microsoft's own, redacted."""
    text = f"{query.get('error', '')}: {query.get('error_description', '')}" if "error" in query else ""
    return redact(text)[: msal_app.RAW_LIMIT]


def _note(membership: Membership, actor: Actor, action: str, **facts: object) -> None:
    record(actor, action, company=membership.company, label=str(membership.company), **facts)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
