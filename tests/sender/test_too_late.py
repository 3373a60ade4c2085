"""What a worker may still do that was slow, lost its lease, or found trouble where nobody looks for it."""

import os
from datetime import timedelta

import pytest
from django.db import DataError
from django.utils import timezone

from sender import claims, endings, journal, recovery
from sender.books import Books
from sender.endings import Ending
from sender.journal import Journal, JournalFailed
from sender.models import MailboxSlot, RecipientOutcome, State
from sender.transports.base import Outcome, Phase, RecipientResult
from tests.sender.helpers import begun, ended, hand_over, let_lapse, state_of, take_slot

pytestmark = pytest.mark.django_db
TO = ("a@recipient.example", "b@recipient.example")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.JOURNAL_FOLDER = str(tmp_path / "journals")
    return journal._folder()


def settled() -> int:
    let_lapse()
    return recovery.recover()


def outcomes(message) -> dict[str, str]:
    return dict(RecipientOutcome.objects.filter(message=message).values_list("address", "outcome"))


def refusal(taken: claims.Claimed, *recipients: RecipientResult) -> Ending:
    facts = {
        "cause": "recipient_invalid",
        "attempt_cause": "recipient_invalid",
        "raw": "550 no",
        "reply": "550 no",
    }
    return Ending(
        taken, State.FAILED, Outcome.REFUSED, Phase.HANDED_OVER, timezone.now(), "company_smtp",
        recipients=recipients, **facts,
    )  # fmt: skip


def test_who_lost_a_message_before_handing_it_over_says_nothing_about_it_any_more(world):
    message = hand_over(world.user, to=TO)
    slow = begun(message)
    settled()
    MailboxSlot.objects.all().delete()
    message.refresh_from_db()
    by_another = begun(message)
    by_another.is_begun = True
    accepted = [RecipientResult(address, Outcome.ACCEPTED, "250", "250 ok") for address in TO]
    slow.attempts_made = by_another.attempts_made
    ended(by_another, recipients=tuple(accepted), reply="250 ok")
    no = [
        RecipientResult(TO[0], Outcome.DEFERRED, "450", "450 x"),
        RecipientResult(TO[1], Outcome.REFUSED, "550", ""),
    ]
    ended(slow, state=State.FAILED, outcome=Outcome.REFUSED, recipients=tuple(no), reply="550 no")
    assert outcomes(message) == dict.fromkeys(TO, "accepted")
    assert message.attempts.get(number=by_another.number).reply == "250 ok"
    assert state_of(message) == "sent"


def test_one_message_that_was_deleted_meanwhile_does_not_keep_the_others_ends_back(world):
    gone, kept = hand_over(world.user), hand_over(world.user, subject="Order 2")
    lease = take_slot(gone)
    batch, books = lease.claim(2, timezone.now()), Books(lease)
    for taken in batch:
        books.begin(taken)
    gone.delete()
    for taken in batch:
        books.end(
            Ending(taken, State.SENT, Outcome.ACCEPTED, Phase.HANDED_OVER, timezone.now(), "x"), may_wait=True
        )
    books.settle()
    assert state_of(kept) == "sent"


def test_a_definite_no_after_the_dot_is_in_the_journal_too(world, monkeypatch):
    message = hand_over(world.user, to=TO)
    lease = take_slot(message)
    (taken,), books = lease.claim(1, timezone.now()), Books(lease)
    books.begin(taken)
    monkeypatch.setattr(books, "settle", lambda: None)  # killed before
    books.end(refusal(taken, RecipientResult(TO[0], Outcome.REFUSED, "550", "550 no")), may_wait=False)
    settled()
    assert (state_of(message), message.cause, message.cause_raw) == ("failed", "recipient_invalid", "550 no")
    assert message.attempts.get().outcome == "refused"


