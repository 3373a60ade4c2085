"""What a message's page says about its trouble: the stored cause in plain words, the server's words below."""

from dataclasses import replace

from diagnosis.explain import Explanation, explain, explain_cause
from mailsettings import catalog
from sender.models import OutboxMessage, SendingMailbox, State


def explanation_of(message: OutboxMessage) -> Explanation | None:
    """Why a message failed, waits or is not known; None when there is nothing to explain."""
    if message.state in (State.SENT, State.CANCELLED):
        return None
    if message.is_open and message.mailbox.health != "ready":
        cause, raw = message.mailbox.cause, message.mailbox.cause_raw
    else:
        cause, raw = message.cause, message.cause_raw
    return _filled_in(_explained(cause, raw, message.mailbox), message.mailbox) if cause else None


def _explained(cause: str, raw: str, mailbox: SendingMailbox) -> Explanation:
    """The server's text read anew for its alternatives, as long as it leads to the cause that was stored."""
    provider = catalog.METHODS[mailbox.method].provider
    found = explain(raw, provider=provider)
    return found if found.cause == cause else explain_cause(cause, raw=raw, provider=provider)


def _filled_in(found: Explanation, mailbox: SendingMailbox) -> Explanation:
    """Commands with this mailbox's address."""
    commands = tuple(command.replace("{mailbox}", mailbox.account) for command in found.commands)
    return replace(found, commands=commands)
