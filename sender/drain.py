"""Sending what is due from one mailbox, over one connection, under one lease."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from core.crypto import DecryptionFailed
from diagnosis.explain import Explanation, explain, explain_cause
from diagnosis.retry import Retry, next_delay_s
from mailsettings import catalog, credentials
from oauth import services as connections
from sender import mime, outbox, sign_in
from sender.drafts import AttemptDrafts
from sender.leases import Lease, LeaseLost
from sender.models import Attempt, Health, OutboxMessage, SendingMailbox
from sender.transports.base import Outcome, Phase, SendResult, Transport, TransportError

log = structlog.get_logger()

# What a From that is not the mailbox's own is refused with; a person's connection may lack Mail.Send.Shared.
_ABOUT_FROM = {"delegated": ("send_as_denied", "graph_permission_missing")}


class Drain:
    """One pass over a mailbox whose lease is held. `should_stop` is asked between messages."""

    def __init__(self, mailbox: SendingMailbox, lease: Lease, should_stop: Callable[[], bool]) -> None:
        self.mailbox = mailbox
        self.lease = lease
        self.should_stop = should_stop
        self.transport: Transport | None = None
        self.outcomes: Counter[str] = Counter()  # of the attempts made

    def run(self) -> None:
        """Recover, then send until nothing is due, the mailbox is paused, or the worker stops."""
        outbox.recover(self.mailbox)
        try:
            while not self.should_stop() and self._may_send():
                self.lease.renew()
                attempt = outbox.begin(self.mailbox, timezone.now())
                if attempt is None:
                    return
                self._send(attempt)
        except LeaseLost:
            log.warning("stopped sending: lease lost", mailbox=str(self.mailbox.pk))
        finally:
            self._close()

    def _may_send(self) -> bool:
        mailbox = self.mailbox
        mailbox.refresh_from_db(fields=["health", "paused_until"])
        paused = mailbox.paused_until and mailbox.paused_until > timezone.now()
        return mailbox.health == Health.READY and not paused

    def _send(self, attempt: Attempt) -> None:
        message = attempt.message
        try:
            frozen = outbox.pending_envelope(message)
            self._open()
            self.transport.drafts = AttemptDrafts(attempt)
            result = self.transport.send(frozen, lambda: self._before_handover(attempt))
        except sign_in.SignInMissing as missing:
            self._close_as(attempt, Outcome.DEFERRED, Phase.CONNECT, missing.cause)
            self._need_attention(message, missing.cause, "")
        except DecryptionFailed as error:
            self._close_as(attempt, Outcome.FAILED, Phase.CONNECT, "stored_message_unreadable", str(error))
            outbox.failed(message, "stored_message_unreadable", str(error))
        except TransportError as error:
            self._could_not_open(attempt, error)
        else:
            self._finish(attempt, frozen, result)

    def _open(self) -> None:
        if self.transport is None:
            transport = sign_in.transport_for(self.mailbox)
            transport.open()
            self.transport = transport
            self._worked()

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()
            self.transport = None

    def _before_handover(self, attempt: Attempt) -> None:
        self.lease.renew()
        outbox.hand_over(attempt)

    def _worked(self) -> None:
        """The sign-in was accepted: say so where people look."""
        SendingMailbox.objects.filter(pk=self.mailbox.pk).update(last_worked_at=timezone.now())
        if credential := sign_in.credential_of(self.mailbox):
            credentials.mark_worked(credential)

    def _could_not_open(self, attempt: Attempt, error: TransportError) -> None:
        """Nothing was handed over: the whole mailbox waits, or needs somebody."""
        self._close()
        why = self._explain_opening(error)
        self._close_as(attempt, Outcome.DEFERRED, error.phase, why.cause, error.reply, error.request_ids)
        if why.retry == Retry.PAUSE_MAILBOX:
            self._need_attention(attempt.message, why.cause, why.raw)
        else:
            due_at = self._next_try(attempt, error.retry_after_s)
            SendingMailbox.objects.filter(pk=self.mailbox.pk).update(paused_until=due_at)
            outbox.later(attempt.message, due_at, why.cause, why.raw)

    def _finish(self, attempt: Attempt, frozen: mime.Frozen, result: SendResult) -> None:
        message = attempt.message
        why = self._explain(result) if result.outcome != Outcome.ACCEPTED else None
        with transaction.atomic():
            outbox.note_recipients(message, result)
            cause = why.cause if why else ""
            facts = (result.reply, result.request_ids, result.note)
            self._close_as(attempt, result.outcome, result.phase, cause, *facts)
            if result.outcome == Outcome.ACCEPTED:
                self._accepted(attempt, result)
            elif result.outcome == Outcome.UNKNOWN:
                outbox.unknown(message, why.raw)
            else:
                self._refused(attempt, frozen, result, why)
        log.info(
            "attempt", message=str(message.pk), outcome=result.outcome, cause=cause, number=attempt.number
        )

    def _accepted(self, attempt: Attempt, result: SendResult) -> None:
        message = attempt.message
        put_off = [
            recipient.reply for recipient in result.recipients if recipient.outcome == Outcome.DEFERRED
        ]
        if put_off:
            why = explain(put_off[0], stage=result.stage, provider=self._provider, flow=self._flow)
            outbox.later(message, self._next_try(attempt, result.retry_after_s), why.cause, why.raw)
        else:
            outbox.sent(message)
        if self._flow == "delegated":
            connections.mark_used(sign_in.connection_of(self.mailbox))

    def _refused(self, attempt: Attempt, frozen: mime.Frozen, result: SendResult, why: Explanation) -> None:
        message = attempt.message
        # A From that the caller wrote into this one message says nothing about the mailbox.
        may_be_from = why.cause in _ABOUT_FROM.get(self._flow, ("send_as_denied",))
        own_from = not may_be_from or mime.is_from(frozen, message.from_address)
        if not own_from:
            outbox.failed(message, why.cause, why.raw)
        elif why.retry == Retry.PAUSE_MAILBOX:
            self._need_attention(message, why.cause, why.raw)
        elif why.retry == Retry.STOP_MESSAGE and result.outcome != Outcome.DEFERRED:
            outbox.failed(message, why.cause, why.raw)
        else:
            due_at = self._next_try(attempt, result.retry_after_s)
            if why.cause in ("provider_throttled", "sending_limit_reached"):
                SendingMailbox.objects.filter(pk=self.mailbox.pk).update(paused_until=due_at)
            outbox.later(message, due_at, why.cause, why.raw)

    def _need_attention(self, message: OutboxMessage, cause: str, raw: str) -> None:
        """Pause the mailbox until somebody mends the cause; its messages stay."""
        SendingMailbox.objects.filter(pk=self.mailbox.pk).update(
            health=Health.NEEDS_ATTENTION, cause=cause, cause_raw=raw
        )
        outbox.later(message, timezone.now(), cause, raw)

    def _next_try(self, attempt: Attempt, retry_after_s: int | None) -> datetime:
        return timezone.now() + timedelta(seconds=next_delay_s(attempt.number, retry_after_s))

    def _explain_opening(self, error: TransportError) -> Explanation:
        if error.cause:
            known = explain_cause(error.cause, raw=error.reply, provider=self._provider, flow=self._flow)
            return replace(known, retry=error.retry or known.retry)
        return explain(
            error.reply,
            stage=error.stage,
            provider=self._provider,
            flow=self._flow,
            http_status=error.http_status,
            smtp_code=error.smtp_code,
        )

    def _explain(self, result: SendResult) -> Explanation:
        return explain(
            result.reply,
            stage=result.stage,
            provider=self._provider,
            flow=self._flow,
            http_status=result.http_status,
            smtp_code=result.smtp_code,
        )

    @property
    def _provider(self) -> str:
        """Told by the server's name once there is a connection; before, by the method."""
        if self.transport is not None:
            return self.transport.provider
        return catalog.METHODS[self.mailbox.method].provider

    @property
    def _flow(self) -> str:
        return catalog.METHODS[self.mailbox.method].flow

    def _close_as(
        self,
        attempt: Attempt,
        outcome: Outcome,
        phase: Phase,
        cause: str,
        reply: str = "",
        request_ids: dict | None = None,
        note: str = "",
    ) -> None:
        facts = {"reply": reply, "phase": phase, "cause": cause, "request_ids": request_ids, "note": note}
        outbox.close_attempt(attempt, outcome, **facts)
        self.outcomes[outcome] += 1
