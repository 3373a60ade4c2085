"""The steps of a way that goes by the Gmail API. Its permission lets nothing be read, so little can be known."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sender.doctor.graph import reached
from sender.doctor.smtp import against_policy
from sender.doctor.steps import Failed, Planned, Said, StepState
from sender.doctor.subject import Subject
from sender.transports.gmail import MOST_BYTES, GmailCalls, GmailSettings

_SENDS = ("gmail.send", "mail.google.com/")


class GmailSteps:
    def __init__(self, subject: Subject, settings: GmailSettings, scopes: Iterable[str]) -> None:
        self.subject = subject
        self.settings = settings
        self.scopes = list(scopes)
        self.calls = GmailCalls(settings)

    def plan(self) -> list[Planned]:
        return [
            Planned("reach", gettext_lazy("The Gmail API answers"), self.reach),
            Planned("rights", gettext_lazy("Permission to send"), self.rights),
            Planned("mailbox", gettext_lazy("Mailbox"), self.mailbox),
            Planned("sender", gettext_lazy("Right to send as From"), self.sender),
            Planned("size", gettext_lazy("Size limit"), self.size),
        ]

    def close(self) -> None:
        self.calls.close()

    def reach(self) -> Said:
        return reached(self.calls, self.settings.gmail_url, self.subject.words)

    def rights(self) -> Said:
        if any(scope.endswith(_SENDS) for scope in self.scopes):
            return Said(_("The person allowed the app to send mail."))
        raise Failed(self.subject.words.of_cause("graph_permission_missing"))

    def mailbox(self) -> Said:
        text = _("Not to be seen with a permission to send only.")
        return Said(text, StepState.SKIP, _("A real message shows whether it is there."))

    def sender(self) -> Said:
        names = {"address": self.subject.route.from_address, "account": self.subject.route.account}
        if self.subject.sends_from_its_own:
            return Said(_("From is the account itself, %(address)s.") % names)
        text = _("Gmail puts %(account)s in From where %(address)s is no alias of it.") % names
        return Said(text, StepState.WARN)

    def size(self) -> Said:
        return against_policy(MOST_BYTES, self.subject.policy.max_files_mb)