def test_a_try_put_off_after_the_dot_and_settled_by_the_journal_waits_as_long_as_the_server_wants(
    world, monkeypatch
):
    message = hand_over(world.user)
    lease = take_slot(message)
    (taken,), books = lease.claim(1, timezone.now()), Books(lease)
    books.begin(taken)
    monkeypatch.setattr(books, "settle", lambda: None)
    later = timezone.now() + timedelta(minutes=5)
    books.end(
        Ending(taken, State.WAITING, Outcome.DEFERRED, Phase.HANDED_OVER, timezone.now(), "x", due_at=later),
        may_wait=False,
    )
    settled()
    assert (state_of(message), message.due_at, message.attempts_made) == ("waiting", later, 1)


@pytest.mark.parametrize("is_begun", [True, False])
def test_what_was_put_off_and_taken_again_under_the_same_lease_is_judged_by_its_last_try(world, is_begun):
    message = hand_over(world.user)
    lease = take_slot(message)
    (taken,), books = lease.claim(1, timezone.now()), Books(lease)
    books.begin(taken)
    now = timezone.now()
    books.end(
        Ending(taken, State.WAITING, Outcome.DEFERRED, Phase.HANDED_OVER, now, "x", due_at=now),
        may_wait=False,
    )
    (again,) = lease.claim(1, timezone.now())
    if is_begun:
        books.begin(again)
    settled()
    assert (state_of(message), message.attempts_made) == ("unknown" if is_begun else "waiting", 2)


def test_a_journal_that_could_not_be_read_is_kept_and_keeps_no_other_from_being_settled(world, monkeypatch):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    unreadable, readable = begun(first), begun(second)
    open_ = os.open

    def refused(path, *rest):
        if str(path).endswith(unreadable.owner):
            raise OSError(24, "Too many open files")
        return open_(path, *rest)

    monkeypatch.setattr(journal.os, "open", refused)
    let_lapse()
    with pytest.raises(JournalFailed):
        recovery.recover()
    assert (state_of(first), state_of(second)) == ("sending", "waiting")
    assert journal.left_here() == [unreadable.owner]
    assert readable.pk == second.pk
    monkeypatch.setattr(journal.os, "open", open_)
    recovery.recover()
    assert state_of(first) == "waiting"


def test_a_journal_that_cannot_be_begun_leaves_no_file_behind_and_none_open(world, monkeypatch):
    opened, closed, close = [], [], os.close
    open_ = os.open
    monkeypatch.setattr(journal.os, "open", lambda *facts: opened.append(open_(*facts)) or opened[-1])
    monkeypatch.setattr(journal.os, "close", lambda file: closed.append(file) or close(file))

    def full(*_facts):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal.os, "write", full)
    with pytest.raises(JournalFailed):
        Journal("0" * 32)
    assert closed == opened
    assert journal.left_here() == []


def test_a_journal_is_closed_once_as_its_number_may_be_anothers_by_then(world, tmp_path):
    one = Journal("0" * 32)
    one.close()
    other = Journal("1" * 32)
    one.remove()
    message = hand_over(world.user)
    other.begin(message.pk)
    assert journal.take_over("1" * 32).begun == {message.pk}


@pytest.mark.parametrize("word", ["a\0b", "a\udc80b"])
def test_what_no_database_takes_is_not_kept_of_a_servers_words(world, word):
    message = hand_over(world.user)
    ended(begun(message), reply=f"250 {word}", request_ids={"request-id": word}, note=word)
    assert state_of(message) == "sent"
    kept = message.attempts.get()
    assert {kept.reply[4:], kept.note, kept.request_ids["request-id"]} in ({"ab"}, {"a?b"})


def test_a_lease_that_the_database_cannot_settle_keeps_no_other_from_being_settled(world, monkeypatch):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    bad, write = begun(first), endings.write
    begun(second)

    def refused(some):
        if any(each.claimed.pk == bad.pk for each in some):
            raise DataError("such a text cannot be stored")
        write(some)

    monkeypatch.setattr(endings, "write", refused)
    let_lapse()
    with pytest.raises(DataError):
        recovery.recover()
    assert (state_of(first), state_of(second)) == ("sending", "waiting")
