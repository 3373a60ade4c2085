"""States: every change is conditional; what a dead worker left is settled without sending twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sender import actions, outbox
from sender.leases import Lease, LeaseLost, due_mailboxes
from sender.models import Attempt, Health, SendingMailbox
from sender.transports.base import Outcome, Phase
from tests.sender.helpers import hand_over, state_of


def begun(message):
    return outbox.begin(message.mailbox, timezone.now())


def test_a_message_is_claimed_once(world):
    message = hand_over(world.user)
    assert begun(message).number == 1
    assert begun(message) is None
    assert state_of(message) == "sending"


def test_messages_of_a_mailbox_come_in_the_order_they_were_handed_over(world):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    assert [begun(first).message, begun(first).message] == [first, second]


def test_a_message_that_is_not_due_waits(world):
    message = hand_over(world.user)
    assert begun(message)
    outbox.later(message, timezone.now() + timedelta(minutes=5), "provider_throttled", "421 later")
    assert begun(message) is None
    assert state_of(message) == "waiting"
    assert message.cause == "provider_throttled"


def test_a_message_whose_next_try_is_past_its_give_up_time_fails(world):
    message = hand_over(world.user)
    begun(message)
    outbox.later(message, timezone.now() + timedelta(hours=25), "provider_throttled", "421 later")
    assert state_of(message) == "failed"


def test_a_message_that_waited_too_long_is_given_up(world):
    message = hand_over(world.user)
    assert outbox.give_up(timezone.now()) == 0
    assert outbox.give_up(timezone.now() + timedelta(hours=25)) == 1
    assert (state_of(message), message.cause) == ("failed", "gave_up_waiting")


def test_a_crash_before_the_point_of_no_return_is_tried_again(world):
    message = hand_over(world.user)
    begun(message)
    assert outbox.recover(message.mailbox) == 1
    assert state_of(message) == "waiting"
    assert begun(message).number == 2


def test_a_crash_after_the_point_of_no_return_is_unknown_and_stays_so(world):
    message = hand_over(world.user)
    outbox.hand_over(begun(message))
    outbox.recover(message.mailbox)
    assert state_of(message) == "unknown"
    assert begun(message) is None
    assert Attempt.objects.get().outcome == Outcome.UNKNOWN


def test_a_late_answer_settles_an_unknown_message(world):
    message = hand_over(world.user)
    outbox.hand_over(begun(message))
    outbox.recover(message.mailbox)
    assert outbox.sent(message)
    assert state_of(message) == "sent"


def test_a_person_says_that_an_unknown_message_arrived(world):
    message = hand_over(world.user)
    outbox.hand_over(begun(message))
    outbox.recover(message.mailbox)
    assert actions.mark_sent(message)
    assert not actions.mark_sent(message)
    assert state_of(message) == "sent"


def test_a_person_has_an_unknown_message_sent_again_but_not_by_plain_retry(world):
    message = hand_over(world.user)
    outbox.hand_over(begun(message))
    outbox.recover(message.mailbox)
    message.refresh_from_db()
    assert not actions.retry(message)
    assert actions.send_again(message)
    assert state_of(message) == "waiting"


def test_only_recipients_that_were_not_served_are_in_the_next_attempt(world):
    message = hand_over(world.user, to=("a@recipient.example", "b@recipient.example", "c@recipient.example"))
    for address, outcome in (("a", "accepted"), ("b", "deferred"), ("c", "refused")):
        message.recipients.filter(address=f"{address}@recipient.example").update(outcome=outcome)
    assert outbox.pending_envelope(message).recipients == ("b@recipient.example",)


def test_a_waiting_message_can_be_cancelled_and_a_sent_one_cannot(world):
    message = hand_over(world.user)
    assert actions.cancel(message)
    assert state_of(message) == "cancelled"
    assert begun(message) is None
    assert not actions.cancel(message)


def test_a_sent_message_is_never_tried_again(world):
    message = hand_over(world.user)
    begun(message)
    outbox.sent(message)
    message.refresh_from_db()
    assert not actions.retry(message)
    assert state_of(message) == "sent"


def test_an_attempt_keeps_no_secret_of_the_servers_words(world):
    attempt = begun(hand_over(world.user))
    reply = "535 no: Bearer eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl"
    outbox.close_attempt(attempt, Outcome.REFUSED, reply=reply, phase=Phase.SIGN_IN)
    attempt.refresh_from_db()
    assert "eyJ" not in attempt.reply
    assert attempt.reply.startswith("535 no")


def test_a_mailbox_is_leased_to_one_at_a_time(world):
    mailbox = hand_over(world.user).mailbox
    first, second = Lease(mailbox), Lease(mailbox)
    assert first.take()
    assert not second.take()
    assert due_mailboxes(timezone.now(), 10) == []
    first.release()
    assert due_mailboxes(timezone.now(), 10) == [mailbox]
    assert second.take()


def test_a_lease_that_ran_out_cannot_be_renewed(world):
    mailbox = hand_over(world.user).mailbox
    lease = Lease(mailbox)
    lease.take()
    SendingMailbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(LeaseLost):
        lease.renew()
    assert Lease(mailbox).take()
    with pytest.raises(LeaseLost):
        lease.renew()


def test_a_mailbox_that_needs_attention_is_not_due_but_its_leftovers_are_settled(world):
    message = hand_over(world.user)
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION)
    assert due_mailboxes(timezone.now(), 10) == []
    begun(message)
    assert due_mailboxes(timezone.now(), 10) == [message.mailbox]


def test_one_query_finds_the_mailboxes_with_due_mail(world, django_assert_num_queries):
    hand_over(world.user)
    with django_assert_num_queries(1):
        due_mailboxes(timezone.now(), 10)


def test_mending_the_settings_wakes_the_mailbox_and_moves_waiting_mail_to_the_new_way(world):
    from mailsettings.models import SmtpServer
    from mailsettings.signals import settings_changed

    message = hand_over(world.user)
    begun(message)
    outbox.later(message, timezone.now() + timedelta(hours=1), "smtp_auth_rejected_generic", "535")
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION, cause="smtp_auth_rejected_generic")
    settings_changed.send(sender=SmtpServer, company=world.company, membership=None)
    message.refresh_from_db()
    assert message.mailbox.health == Health.READY
    assert message.due_at <= timezone.now()
