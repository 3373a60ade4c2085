"""The support bundle: one file about a check and what stands around it, to hand to whoever helps.

No secret, no token, no text, subject or recipient of any message is in it; servers' words are redacted again.
"""

from django.utils import timezone

from accounts.models import Membership
from core.redact import redact
from mailsettings.models import Credential, MicrosoftApp, SmtpServer
from oauth.models import Connection
from sender.doctor.runs import told
from sender.ladder import ladder_of
from sender.models import Attempt, CheckRun, SendingMailbox

ATTEMPTS, EARLIER = 20, 10


def bundle(run: CheckRun) -> dict[str, object]:
    """Plain values for JSON."""
    person = run.membership
    facts = {
        "made_at": timezone.now().isoformat(),
        "company": run.company.code,
        "person": run.person,
        "check": _check(run),
        "earlier_checks": [_check(one, with_steps=False) for one in _earlier(run)],
    }
    if person is not None:
        facts |= {"ways": ladder_of(person), "settings": _settings(person), "mailboxes": _mailboxes(person)}
    return _clean(facts)


def _check(run: CheckRun, *, with_steps: bool = True) -> dict[str, object]:
    facts = {
        "id": str(run.pk),
        "asked_at": _at(run.asked_at),
        "finished_at": _at(run.finished_at),
        "method": run.method,
        "result": run.result,
        "cause": run.cause,
    }
    return facts | (told(run) if with_steps else {})


def _earlier(run: CheckRun) -> list[CheckRun]:
    rows = CheckRun.objects.filter(company=run.company, pk__lt=run.pk)
    rows = rows.filter(membership=run.membership) if run.membership else rows.filter(person=run.person)
    return list(rows[:EARLIER])


def _settings(person: Membership) -> dict[str, object]:
    company = person.company
    app = MicrosoftApp.objects.filter(company=company).first()
    server = SmtpServer.objects.filter(company=company).first()
    return {
        "allowed_methods": company.allowed_methods,
        "office365": app and {name: str(getattr(app, name)) for name in ("cloud", "tenant_id", "client_id")},
        "mail_server": server
        and {name: str(getattr(server, name)) for name in ("host", "port", "security", "authentication")},
        "secrets": [_credential(one) for one in _credentials(person)],
        "connections": [_connection(one) for one in Connection.objects.filter(membership=person)],
    }


def _credentials(person: Membership) -> list[Credential]:
    rows = Credential.objects.filter(company=person.company).defer("ciphertext", "certificate")
    return [row for row in rows if row.membership_id in (None, person.pk)]


def _credential(row: Credential) -> dict[str, object]:
    """When it was set and ends; not what it is, nor its fingerprint."""
    ends = row.expires_on and row.expires_on.isoformat()
    return {"kind": row.kind, "state": row.state, "set_at": _at(row.set_at), "ends": ends}


def _connection(row: Connection) -> dict[str, object]:
    names = ("provider", "address", "state", "cause", "cause_raw", "scopes")
    facts = {name: getattr(row, name) for name in names}
    return facts | {"connected_at": _at(row.connected_at), "refreshed_at": _at(row.refreshed_at)}


def _mailboxes(person: Membership) -> list[dict[str, object]]:
    rows = SendingMailbox.objects.filter(company=person.company, messages__membership=person).distinct()
    return [
        {
            "method": row.method,
            "account": row.account,
            "health": row.health,
            "cause": row.cause,
            "cause_raw": row.cause_raw,
            "last_worked_at": _at(row.last_worked_at),
            "attempts": [_attempt(one) for one in _attempts(row, person)],
        }
        for row in rows
    ]


def _attempts(mailbox: SendingMailbox, person: Membership) -> list[Attempt]:
    rows = Attempt.objects.filter(message__mailbox=mailbox, message__membership=person)
    return list(rows.order_by("-id")[:ATTEMPTS])


def _attempt(row: Attempt) -> dict[str, object]:
    names = ("number", "method", "phase", "outcome", "cause", "reply", "note", "request_ids")
    return {"started_at": _at(row.started_at)} | {name: getattr(row, name) for name in names}


def _at(moment) -> str:
    return moment.isoformat() if moment else ""


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value
