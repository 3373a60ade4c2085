"""The last step, when it is asked for: a real message through the outbox, and its copy in Sent Items."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from accounts import languages
from core.errors import InputError
from sender import actions, mime
from sender.doctor.steps import Failed, Interrupted, Said, StepState
from sender.doctor.subject import Subject
from sender.explaining import explanation_of
from sender.models import Health, OutboxMessage, State
from sender.services import Draft, submit

KIND = "check"
WAIT_S, LOOK_EVERY_S = 90.0, 0.3
COPY_TRIES, COPY_EVERY_S = 5, 1.0


@dataclass
class RealMessage:
    """`copy_of` looks for a Message-ID in Sent Items: None where that may not be read.

    With `key`, a check that is done anew sends no second message. `should_stop` is asked while it waits.
    """

    subject: Subject
    to: str
    asked_by: str
    wait_s: float = WAIT_S
    key: str = ""
    should_stop: Callable[[], bool] = lambda: False
    copy_of: Callable[[str], bool | None] | None = None
    message: OutboxMessage | None = None

    def send(self) -> Said:
        """All earlier steps went well, so that what was paused may go on. Raises Interrupted, Failed."""
        if self.subject.mailbox.health != Health.READY:
            actions.wake(self.subject.mailbox)
        self.message = self._handed_over()
        until = time.monotonic() + self.wait_s
        while self._is_open() and time.monotonic() < until:
            if self.should_stop():
                raise Interrupted
            time.sleep(LOOK_EVERY_S)
        return self._became()

    def _handed_over(self) -> OutboxMessage:
        company = {"company": self.subject.company}
        with translation.override(languages.of_address(self.to, self.subject.company)):
            subject = _("Check of the mail of %(company)s") % company
            text = _("This message was sent by a check of the mail settings. Nothing has to be done.\n")
        draft = Draft(to=[self.to], subject=subject, text=text)
        try:
            facts = {"submitted_by": self.asked_by, "kind": KIND, "idempotency_key": self.key}
            return submit(self.subject.person, draft, **facts)
        except (InputError, mime.MessageRefused) as error:
            cause = self.subject.words.of_cause("recipient_invalid", str(error))
            raise Failed(cause, str(error)) from None

    def _is_open(self) -> bool:
        self.message = OutboxMessage.objects.select_related("mailbox").get(pk=self.message.pk)
        return self.message.is_open and self.message.mailbox.health == Health.READY and not self.message.cause

    def _became(self) -> Said:
        message = self.message
        names = {"address": self.to}
        if message.state == State.SENT:
            return Said(_("The provider accepted a message to %(address)s.") % names)
        if why := explanation_of(message):
            raise Failed(why)
        text = _("The message lies in the outbox, and no worker took it yet. Is the worker running?")
        return Said(text, StepState.WARN)

    def find_copy(self) -> Said:
        if self.message is None or self.message.state != State.SENT:
            return Said(_("There is no message to look for."), StepState.SKIP)
        if not self.subject.policy.save_to_sent:
            return Said(_("Not looked for: the company's policy is to keep no copy."), StepState.SKIP)
        for _n in range(COPY_TRIES):
            found = self.copy_of(self.message.message_id)
            if found is None:
                text = _("Not looked for: that needs a permission to read mail, which sending does not.")
                return Said(text, StepState.SKIP)
            if found:
                return Said(_("Its copy lies in Sent Items."))
            time.sleep(COPY_EVERY_S)
        text = _("Its copy was not found in Sent Items. Microsoft may have given it another Message-ID.")
        return Said(text, StepState.WARN)
