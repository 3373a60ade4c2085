"""Draining a mailbox: what each outcome does to the message, its mailbox and the next try."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from core.crypto import new_key
from diagnosis.retry import Retry
from mailsettings import credentials
from mailsettings.models import SmtpServer
from sender import leases, outbox, recovery, sign_in
from sender.drain import Drain
from sender.limits import limits_of
from sender.models import Content, SendingMailbox
from sender.services import RawMessage, submit
from sender.transports.base import Outcome, Phase, RecipientResult, SendResult, Transport, TransportError
from tests.sender.helpers import hand_over, let_lapse, open_relay, state_of


class Scripted(Transport):
    """Answers each message with the next of its results; a callable result is called with before_handover."""

    provider, label = "other", "scripted"

    def __init__(self, *results: object) -> None:
        self.results, self.sent, self.opened = list(results), [], 0

    def open(self) -> None:
        self.opened += 1
        if self.results and isinstance(self.results[0], TransportError):
            raise self.results.pop(0)

    def send(self, frozen, before_handover: Callable[[], None]) -> SendResult:
        result = self.results.pop(0)
        if not isinstance(result, SendResult):
            return result(before_handover)
        before_handover()
        self.sent.append(frozen)
        return result

    def close(self) -> None:
        pass


def accepted() -> SendResult:
    return SendResult(Outcome.ACCEPTED, Phase.HANDED_OVER, "smtp_mail", "250 2.0.0 OK", smtp_code=250)


def said(outcome: Outcome, reply: str, code: int, **fields: object) -> SendResult:
    return SendResult(outcome, Phase.ENVELOPE, "smtp_mail", reply, smtp_code=code, **fields)


@pytest.fixture
def drain(monkeypatch) -> Callable[..., Scripted]:
    """Drain a mailbox once with these results."""

    def go(mailbox: SendingMailbox, *results: object) -> Scripted:
        transport = Scripted(*results)
        monkeypatch.setattr(sign_in, "transport_for", lambda _: transport)
        lease = leases.take(mailbox, 1)
        assert lease is not None
        Drain(mailbox, lease, lambda: False, limits_of(mailbox)).run()
        lease.release()
        return transport

    return go


def test_all_due_messages_go_over_one_connection(world, drain):
    messages = [hand_over(world.user, subject=f"Order {n}") for n in range(3)]
    transport = drain(messages[0].mailbox, accepted(), accepted(), accepted())
    assert [state_of(message) for message in messages] == ["sent"] * 3
    assert transport.opened == 1
    assert [frozen.subject for frozen in transport.sent] == ["Order 0", "Order 1", "Order 2"]
    mailbox = SendingMailbox.objects.get()
    assert mailbox.last_worked_at is not None


def test_a_passing_fault_is_tried_again_after_a_minute(world, drain):
    message = hand_over(world.user)
    drain(message.mailbox, said(Outcome.DEFERRED, "451 4.3.0 Temporary problem", 451))
    assert state_of(message) == "waiting"
    assert timedelta(seconds=50) < message.due_at - timezone.now() <= timedelta(seconds=60)


def test_a_longer_retry_after_wins(world, drain):
    message = hand_over(world.user)
    throttled = said(
        Outcome.DEFERRED, "432 4.3.2 Concurrent connections limit exceeded", 432, retry_after_s=600
    )
    drain(message.mailbox, throttled)
    assert state_of(message) == "waiting"
    assert message.due_at - timezone.now() > timedelta(seconds=590)


def test_a_shorter_wait_that_another_slot_met_does_not_end_a_longer_one(world, drain):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    reply = "432 4.3.2 Concurrent connections limit exceeded"
    drain(first.mailbox, said(Outcome.DEFERRED, reply, 432, retry_after_s=600))
    outbox.pause(first.mailbox, timezone.now() + timedelta(seconds=60))
    assert SendingMailbox.objects.get().paused_until - timezone.now() > timedelta(seconds=590)
    assert state_of(second) == "waiting"


def test_a_refused_recipient_ends_the_message_and_not_the_mailbox(world, drain):
    bad, good = hand_over(world.user), hand_over(world.user, subject="Order 2")
    drain(bad.mailbox, said(Outcome.REFUSED, "550 5.1.1 User unknown", 550), accepted())
    assert (state_of(bad), bad.cause) == ("failed", "recipient_invalid")
    assert state_of(good) == "sent"


def test_a_refused_sign_in_pauses_the_mailbox_and_keeps_its_mail(world, drain):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    reply = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
    drain(first.mailbox, TransportError(stage="smtp_auth", reply=reply, smtp_code=535))
    assert [state_of(first), state_of(second)] == ["waiting", "waiting"]
    mailbox = SendingMailbox.objects.get()
    assert (mailbox.health, mailbox.cause) == ("needs_attention", "smtp_auth_disabled_mailbox")
    assert second.attempts_made == 0


def test_a_foreign_from_ends_its_message_and_one_of_our_making_pauses_the_mailbox(world, drain):
    open_relay(world.user)
    foreign = RawMessage(b"From: chief@elsewhere.example\r\nTo: rita@recipient.example\r\n\r\nHi\r\n")
    raw = submit(world.user, foreign, submitted_by="test")
    denied = said(
        Outcome.REFUSED, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", 550
    )
    drain(raw.mailbox, denied)
    assert (state_of(raw), raw.cause) == ("failed", "send_as_denied")
    assert SendingMailbox.objects.get().health == "ready"
    ours = hand_over(world.user)
    drain(ours.mailbox, denied)
    assert state_of(ours) == "waiting"
    assert SendingMailbox.objects.get().cause == "send_as_denied"


def test_no_connection_makes_the_whole_mailbox_wait(world, drain):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    error = TransportError(stage="smtp_connect", reply="TimeoutError: timed out")
    drain(first.mailbox, error)
    assert [state_of(first), state_of(second)] == ["waiting", "waiting"]
    mailbox = SendingMailbox.objects.get()
    assert mailbox.health == "ready" or mailbox.cause == "smtp_connection_timeout"
    assert second.attempts_made == 0


def test_a_message_that_is_put_off_makes_its_mailbox_due_again_then(world, drain):
    message = hand_over(world.user)
    later = SendResult(Outcome.DEFERRED, Phase.CONTENT, "smtp_mail", "451 4.3.0 later", smtp_code=451)
    drain(message.mailbox, later)
    assert state_of(message) == "waiting"
    assert SendingMailbox.objects.get().next_due_at == message.due_at > timezone.now()


def test_a_mailbox_that_sent_everything_is_not_due_again(world, drain):
    drain(hand_over(world.user).mailbox, accepted())
    assert SendingMailbox.objects.get().next_due_at is None


def test_no_answer_after_handing_over_is_unknown(world, drain):
    message = hand_over(world.user)
    lost = SendResult(Outcome.UNKNOWN, Phase.HANDED_OVER, "smtp_mail", "ConnectionResetError")
    drain(message.mailbox, lost)
    assert (state_of(message), message.cause) == ("unknown", "unknown_outcome")


def test_a_no_that_came_is_kept_when_the_database_goes_away_before_its_mailbox_is_paused(
    world, drain, monkeypatch
):
    message = hand_over(world.user)

    def lost(*_facts) -> None:
        raise OperationalError("the connection ended")

    monkeypatch.setattr(outbox, "pause", lost)
    throttled = SendResult(
        Outcome.DEFERRED,
        Phase.HANDED_OVER,
        "smtp_mail",
        "432 4.3.2 Concurrent connections limit",
        smtp_code=432,
    )
    with pytest.raises(OperationalError):
        drain(message.mailbox, throttled)
    let_lapse()
    recovery.recover()
    assert (state_of(message), message.cause) == ("waiting", "provider_throttled")


def test_recipients_keep_their_own_outcomes_and_only_the_deferred_are_tried_again(world, drain):
    message = hand_over(world.user, to=("a@recipient.example", "b@recipient.example", "c@recipient.example"))
    partly = SendResult(
        Outcome.ACCEPTED,
        Phase.HANDED_OVER,
        "smtp_mail",
        "250 OK",
        smtp_code=250,
        recipients=(
            RecipientResult("a@recipient.example", Outcome.ACCEPTED, "250", "250 OK"),
            RecipientResult("b@recipient.example", Outcome.DEFERRED, "450", "450 4.2.1 greylisted"),
            RecipientResult("c@recipient.example", Outcome.REFUSED, "550", "550 5.1.1 unknown"),
        ),
    )
    drain(message.mailbox, partly)
    assert state_of(message) == "waiting"
    type(message).objects.update(due_at=timezone.now())
    transport = drain(message.mailbox, accepted())
    assert transport.sent[0].recipients == ("b@recipient.example",)
    assert state_of(message) == "sent"


@pytest.mark.parametrize(
    ("retry", "health"), [(Retry.PAUSE_MAILBOX, "needs_attention"), (Retry.WAIT, "ready")]
)
def test_without_a_token_the_token_service_says_whether_it_passes(world, drain, retry, health):
    message = hand_over(world.user)
    drain(message.mailbox, TransportError(stage="token", cause="refresh_token_revoked", retry=retry))
    mailbox = SendingMailbox.objects.get()
    assert (mailbox.health, state_of(message), message.cause) == (health, "waiting", "refresh_token_revoked")


def test_a_lost_lease_hands_nothing_over(world, drain):
    message = hand_over(world.user)

    def stolen(before_handover: Callable[[], None]) -> SendResult:
        let_lapse()
        recovery.recover()
        before_handover()
        pytest.fail("the message was handed over without a lease")

    drain(message.mailbox, stolen)
    assert state_of(message) == "waiting"
    assert message.attempts.get().outcome == "deferred"


def test_a_removed_password_pauses_the_mailbox_instead_of_losing_mail(world, monkeypatch):
    message = hand_over(world.user)
    SmtpServer.objects.all().delete()
    lease = leases.take(message.mailbox, 1)
    Drain(message.mailbox, lease, lambda: False, limits_of(message.mailbox)).run()
    assert state_of(message) == "waiting"
    assert SendingMailbox.objects.get().cause == "settings_incomplete"


def test_mail_waits_for_a_key_that_the_operator_forgot(world, drain, settings):
    message = hand_over(world.user)
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [f"another:{new_key()}"]
    drain(message.mailbox)
    assert (state_of(message), message.cause) == ("waiting", "stored_message_unreadable")
    settings.ENCRYPTION_KEYS = keys
    type(message).objects.update(due_at=timezone.now())
    drain(message.mailbox, accepted())
    assert state_of(message) == "sent"


def test_a_password_whose_key_is_gone_is_no_fault_of_the_server(world, settings):
    mailbox = hand_over(world.user).mailbox
    SmtpServer.objects.update(authentication="password", security="starttls", user_name="office")
    credentials.store(world.company, "smtp_password", "bright-morning-mail", actor=COMMAND_LINE)
    settings.ENCRYPTION_KEYS = [f"another:{new_key()}"]
    with pytest.raises(TransportError) as failed:
        sign_in.transport_for(mailbox)
    assert (failed.value.cause, failed.value.retry) == ("portal_at_fault", "wait")


def test_a_message_whose_stored_bytes_were_changed_is_given_up(world, drain):
    message = hand_over(world.user)
    Content.objects.update(ciphertext=b"changed, and long enough for a nonce")
    drain(message.mailbox)
    assert (state_of(message), message.cause) == ("failed", "stored_message_unreadable")


def test_what_a_transport_notes_is_kept_with_the_attempt(world, drain):
    message = hand_over(world.user)
    drain(message.mailbox, replace(accepted(), note="A copy stays in Sent Items."))
    assert message.attempts.get().note == "A copy stays in Sent Items."
