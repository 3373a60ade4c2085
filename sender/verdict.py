"""What an answer means for the message and its mailbox: a pure step from a transport's result to the next state."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.utils import timezone

from core.crypto import DecryptionFailed, KeyMissing
from diagnosis.explain import Explanation, explain, explain_cause
from diagnosis.retry import Retry, next_delay_s
from diagnosis.vocabulary import UNRECOGNISED
from sender import mime
from sender.claims import Claimed
from sender.models import State
from sender.transports.base import Outcome, Phase, RecipientResult, SendResult, TransportError

LIMIT_WAIT_S = 3600  # a used-up daily limit seldom says when it resets; asking each minute would count, too
OF_THE_MAILBOX = ("provider_throttled", "sending_limit_reached")  # the next message would meet them as well
# What a From that is not the mailbox's own is refused with; a person's connection may lack Mail.Send.Shared.
_ABOUT_FROM = {"delegated": ("send_as_denied", "graph_permission_missing")}


@dataclass(slots=True)  # not frozen: one is made for each message
class Verdict:
    state: State  # of the message from now on
    outcome: Outcome  # of the attempt
    phase: Phase
    cause: str = ""
    raw: str = ""
    due_at: datetime | None = None  # of a message that waits again
    needs_attention: bool = False  # the mailbox is paused until somebody mends the cause
    pauses: bool = False  # the mailbox waits until `due_at`
    attempt_cause: str = ""
    reply: str = ""
    note: str = ""
    request_ids: dict[str, str] = field(default_factory=dict)
    recipients: tuple[RecipientResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Of one mailbox; `provider` and `flow` are in the words of diagnosis."""

    provider: str
    flow: str

    def of(self, claimed: Claimed, frozen: mime.Frozen, result: SendResult) -> Verdict:
        """After the transport tried."""
        told = Verdict(
            State.SENT,
            result.outcome,
            result.phase,
            reply=result.reply,
            note=result.note,
            request_ids=result.request_ids,
            recipients=result.recipients,
        )
        if result.outcome == Outcome.ACCEPTED:
            return self._accepted(claimed, result, told)
        why = self._explain(result)
        told = replace(told, cause=why.cause, attempt_cause=why.cause, raw=why.raw)
        if result.outcome == Outcome.UNKNOWN:
            return replace(told, state=State.UNKNOWN, cause="unknown_outcome")
        return self._refused(claimed, frozen, result, why, told)

    def _accepted(self, claimed: Claimed, result: SendResult, told: Verdict) -> Verdict:
        """Recipients that were put off keep the message alive."""
        put_off = [one.reply for one in result.recipients if one.outcome == Outcome.DEFERRED]
        if not put_off:
            return told
        why = explain(put_off[0], stage=result.stage, provider=self.provider, flow=self.flow)
        return _later(claimed, why, _next_try(claimed, result.retry_after_s), told)

    def _refused(
        self, claimed: Claimed, frozen: mime.Frozen, result: SendResult, why: Explanation, told: Verdict
    ) -> Verdict:
        # A From that the caller wrote into this one message says nothing about the mailbox.
        may_be_from = why.cause in _ABOUT_FROM.get(self.flow, ("send_as_denied",))
        if may_be_from and not mime.is_from(frozen, claimed.from_address):
            return replace(told, state=State.FAILED)
        if why.retry == Retry.PAUSE_MAILBOX:
            return _when_mended(told)
        if why.retry == Retry.STOP_MESSAGE and result.outcome != Outcome.DEFERRED:
            return replace(told, state=State.FAILED)
        wait_s = max(result.retry_after_s or 0, LIMIT_WAIT_S if why.cause == "sending_limit_reached" else 0)
        verdict = _later(claimed, why, _next_try(claimed, wait_s), told)
        return replace(verdict, pauses=why.cause in OF_THE_MAILBOX)

    def not_open(self, claimed: Claimed, error: TransportError) -> Verdict:
        """Nothing was handed over: the whole mailbox waits, or needs somebody."""
        why = self._explain_opening(error)
        told = Verdict(
            State.WAITING,
            Outcome.DEFERRED,
            error.phase,
            cause=why.cause,
            attempt_cause=why.cause,
            raw=why.raw,
            reply=error.reply,
            request_ids=error.request_ids,
        )
        if why.retry == Retry.PAUSE_MAILBOX:
            return _when_mended(told)
        return replace(_later(claimed, why, _next_try(claimed, error.retry_after_s), told), pauses=True)

    def sign_in_missing(self, cause: str) -> Verdict:
        return _when_mended(
            Verdict(State.WAITING, Outcome.DEFERRED, Phase.CONNECT, cause=cause, attempt_cause=cause)
        )

    def unreadable(self, claimed: Claimed, error: DecryptionFailed) -> Verdict:
        """The message waits for a key that was forgotten; not its mailbox, whose others may be readable."""
        cause, said = "stored_message_unreadable", str(error)
        told = Verdict(
            State.FAILED,
            Outcome.FAILED,
            Phase.CONNECT,
            cause=cause,
            attempt_cause=cause,
            raw=said,
            reply=said,
        )
        if not isinstance(error, KeyMissing):
            return told
        return _later(claimed, explain_cause(cause, raw=said), _next_try(claimed, None), told)

    def surprise(self, claimed: Claimed) -> Verdict:
        """After an error of our own making; the server's log has it."""
        said = "The worker met an error of its own; its log says which."
        if claimed.is_begun:
            return Verdict(
                State.UNKNOWN,
                Outcome.UNKNOWN,
                Phase.HANDED_OVER,
                cause="unknown_outcome",
                raw=said,
                reply=said,
            )
        told = Verdict(
            State.WAITING, Outcome.DEFERRED, Phase.CONNECT, attempt_cause=UNRECOGNISED, raw=said, reply=said
        )
        return _later(claimed, explain_cause(UNRECOGNISED, raw=said), _next_try(claimed, None), told)

    def _explain_opening(self, error: TransportError) -> Explanation:
        if error.cause:
            known = explain_cause(error.cause, raw=error.reply, provider=self.provider, flow=self.flow)
            return replace(known, retry=error.retry or known.retry)
        return self._explain(error)

    def _explain(self, told: SendResult | TransportError) -> Explanation:
        return explain(
            told.reply,
            stage=told.stage,
            provider=self.provider,
            flow=self.flow,
            http_status=told.http_status,
            smtp_code=told.smtp_code,
        )


def _when_mended(told: Verdict) -> Verdict:
    return replace(_to_be_served(told), state=State.WAITING, due_at=timezone.now(), needs_attention=True)


def _later(claimed: Claimed, why: Explanation, due_at: datetime, told: Verdict) -> Verdict:
    """To be tried again at `due_at`, or failed when its time is over by then."""
    told = replace(told, cause=why.cause, raw=why.raw, due_at=due_at)
    if due_at > claimed.give_up_at:
        return replace(told, state=State.FAILED)
    return replace(_to_be_served(told), state=State.WAITING)


def _to_be_served(told: Verdict) -> Verdict:
    """A no that was about the mailbox, or holds only for now, is no answer about the recipients."""
    if told.outcome not in (Outcome.REFUSED, Outcome.FAILED):
        return told
    recipients = tuple(replace(each, outcome=Outcome.DEFERRED) for each in told.recipients)
    return replace(told, recipients=recipients)


def _next_try(claimed: Claimed, retry_after_s: int | None) -> datetime:
    return timezone.now() + timedelta(seconds=next_delay_s(claimed.number, retry_after_s))
