"""States: every change is conditional; what a dead worker left is settled without sending twice."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from oauth import approval
from sender import actions, claims, leases, outbox, recovery, schedule
from sender.claims import Claimed
from sender.models import Attempt, Health, MailboxSlot, OutboxMessage, Priority, SendingMailbox, State
from sender.supply import MOST_BYTES, Batch
from sender.transports.base import Outcome, Phase, RecipientResult
from tests.sender.helpers import (
    begun,
    ended,
    hand_over,
    handed_over,
    left_without_an_answer,
    let_lapse,
    state_of,
    take_slot,
)


def again_in(message, **time: float) -> None:
    """It was put off by its server."""
    due_at = timezone.now() + timedelta(**time)
    facts = {"cause": "provider_throttled", "raw": "421 later", "due_at": due_at}
    ended(begun(message), state=State.WAITING, outcome=Outcome.DEFERRED, phase=Phase.ENVELOPE, **facts)


def due_now() -> list[UUID]:
    return [mailbox.pk for mailbox in schedule.next_in_turn(timezone.now(), 10)]


def test_a_message_is_taken_once(world):
    message = hand_over(world.user)
    claimed = begun(message)
    assert claimed.number == 1
    assert begun(message) is None
    assert (state_of(message), message.attempts_made) == ("sending", 0)


def test_messages_of_a_mailbox_come_in_the_order_they_were_handed_over(world):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    assert [begun(first).pk, begun(first).pk] == [first.pk, second.pk]


def test_the_more_urgent_goes_first_and_bulk_last(world):
    bulk = hand_over(world.user, priority=Priority.BULK)
    normal, high = hand_over(world.user), hand_over(world.user, priority=Priority.HIGH)
    assert [begun(bulk).pk for _ in range(3)] == [high.pk, normal.pk, bulk.pk]


def test_a_message_waits_until_it_is_due_and_its_give_up_time_counts_from_then(world):
    tomorrow = timezone.now() + timedelta(days=1)
    message = hand_over(world.user, not_before=tomorrow)
    assert begun(message) is None
    assert message.give_up_at == tomorrow + timedelta(hours=24)
    assert outbox.next_due_at(message.mailbox_id) == tomorrow


def test_a_message_that_is_put_off_waits(world):
    message = hand_over(world.user)
    again_in(message, minutes=5)
    assert begun(message) is None
    assert (state_of(message), message.cause) == ("waiting", "provider_throttled")
    assert message.attempts_made == 1


def test_a_message_that_waited_too_long_is_given_up(world):
    message = hand_over(world.user)
    assert outbox.give_up(timezone.now()) == 0
    assert outbox.give_up(timezone.now() + timedelta(hours=25)) == 1
    assert (state_of(message), message.cause) == ("failed", "gave_up_waiting")


def test_a_crash_before_the_point_of_no_return_counts_a_try_of_the_message_it_was_at(world):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    assert begun(first, at_once=2).pk == first.pk
    let_lapse()
    assert recovery.recover() == 1
    assert [state_of(first), state_of(second)] == ["waiting", "waiting"]
    assert (first.attempts_made, second.attempts_made) == (1, 0)
    assert first.attempts.get().outcome == Outcome.DEFERRED
    assert begun(first).number == 2


def test_a_crash_after_the_point_of_no_return_is_unknown_and_stays_so(world):
    message = hand_over(world.user)
    left_without_an_answer(message)
    assert (state_of(message), message.attempts_made) == ("unknown", 1)
    assert begun(message) is None
    assert Attempt.objects.get().outcome == Outcome.UNKNOWN


def test_only_the_dead_slots_messages_are_settled(world):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    dead, _alive = handed_over(first), handed_over(second)
    MailboxSlot.objects.filter(owner=dead.owner).update(until=timezone.now() - timedelta(seconds=1))
    recovery.recover()
    assert [state_of(first), state_of(second)] == ["unknown", "sending"]


def test_a_late_answer_settles_an_unknown_message(world):
    message = hand_over(world.user)
    claimed = handed_over(message)
    let_lapse()
    recovery.recover()
    ended(claimed)
    assert state_of(message) == "sent"
    assert message.attempts.get().outcome == Outcome.ACCEPTED


def asked_again(world) -> tuple[OutboxMessage, Claimed]:
    """Handed over and not known; a person said that it did not arrive."""
    message = hand_over(world.user)
    claimed = handed_over(message)
    let_lapse()
    recovery.recover()
    message.refresh_from_db()
    assert actions.send_again(message)
    return message, claimed


def answers(outcome: Outcome) -> dict[str, object]:
    return {"outcome": outcome, "recipients": (RecipientResult("rita@recipient.example", outcome, "", ""),)}


def test_a_late_no_does_not_touch_what_a_person_decided(world):
    message, claimed = asked_again(world)
    ended(claimed, state=State.FAILED, cause="recipient_invalid", **answers(Outcome.REFUSED))
    assert state_of(message) == "waiting"
    assert message.recipients.get().outcome == ""


def test_a_late_yes_keeps_what_a_person_had_sent_again_from_going_twice(world):
    message, claimed = asked_again(world)
    ended(claimed, **answers(Outcome.ACCEPTED))
    assert state_of(message) == "sent"
    assert begun(message) is None


def test_a_person_says_that_an_unknown_message_arrived(world):
    message = hand_over(world.user)
    left_without_an_answer(message)
    assert actions.mark_sent(message)
    assert not actions.mark_sent(message)
    assert state_of(message) == "sent"


def test_a_person_has_an_unknown_message_sent_again_but_not_by_plain_retry(world):
    message = hand_over(world.user)
    left_without_an_answer(message)
    message.refresh_from_db()
    assert not actions.retry(message)
    assert actions.send_again(message)
    assert state_of(message) == "waiting"


def test_only_recipients_that_were_not_served_are_in_the_next_attempt(world):
    message = hand_over(world.user, to=("a@recipient.example", "b@recipient.example", "c@recipient.example"))
    for address, outcome in (("a", "accepted"), ("b", "deferred"), ("c", "refused")):
        message.recipients.filter(address=f"{address}@recipient.example").update(outcome=outcome)
    [(_, frozen)] = claims.loaded([begun(message)])
    assert frozen.recipients == ("b@recipient.example",)


def test_large_messages_are_read_one_by_one(world, monkeypatch):
    taken = [begun(hand_over(world.user, subject=f"Order {number}")) for number in range(3)]
    asked, loaded = [], claims.loaded
    monkeypatch.setattr(claims, "loaded", lambda group: asked.append(len(group)) or loaded(group))
    assert [claimed for claimed, _ in Batch(taken, 3).each(None)] == taken
    for claimed in taken:
        claimed.size_bytes = MOST_BYTES
    assert [claimed for claimed, _ in Batch(taken, 3).each(None)] == taken
    assert asked == [3, 1, 1, 1]


def test_a_message_can_be_cancelled_until_a_worker_took_it(world):
    message, other = hand_over(world.user), hand_over(world.user, subject="Order 2")
    begun(message)
    assert not actions.cancel(message)
    assert actions.cancel(other)
    assert state_of(other) == "cancelled"
    assert begun(message) is None


def test_a_sent_message_is_never_tried_again(world):
    message = hand_over(world.user)
    ended(begun(message))
    message.refresh_from_db()
    assert not actions.retry(message)
    assert state_of(message) == "sent"


def test_an_attempt_keeps_no_secret_of_the_servers_words(world):
    message = hand_over(world.user)
    reply = "535 no: Bearer eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl \0"
    ended(begun(message), state=State.FAILED, outcome=Outcome.REFUSED, reply=reply)
    attempt = message.attempts.get()
    assert "eyJ" not in attempt.reply
    assert attempt.reply.startswith("535 no")


def test_a_slot_is_leased_to_one_at_a_time(world):
    mailbox = hand_over(world.user).mailbox
    first = leases.take(mailbox, 1)
    assert leases.take(mailbox, 1) is None
    first.release()
    assert leases.take(mailbox, 1) is not None


def test_a_further_slot_is_opened_only_for_a_backlog_that_is_worth_it(world):
    messages = [hand_over(world.user, subject=f"Order {number}") for number in range(20)]
    mailbox = messages[0].mailbox
    assert [leases.take(mailbox, 3) is not None for _ in range(4)] == [True, True, True, False]
    MailboxSlot.objects.filter(number__gt=0).update(owner="", until=None)
    messages[0].delete()
    assert leases.take(mailbox, 3) is None


def test_a_released_slot_gives_back_what_was_not_begun(world):
    message = hand_over(world.user)
    lease = take_slot(message)
    lease.claim(1, timezone.now())
    outbox.look_again(message.mailbox_id)
    assert due_now() == []
    lease.release()
    assert due_now() == [message.mailbox_id]
    assert begun(message).pk == message.pk


def test_a_lease_is_renewed_until_another_settled_it(world):
    message = hand_over(world.user)
    lease = take_slot(message)
    let_lapse()
    assert leases.renew([lease.owner]) == set()
    let_lapse()
    recovery.recover(held_here=[lease.owner])
    assert leases.renew([lease.owner]) == set()
    let_lapse()
    recovery.recover()
    assert leases.renew([lease.owner]) == {lease.owner}


def test_a_mailbox_that_needs_attention_is_not_due_but_its_leftovers_are_settled(world):
    message = hand_over(world.user)
    outbox.due(message.mailbox_id, timezone.now())
    handed_over(message)
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION)
    assert due_now() == []
    let_lapse()
    recovery.recover()
    assert state_of(message) == "unknown"


def test_mail_that_is_stored_while_the_last_slot_looks_is_not_overlooked(world):
    message = hand_over(world.user)
    outbox.due(message.mailbox_id, timezone.now())
    assert not outbox.due(message.mailbox_id, timezone.now() + timedelta(seconds=1))
    begun(message)
    outbox.look_again(message.mailbox_id)
    assert due_now() == []
    later = hand_over(world.user, subject="Order 2")
    assert outbox.due(message.mailbox_id, later.due_at)
    assert due_now() == [message.mailbox_id]


def test_the_sweep_finds_mail_that_nobody_was_told_of(world):
    message = hand_over(world.user)
    assert outbox.sweep(timezone.now()) == 1
    assert outbox.sweep(timezone.now()) == 0
    begun(message)
    outbox.look_again(message.mailbox_id)
    assert outbox.sweep(timezone.now()) == 0


def test_mending_the_settings_wakes_the_mailbox_and_moves_waiting_mail_to_the_new_way(world):
    from mailsettings.models import SmtpServer
    from mailsettings.signals import settings_changed

    message = hand_over(world.user)
    again_in(message, hours=1)
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION, cause="smtp_auth_rejected_generic")
    settings_changed.send(sender=SmtpServer, company=world.company, membership=None)
    message.refresh_from_db()
    assert message.mailbox.health == Health.READY
    assert message.due_at <= timezone.now()


def test_an_approval_at_microsoft_does_not_try_passwords_at_mail_servers_again(world):
    message = hand_over(world.user)
    again_in(message, hours=1)
    broken = {"health": Health.NEEDS_ATTENTION, "cause": "user_password_wrong"}
    box = SendingMailbox.objects.filter(pk=message.mailbox_id)
    for method, health in (("smtp_password", Health.NEEDS_ATTENTION), ("microsoft_graph", Health.READY)):
        box.update(method=method, **broken)
        approval.wake(world.company)
        assert box.get().health == health


def test_under_a_lease_that_is_settled_nothing_more_is_taken(world):
    message = hand_over(world.user)
    lease = take_slot(message)
    let_lapse()
    recovery.recover()
    assert lease.claim(1, timezone.now()) == []
    recovery.settle_strays()
    assert state_of(message) == "waiting"
