"""What the portal can see of a task by itself: known from its own rows, or found by a look at the providers.

Plain facts are kept, a state and a cause: nothing that a token, a server or a person's mailbox said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.explain import Explanation, explain_cause
from diagnosis.readers import Reader
from handover import asking, brought
from handover.models import Link, Proposal, ProposalState
from handover.ways import WAYS, Proof
from mailsettings import catalog, credentials
from mailsettings.models import (
    AppOnlySettings,
    Authentication,
    CredentialKind,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
)
from oauth import app_tokens, approval, trial
from oauth.google_registration import google_registration_of
from oauth.models import Connection, ConnectionState, Provider
from oauth.registration import Registration, SettingsIncomplete, lacking, registration_of
from sender import sign_in
from sender.doctor.subject import own_ways
from sender.models import CheckRun, SendingMailbox
from sender.transports.base import TransportError
from sender.transports.smtp import SmtpTransport


class State(StrEnum):
    DONE = "done"
    WRONG = "wrong"
    OPEN = "open"  # not seen; which does not say that it was not done


Found = dict[str, dict[str, str]]  # proof -> state and cause; a proof that is not in it is open

_NO_MAILBOX = ("app_access_policy_blocked", "mailbox_missing_or_unlicensed", "graph_user_not_found")
DONE = {"state": State.DONE.value, "cause": ""}


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of the checklist."""

    proof: Proof
    state: State
    cause: str = ""

    @property
    def explanation(self) -> Explanation | None:
        return explain_cause(self.cause) if self.state == State.WRONG and self.cause else None

    @property
    def todo(self) -> object:
        """What to do, in the words for IT; "" when nothing is wrong."""
        return self.explanation.todo_for(Reader.IT) if self.explanation else ""


def checklist(link: Link) -> list[Seen]:
    """From what is known: no provider is asked."""
    found = {**link.seen, **_known(link)}
    return [
        Seen(proof, State(found.get(proof.slug, {}).get("state", State.OPEN)), _cause(found, proof.slug))
        for proof in link.kind.proofs
    ]


def look(link: Link) -> None:
    """Ask the providers, and remember what they showed. What does not answer leaves the earlier finding.

    What somebody saw, or handed in, while they were asked is newer, and stays.
    """
    found, looker = link.seen, _LOOKERS.get(link.way)
    if looker is not None:
        try:
            found = looker(link, dict(link.seen))
        except (SettingsIncomplete, ConfigurationError, DecryptionFailed):
            found = {}  # nothing is there to look with
    as_it_was = Link.objects.filter(pk=link.pk, looked_at=link.looked_at)
    as_it_was.update(seen=found, looked_at=timezone.now())
    link.refresh_from_db(fields=["seen", "looked_at"])


def _known(link: Link) -> Found:
    company, found = link.company, {}
    if link.way == "connect":
        app = MicrosoftApp.objects.filter(company=company).first()
        people = _connections(link, Provider.MICROSOFT, str(app.client_id)) if app else []
        found |= {"callback": DONE} if people else {}
        found |= {"permissions": DONE} if any(not lacking(one) for one in people) else {}
    elif link.way == "google":
        client = GoogleApp.objects.filter(company=company).values_list("client_id", flat=True).first()
        found |= {"connected": DONE} if client and _connections(link, Provider.GOOGLE, client) else {}
    elif link.way == "app-graph":
        sent = SendingMailbox.objects.filter(company=company, method=catalog.GRAPH_APP, health="ready")
        found |= {"mailbox": DONE} if sent.exclude(last_worked_at=None).exists() else {}
    return found


def _connections(link: Link, provider: str, client_id: str) -> list[Connection]:
    rows = Connection.objects.filter(company=link.company, provider=provider, state=ConnectionState.CONNECTED)
    return list(rows.filter(client_id=client_id)[:20])


def _cause(found: Found, proof: str) -> str:
    return found.get(proof, {}).get("cause", "")


def _wrong(why: Explanation) -> dict[str, str]:
    return {"state": State.WRONG.value, "cause": why.cause}


def proven(link: Link, refusal: asking.Refusal | None, before: Found) -> Found:
    """What an answer to the values themselves shows."""
    names, secret = {"google": ("", "client"), "server": ("server", "sign_in")}.get(
        link.way, ("registered", "credential")
    )
    if refusal is None:
        return before | ({names: DONE} if names else {}) | {secret: DONE}
    if refusal.passes:
        return before
    rest = {name: fact for name, fact in before.items() if name not in (names, secret)}
    if names and (refusal.is_of_the_names or refusal.stage in ("smtp_connect", "smtp_tls")):
        return rest | {names: _wrong(refusal.why)}
    return rest | ({names: DONE} if names else {}) | {secret: _wrong(refusal.why)}


def registration_now(link: Link) -> Registration:
    """Of the values that wait to be taken over, else of those in use. Raises as `registration_of`."""
    waiting = _waiting(link)
    return brought.of_proposal(waiting).registration(link) if waiting else registration_of(link.company)


