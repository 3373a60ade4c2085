"""The shape of one row of the vocabulary of failures."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

Text = str | Promise


class Retry(StrEnum):
    """What a failure means for the message and its mailbox."""

    WAIT = "wait"  # a passing fault: try this message again later
    STOP_MESSAGE = "stop_message"  # recipient or content: this message ends, the mailbox goes on
    PAUSE_MAILBOX = "pause_mailbox"  # sign-in or settings: the mailbox is paused, its messages are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that goes wrong, in plain words. Texts are lazy, so reading the table needs no settings.

    `who`: who mends it, as the failure says: user, company_admin, tenant_admin, operator, wait, sender.
    `who_if`: other answers, each for a provider or a flow; the first that fits wins.
    `tell`: whom this portal tells, where that is someone else: each company registers its own app with
    Microsoft, so what an app's operator mends is told to the company's administrator.
    `todo` speaks to that person; `todo_user`, `todo_admin`, `todo_it` to others, `todo_google` at Google.
    `commands`: PowerShell lines for Microsoft 365; the page fills in {mailbox}, {from_address}, {client_id},
    {enterprise_object_id}.
    """

    slug: str
    who: str
    retry: Retry
    title: Text
    happened: Text
    todo: Text
    who_if: tuple[tuple[str, str], ...] = ()
    tell: str = ""
    todo_user: Text | None = None
    todo_admin: Text | None = None
    todo_it: Text | None = None
    todo_google: Text | None = None
    guide: str = ""
    commands: tuple[str, ...] = ()

    def who_for(self, provider: str | None, flow: str | None) -> str:
        """Who mends it with this provider and flow."""
        return next((who for key, who in self.who_if if key in (provider, flow)), self.who)
