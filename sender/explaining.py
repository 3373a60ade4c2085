"""What a message's page says about its trouble: the stored cause in plain words, the server's words below."""

from django.utils import timezone

from accounts.models import Company
from diagnosis.commands import filled_in
from diagnosis.explain import Explanation, explain, explain_cause
from mailsettings import catalog
from mailsettings.models import AppOnlySettings, MicrosoftApp
from sender import waits
from sender.models import OutboxMessage, SendingMailbox, State


def explanation_of(message: OutboxMessage) -> Explanation | None:
    """Why a message failed, waits or is not known; None when there is nothing to explain."""
    if message.state in (State.SENT, State.CANCELLED):
        return None
    if message.is_open and message.mailbox.health != "ready":
        cause, raw = message.mailbox.cause, message.mailbox.cause_raw
    else:
        cause, raw = message.cause or _cause_of_pause(message), message.cause_raw
    return _filled_in(_explained(cause, raw, message.mailbox), message) if cause else None


def _cause_of_pause(message: OutboxMessage) -> str:
    """What another message of its mailbox met; not in the server's words, which may name that one's recipients."""
    if message.state != State.WAITING:
        return ""
    return waits.causes_of_pauses([message.mailbox], timezone.now()).get(message.mailbox_id, "")


def for_company(found: Explanation, company: Company) -> Explanation:
    """Of an error that came from elsewhere: commands with what is known of the company; the rest is for the reader."""
    app = MicrosoftApp.objects.filter(company=company).first()
    app_only = AppOnlySettings.objects.filter(company=company).first()
    return filled_in(
        found, client_id=app.client_id if app else "", mailbox=app_only.account if app_only else ""
    )


def meaning_of(reply: str, method: catalog.Method) -> Explanation:
    """What a server's answer about one recipient means."""
    stage = "smtp_mail" if method.transport.endswith("SmtpTransport") else "graph_send"
    return explain(reply, stage=stage, provider=method.provider, flow=method.flow)


def _explained(cause: str, raw: str, mailbox: SendingMailbox) -> Explanation:
    """The server's text read anew for its alternatives, as long as it leads to the cause that was stored."""
    method = catalog.METHODS[mailbox.method]
    how = {"provider": method.provider, "flow": method.flow}
    found = explain(raw, **how)
    return found if found.cause == cause else explain_cause(cause, raw=raw, **how)


def _filled_in(found: Explanation, message: OutboxMessage) -> Explanation:
    """Commands with the mailbox's address, the message's From and the company's app."""
    app = MicrosoftApp.objects.filter(company=message.company).first() if found.commands else None
    names = {"mailbox": message.mailbox.account, "from_address": message.from_address}
    return filled_in(found, **names, client_id=app.client_id if app else "")