def _waiting(link: Link) -> Proposal | None:
    return link.proposals.filter(state=ProposalState.WAITING).first()


def _connect(link: Link, before: Found) -> Found:
    registration = registration_now(link)
    why = trial.asked(registration, registration.cloud.graph_scope)[1]
    return proven(link, asking.Refusal(why) if why else None, before)


def _app_graph(link: Link, before: Found) -> Found:
    registration = registration_now(link)
    token, why = trial.asked(registration, registration.cloud.graph_scope)
    refusal = asking.Refusal(why) if why else None
    if refusal and refusal.passes:
        return before
    found = proven(link, refusal, before)
    found.pop("mailbox", None)
    if not token:
        return found
    has_right = "Mail.Send" in app_tokens.roles(token)
    account = _account(link)
    no = asking.of_mailbox(registration, token, account) if account else None
    if no is not None and no.cause in _NO_MAILBOX:
        return found | {"mailbox": _wrong(no)}
    return found | ({"mailbox": DONE} if has_right else {})


def _app_smtp(link: Link, before: Found) -> Found:
    registration = registration_now(link)
    token, why = trial.asked(registration, registration.cloud.outlook_scope)
    refusal = asking.Refusal(why) if why else None
    if refusal and refusal.passes:
        return before
    shown = proven(link, refusal, before).items()
    found = {name: fact for name, fact in shown if name not in ("role", "mailbox")}
    if "SMTP.SendAsApp" not in app_tokens.roles(token):
        return found
    found["role"] = DONE
    if account := _account(link):
        no = asking.at_exchange(registration, token, account)
        found["mailbox"] = _wrong(no.why) if no else DONE
    return found


def _account(link: Link) -> str:
    chosen = AppOnlySettings.objects.filter(company=link.company).first()
    return chosen.account if chosen else ""


def _consent(link: Link, before: Found) -> Found:
    approvals = approval.of_company(link.company)
    if not approvals:  # as while the app is not registered
        return {}
    for asked in approvals:
        if asked.kind == approval.Kind.PEOPLE:
            app = MicrosoftApp.objects.get(company=link.company)
            people = _connections(link, Provider.MICROSOFT, str(app.client_id))
            if not any(not lacking(one) for one in people):
                return {}
            continue
        token, why = trial.asked(asked.registration, asked.scopes[0])
        if why is not None:
            return before if asking.Refusal(why).passes else {"permissions": _wrong(why)}
        if not set(asked.names) <= app_tokens.roles(token):
            return {}
    return {"permissions": DONE}


def _authenticated_smtp(link: Link, before: Found) -> Found:
    """By the company's own sign-in at Exchange; people's are known from their last check."""
    for way in own_ways(link.company):
        if not way.method.transport.endswith("SmtpTransport"):
            continue
        try:
            transport = sign_in.transport_for(way.mailbox)
        except (sign_in.SignInMissing, TransportError):
            continue
        if isinstance(transport, SmtpTransport) and transport.provider == "microsoft":
            no = asking.of_server(transport.settings, way.words)
            return {"sign_in": _wrong(no.why) if no else DONE}
    return _last_sign_in(link)


def _last_sign_in(link: Link) -> Found:
    by_smtp = WAYS["authenticated-smtp"].methods
    runs = CheckRun.objects.filter(company=link.company, method__in=by_smtp, state="done")
    for run in runs[:20]:
        for step in run.steps:
            if step["id"] == "sign_in" and step["state"] in ("ok", "fail"):
                return {"sign_in": DONE if step["state"] == "ok" else {"state": "wrong", "cause": run.cause}}
    return {}


def _google(link: Link, before: Found) -> Found:
    waiting = _waiting(link)
    registration = (
        brought.of_proposal(waiting).google_registration(link)
        if waiting
        else google_registration_of(link.company)
    )
    why = trial.google_refusal(registration)
    return proven(link, asking.Refusal(why) if why else None, before)


def _server(link: Link, before: Found) -> Found:
    waiting = _waiting(link)
    if waiting:
        return proven(link, asking.refusal(link, brought.of_proposal(waiting)), before)
    server = SmtpServer.objects.filter(company=link.company).first()
    if server is None:
        return {}
    stored = credentials.stored(link.company, CredentialKind.SMTP_PASSWORD)
    signs_in = server.authentication == Authentication.PASSWORD and stored is not None
    names = ("host", "port", "security", "user_name")
    values = brought.Brought(
        {name: getattr(server, name) for name in names}, secret=stored.reveal() if signs_in else ""
    )
    found = proven(link, asking.of_server(asking.server(values)), before)
    if server.authentication == Authentication.PASSWORD and not signs_in:
        found.pop("sign_in", None)  # people sign in there, each with a password of their own
    return found


Looker = Callable[[Link, Found], Found]
_LOOKERS: dict[str, Looker] = {
    "connect": _connect,
    "app-graph": _app_graph,
    "app-smtp": _app_smtp,
    "consent": _consent,
    "authenticated-smtp": _authenticated_smtp,
    "google": _google,
    "server": _server,
}
