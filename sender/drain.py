"""One slot's turn: sending what is due from a mailbox, over one connection.

What an answer means for the message and its mailbox is decided in sender/verdict.py.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.crypto import DecryptionFailed
from mailsettings import catalog, credentials
from oauth import services as connections
from sender import limits, mime, outbox, sign_in
from sender.books import Books
from sender.claims import Claimed, ClaimLost
from sender.drafts import AttemptDrafts
from sender.endings import Ending
from sender.helpers import Helpers, here
from sender.journal import MOST_BYTES, JournalFailed
from sender.leases import Lease
from sender.models import SendingMailbox, State
from sender.statements import on_disk, one_writer, survive_processes_only
from sender.supply import MOST_BYTES as MOST_LOADED_BYTES
from sender.supply import Batch, Supply
from sender.transports.base import Outcome, Transport, TransportError
from sender.verdict import Verdict, Verdicts

FIRST, MOST = 20, 50  # messages taken at once
WORTH_S = 0.5  # after the first, as many are taken as are sent in this time; and as many again beforehand
SLOW_S = (
    0.02  # a message that takes longer waits for its server; below that, a further connection gains nothing
)
STUCK_S = 1  # a message that takes this long may be one of many
SEEN_ENOUGH = 5  # messages

log = structlog.get_logger()


class Drain:
    """Sends until nothing is due, the mailbox is paused, or `should_stop`, which is asked between messages."""

    def __init__(
        self,
        mailbox: SendingMailbox,
        lease: Lease,
        should_stop: Callable[[], bool],
        allowed: limits.Limits,
        helpers: Helpers | None = None,
    ) -> None:
        self.mailbox = self._as_it_was = mailbox
        self.lease = lease
        self.should_stop = should_stop
        self.on_more: Callable[[], None] = lambda: None  # called when a further slot may be worth it
        self.most_bytes: Callable[[], int] = lambda: MOST_LOADED_BYTES  # of message bodies read at once
        self.limits = allowed
        self.books = Books(lease)
        self.transport: Transport | None = None
        self.outcomes: Counter[str] = Counter()  # of the attempts made
        self._began_at: datetime = timezone.now()
        self._goes_on = True  # until something happened that concerns the whole mailbox
        self._has_sent = False
        self._helpers = helpers
        self._do = helpers.do if helpers else here  # what asks the database and nobody else
        self._supply = Supply(self._take, helpers)
        self._at_once = FIRST
        self._fastest_s = math.inf  # of the messages sent so far
        self._has_left_some = False  # due messages, for all it knows
        self._has_looked = False  # when the mailbox is due again, and put nothing off since
        self._attends_since = math.inf  # to the message it is at, by the monotonic clock
        self._most = FIRST if limits.is_limited(allowed) else MOST  # a day's limit may be overdone by as many

    def run(self) -> None:
        try:
            while self._may_go_on() and (batch := self._next()).claimed:
                began_at = time.monotonic()
                self._send(batch)
                in_time = WORTH_S * len(batch.claimed) / max(time.monotonic() - began_at, 0.001)
                self._at_once = min(max(int(in_time), 1), self._most)
        finally:
            self._close()
            self._supply.end()
            self._do(self._settle)
            self._tell_of_use()
            if self.outcomes:
                made = {outcome.value: count for outcome, count in self.outcomes.items()}
                log.info("turn ended", mailbox=str(self.mailbox.pk), **made)

    def on_beat(self) -> None:
        """Each second, in another thread: what waits behind a server that hangs is left to others."""
        self.books.on_beat()
        if self.lease.hangs():
            self._give_back()
            self.on_more()
        elif self._has_left_some and time.monotonic() - self._attends_since > STUCK_S:
            self.on_more()

    def _settle(self) -> None:
        self.lease.turn_away()
        self.books.settle()
        if limits.is_limited(self.limits):  # otherwise it goes back with the lease
            self._give_back()

    def _send(self, batch: Batch) -> None:
        """The next one is taken halfway: a server that hangs from the start must not hold up more than this one."""
        takes_more = batch.is_full and not limits.is_limited(self.limits)
        for number, (claimed, frozen) in enumerate(batch.each(self._helpers), start=1):
            if not self._may_go_on():
                break
            self._attend_to(claimed, frozen)
            if takes_more and number == (len(batch.claimed) + 1) // 2:
                self._supply.begin()
            seen_enough = number == min(SEEN_ENOUGH, len(batch.claimed))
            if batch.is_full and seen_enough and self._fastest_s > SLOW_S:
                self.on_more()
        self._attends_since = math.inf

    def _may_go_on(self) -> bool:
        is_ours = not self.lease.is_lost and self.lease.journal.size_bytes < MOST_BYTES
        return self._goes_on and is_ours and not self.should_stop()

    def _next(self) -> Batch:
        """The next few due messages; none when the mailbox may not send now."""
        batch = self._supply.next()
        self._has_left_some = batch.is_full
        if not batch.is_full and (batch.claimed or not self._has_looked):
            self._do(self._look_again)
        return batch

    def _look_again(self) -> None:
        """When something is due that was not taken just now. What comes later says so itself."""
        self._has_looked = not limits.is_limited(self.limits)
        outbox.look_again(self.mailbox.pk)
        self._wait_for_allowance(timezone.now())

    def _take(self) -> Batch:
        asked, now = self._at_once, timezone.now()
        self.books.settle()
        with on_disk():
            claimed = self._take_now(asked, now)
        return Batch(claimed, asked, self.most_bytes())

    def _take_now(self, most: int, now: datetime) -> list[Claimed]:
        if limits.is_limited(self.limits):
            with one_writer(), transaction.atomic():
                taken = self._take_within_limits(most, now)
            self.lease.committed()
            return taken
        return self.lease.claim(most, now)

    def _take_within_limits(self, most: int, now: datetime) -> list[Claimed]:
        self.mailbox = SendingMailbox.objects.select_for_update(of=("self",)).select_related(
            "company", "membership__user"
        ).get(pk=self.mailbox.pk)  # fmt: skip
        if self.limits.messages_a_minute:
            most = min(most, int(limits.allowance(self.mailbox, self.limits, now)))
        if limits.is_day_used_up(self.mailbox, self.limits, now):
            most = 0
        batch = self.lease.claim(most, now, is_committed=False) if most else []
        if batch:
            limits.count(self.mailbox, self.limits, [claimed.pk for claimed in batch], now)
        return batch

    def _give_back(self) -> None:
        """What goes back unsent has used up nothing: a server that is away would cost a day's recipients."""
        with one_writer(), transaction.atomic():
            mailbox = SendingMailbox.objects.select_for_update().get(pk=self.mailbox.pk)
            keys = self.lease.give_back()
            if keys and limits.is_limited(self.limits):
                limits.count(mailbox, self.limits, keys, timezone.now(), goes_back=True)
        if keys:
            outbox.due(self.mailbox.pk, timezone.now())

    def _wait_for_allowance(self, now: datetime) -> None:
        """With mail due that a limit holds back, say when to look again."""
        if limits.is_day_used_up(self.mailbox, self.limits, now):
            outbox.pause(self.mailbox, limits.next_day(now))
        elif self.limits.messages_a_minute and limits.allowance(self.mailbox, self.limits, now) < 1:
            outbox.not_before(self.mailbox, limits.enough_at(self.mailbox, self.limits, now))

    def _attend_to(self, claimed: Claimed, frozen: mime.Frozen | DecryptionFailed) -> None:
        if not self.lease.turn_to(claimed):
            return
        self._began_at = timezone.now()
        self._attends_since, was_open = time.monotonic(), self.transport is not None
        try:
            verdict = self._sent(claimed, frozen)
        except ClaimLost:
            self.lease.is_lost = True
            log.info("not sent: the lease ran out", message=str(claimed.pk))
            return
        except (DatabaseError, JournalFailed):
            raise  # what was not begun goes back; anything else is settled by the journal when the lease has lapsed
        except Exception:
            self._write(claimed, self._verdicts.surprise(claimed))
            raise
        if was_open:
            self._fastest_s = min(self._fastest_s, time.monotonic() - self._attends_since)
        self._write(claimed, verdict)

    def _sent(self, claimed: Claimed, frozen: mime.Frozen | DecryptionFailed) -> Verdict:
        """Try to send one message. Raises ClaimLost, DatabaseError; then nothing was handed over."""
        if isinstance(frozen, DecryptionFailed):
            return self._verdicts.unreadable(claimed, frozen)
        try:
            self._open()
            self.transport.drafts = AttemptDrafts(claimed, self.mailbox.method)
            result = self.transport.send(frozen, lambda: self.books.begin(claimed))
        except sign_in.SignInMissing as missing:
            return self._verdicts.sign_in_missing(missing.cause)
        except TransportError as error:
            verdict = self._verdicts.not_open(claimed, error)
            self._close()
            return verdict
        self._has_sent |= result.outcome == Outcome.ACCEPTED
        return self._verdicts.of(claimed, frozen, result)

    @property
    def _verdicts(self) -> Verdicts:
        """The provider is told by the server's name once there is a connection; before, by the method."""
        method = catalog.METHODS[self.mailbox.method]
        provider = self.transport.provider if self.transport is not None else method.provider
        return Verdicts(provider, method.flow)

    def _write(self, claimed: Claimed, verdict: Verdict) -> None:
        self._goes_on &= not (verdict.needs_attention or verdict.pauses)
        ending = Ending(
            claimed=claimed,
            state=verdict.state,
            outcome=verdict.outcome,
            phase=verdict.phase,
            started_at=self._began_at,
            method=self.mailbox.method,
            due_at=verdict.due_at,
            cause=verdict.cause,
            raw=verdict.raw,
            attempt_cause=verdict.attempt_cause,
            reply=verdict.reply,
            note=verdict.note,
            request_ids=verdict.request_ids,
            recipients=verdict.recipients,
        )
        self.outcomes[verdict.outcome] += 1
        if verdict.state == State.SENT:
            self.books.end(ending, may_wait=True)
        else:
            self._has_looked = False
            self._do(partial(self._end_at_once, ending, verdict))

    def _end_at_once(self, ending: Ending, verdict: Verdict) -> None:
        """Noted first, so that no answer is lost; the mailbox is paused before the message is back."""
        self.books.end(ending, may_wait=True)
        is_outdated = not self._hold_back(verdict)
        self.books.settle()
        if is_outdated:
            outbox.try_anew(ending.claimed.pk, self.mailbox.pk)
        self._tell(ending.claimed, verdict)

    def _hold_back(self, verdict: Verdict) -> bool:
        """Pause the mailbox, where that is the verdict; False where somebody mended it since the turn began."""
        if verdict.needs_attention:
            return outbox.needs_attention(self._as_it_was, verdict.cause, verdict.raw)
        if verdict.pauses:
            if outbox.was_mended(self._as_it_was):
                return False
            outbox.pause(self.mailbox, verdict.due_at)
        return True

    def _tell(self, claimed: Claimed, verdict: Verdict) -> None:
        log.info(
            "attempt",
            message=str(claimed.pk),
            outcome=verdict.outcome.value,
            cause=verdict.attempt_cause,
            number=claimed.number,
        )

    def _open(self) -> None:
        if self.transport is None:
            transport = self._transport()
            transport.open()
            self.transport = transport
            self._do(self._worked)

    def _transport(self) -> Transport:
        """A token may have to be fetched; a helper does not wait for that."""
        make = partial(sign_in.transport_for, self.mailbox)
        if sign_in.needs_token(self.mailbox):
            survive_processes_only()
            return make()
        return self._do(make)

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()
            self.transport = None

    def _worked(self) -> None:
        """The sign-in was accepted: say so where people look."""
        SendingMailbox.objects.filter(pk=self.mailbox.pk).update(last_worked_at=timezone.now())
        if credential := sign_in.credential_of(self.mailbox):
            credentials.mark_worked(credential)

    def _tell_of_use(self) -> None:
        if self._has_sent and catalog.METHODS[self.mailbox.method].flow == "delegated":
            with suppress(sign_in.SignInMissing):  # disconnected meanwhile
                connections.mark_used(sign_in.connection_of(self.mailbox))
