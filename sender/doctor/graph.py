"""The steps of a way that goes by Microsoft Graph: reading only, by the transport's own calls.

With Mail.Send alone Graph lets nothing of a mailbox be read. What cannot be known without sending says so.
"""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from diagnosis.explain import Explanation
from oauth.registration import READ_WRITE, SEND, SEND_SHARED
from sender.doctor.smtp import against_policy
from sender.doctor.steps import Failed, Planned, Said, StepState, Words
from sender.doctor.subject import Subject
from sender.doctor.token import Shown
from sender.plan import MAX_REQUEST_BYTES
from sender.transports.graph import GraphTransport
from sender.transports.graph_calls import NO_ANSWER, Answer, Calls, GraphSettings

_STAGE = "graph_other"
_SENT_ITEMS = "mailFolders/sentitems/messages?$top=1&$select=id"
LARGEST_BYTES = 150 * 1024 * 1024
_TO_READ = ("Mail.Read", "Mail.ReadWrite")
_POLICY_BLOCKS = "app_access_policy_blocked"


class GraphSteps:
    def __init__(self, subject: Subject, settings: GraphSettings, shown: Shown) -> None:
        self.subject = subject
        self.settings = settings
        self.shown = shown
        self.words = subject.words
        self.calls = Calls(settings)

    def plan(self) -> list[Planned]:
        return [
            Planned("reach", gettext_lazy("Microsoft Graph answers"), self.reach),
            Planned("rights", gettext_lazy("Permission to send"), self.rights),
            Planned("who", gettext_lazy("Who Microsoft says it is"), self.who),
            Planned("mailbox", gettext_lazy("Mailbox"), self.mailbox),
            Planned("sender", gettext_lazy("Right to send as From"), self.sender),
            Planned("size", gettext_lazy("Size limit"), self.size),
        ]

    def close(self) -> None:
        self.calls.close()

    def reach(self) -> Said:
        return reached(self.calls, self.settings.graph_url, self.words)

    def rights(self) -> Said:
        if self.shown.has(SEND) or self.shown.has(SEND_SHARED):
            return Said(_("The token shows %(permission)s.") % {"permission": SEND})
        if not self.shown.is_app:
            raise Failed(self.words.of_cause("graph_permission_missing"))
        text = _("The token shows no %(permission)s.") % {"permission": SEND}
        hint = _(
            "That is right when Exchange gives the permission for chosen mailboxes (RBAC for Applications). "
            "Otherwise grant it in Entra. A real message shows which."
        )
        return Said(text, StepState.WARN, hint, "graph_permission_missing")

    def who(self) -> Said:
        profile = _Profile(self.settings)
        answer = profile.ask("GET", "?$select=id,displayName,mail,userPrincipalName")
        profile.close()
        if answer.status == 403:
            return Said(_("Not to be read: the permission User.Read is not granted."), StepState.SKIP)
        if answer.status != 200:
            raise self._failed(answer)
        found = {str(answer.data.get(name) or "") for name in ("mail", "userPrincipalName")} - {""}
        account = self.subject.route.account
        names = {"found": ", ".join(sorted(found)), "account": account}
        if account.casefold() not in {one.casefold() for one in found}:
            text = _("Microsoft says it is %(found)s, not %(account)s.") % names
            return Said(text, StepState.WARN, cause="wrong_account_signed_in")
        if not answer.data.get("mail"):
            text = _("Microsoft knows no e-mail address of %(account)s: perhaps it has no mailbox.") % names
            return Said(text, StepState.WARN, cause="mailbox_missing_or_unlicensed")
        return Said(_("It is %(account)s.") % names)

    def mailbox(self) -> Said:
        answer = self.calls.ask("GET", _SENT_ITEMS)
        if answer.status == 200:
            return Said(_("The mailbox is there and answers."))
        why = self._explained(answer)
        if answer.status == 403 and why.cause != _POLICY_BLOCKS:
            text = _("Not to be seen without a permission to read mail, which sending does not need.")
            return Said(text, StepState.SKIP, _("A real message shows whether it is there."))
        raise Failed(why)

    def sender(self) -> Said:
        names = {"address": self.subject.route.from_address, "account": self.subject.route.account}
        if self.subject.sends_from_its_own:
            return Said(_("From is the mailbox itself, %(address)s.") % names)
        return Said(
            _("From is %(address)s, and Microsoft tells only at a message whether %(account)s may use it.")
            % names,
            StepState.SKIP,
            _("Send a real message with this check to know."),
        )

    def size(self) -> Said:
        limit_bytes = LARGEST_BYTES if self.shown.has(READ_WRITE) else MAX_REQUEST_BYTES
        return against_policy(limit_bytes, self.subject.policy.max_files_mb)

    def can_open(self, mailbox: str) -> bool | None:
        """Whether the app may read this mailbox; None when it lacks the permission to read any."""
        other = Calls(replace(self.settings, mailbox=mailbox))
        try:
            answer = other.ask("GET", _SENT_ITEMS)
        finally:
            other.close()
        if answer.status == 403:
            return False if self._explained(answer).cause == _POLICY_BLOCKS else None
        if answer.status in (200, 404):
            return answer.status == 200 or None
        raise self._failed(answer)

    def has_copy(self, message_id: str) -> bool | None:
        """Whether Sent Items holds this message; None when that may not be read. Raises TransportError."""
        if not any(self.shown.has(permission) for permission in _TO_READ):
            return None
        return GraphTransport(self.settings).is_sent(message_id)

    def _explained(self, answer: Answer) -> Explanation:
        return self.words.of(answer.reply, _STAGE, http_status=answer.status or None)

    def _failed(self, answer: Answer) -> Failed:
        return Failed(self._explained(answer))


def reached(calls: Calls, base_url: str, words: Words) -> Said:
    """Any answer will do: it shows that name, port, TLS and certificate are right."""
    calls.open()
    answer = calls.without_token("GET", base_url)
    if answer.status == NO_ANSWER:
        raise Failed(words.of(answer.reply, _STAGE))
    host = base_url.partition("://")[2].partition("/")[0]
    return Said(_("%(host)s answers over TLS, and its certificate is trusted.") % {"host": host})


def why_exchange_refuses(settings: GraphSettings, words: Words) -> str:
    """A cause for a mailbox whose sign-in by SMTP is refused without a reason: what Graph says of it, or ""."""
    calls = Calls(settings)
    try:
        answer = calls.ask("GET", _SENT_ITEMS)
    finally:
        calls.close()
    if answer.status != 404:
        return ""
    return words.of(answer.reply, _STAGE, http_status=answer.status).cause


class _Profile(Calls):
    """Of the account itself: the address without what is below it."""

    def _base_of(self, settings: GraphSettings) -> str:
        return super()._base_of(settings).rstrip("/")
