"""What a worker told its own host, and who may believe it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from sender import claims, endings, journal, leases, recovery, sign_in
from sender.books import Books
from sender.claims import ClaimLost
from sender.drain import Drain
from sender.endings import Ending
from sender.journal import Journal, JournalClosed, JournalFailed
from sender.limits import limits_of
from sender.models import MailboxSlot, State
from sender.transports.base import Outcome, Phase, RecipientResult
from tests.sender.helpers import begun, hand_over, handed_over, let_lapse, state_of, take_slot
from tests.sender.test_drain import Scripted, accepted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.JOURNAL_FOLDER = str(tmp_path / "journals")
    return journal._folder()


@pytest.fixture
def no_room(monkeypatch):
    """From when it is called, a file takes ten bytes more, and then none."""
    write, left = os.write, [10]

    def fill_up() -> None:
        monkeypatch.setattr(journal.os, "write", half)

    def half(file: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        written = write(file, data[: left[0]])
        left[0] -= written
        return written

    return fill_up


def answered(taken: claims.Claimed, *recipients: RecipientResult) -> Ending:
    return Ending(
        taken,
        State.SENT,
        Outcome.ACCEPTED,
        Phase.HANDED_OVER,
        timezone.now(),
        "company_smtp",
        reply="250 2.0.0 taken",
        note="A copy stays.",
        request_ids={"request-id": "7"},
        recipients=recipients,
    )


def after_a_kill(message) -> str:
    let_lapse()
    recovery.recover()
    return state_of(message)


def test_who_takes_over_sees_what_was_begun_and_the_writer_can_begin_nothing_more(world):
    one, other = (hand_over(world.user, subject=subject).pk for subject in "12")
    writer = Journal("0" * 32)
    writer.begin(one)
    told = journal.take_over("0" * 32)
    assert (told.is_all, told.begun, told.ended) == (True, {one}, {})
    with pytest.raises(JournalClosed):
        writer.begin(other)


def test_an_answer_that_comes_after_the_takeover_is_no_error(world):
    message = hand_over(world.user)
    taken = handed_over(message)
    assert after_a_kill(message) == "unknown"
    books = Books(take_slot(message))
    books.end(answered(taken), may_wait=False)
    assert state_of(message) == "sent"


def test_an_answer_in_the_journal_is_written_with_its_words_in_the_dead_workers_place(world):
    to = ("a@recipient.example", "b@recipient.example")
    message = hand_over(world.user, to=to)
    lease = take_slot(message)
    (taken,), books = lease.claim(1, timezone.now()), Books(lease)
    books.begin(taken)
    said = [RecipientResult(to[0], Outcome.ACCEPTED, "250", "250 ok")]
    said.append(RecipientResult(to[1], Outcome.REFUSED, "550", "550 nobody"))
    ending = answered(taken, *said)
    books.end(ending, may_wait=True)
    assert state_of(message) == "sending"
    assert after_a_kill(message) == "sent"
    attempt = message.attempts.get()
    assert (attempt.started_at, attempt.finished_at) == (ending.started_at, ending.ended_at)
    assert (attempt.reply, attempt.note) == ("250 2.0.0 taken", "A copy stays.")
    assert attempt.request_ids == {"request-id": "7"}
    replies = message.recipients.order_by("place").values_list("outcome", "reply")
    assert list(replies) == [("accepted", "250 ok"), ("refused", "550 nobody")]


def test_what_was_not_begun_is_due_again_at_once(world):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    lease = take_slot(first)
    batch = lease.claim(2, timezone.now())
    Books(lease).begin(batch[0])
    assert after_a_kill(first) == "unknown"
    assert (state_of(second), second.attempts_made) == ("waiting", 0)
    assert journal.left_here() == []


def test_after_a_power_cut_what_is_not_in_the_journal_is_unknown_too(world, monkeypatch):
    message = hand_over(world.user)
    begun(message)
    monkeypatch.setattr(journal, "boot_id", lambda: "another")
    assert after_a_kill(message) == "unknown"


def test_a_journal_that_waits_for_the_disk_is_believed_after_a_power_cut(world, monkeypatch, settings):
    settings.JOURNAL_SYNC = True
    synced = []
    monkeypatch.setattr(journal.os, "fdatasync", synced.append)
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    lease = take_slot(first)
    batch = lease.claim(2, timezone.now())
    Books(lease).begin(batch[0])
    assert len(synced) == 1
    monkeypatch.setattr(journal, "boot_id", lambda: "another")
    assert after_a_kill(first) == "unknown"
    assert state_of(second) == "waiting"


def test_without_the_journal_of_a_dead_lease_its_host_is_waited_for_and_then_all_is_unknown(world, folder):
    message, later = hand_over(world.user), hand_over(world.user, subject="Order 2")
    begun(message)
    (kept,) = folder.iterdir()
    kept.rename(folder.parent / kept.name)
    assert after_a_kill(message) == "sending"
    assert not MailboxSlot.objects.exclude(owner="").exists()
    assert begun(later).pk == later.pk, "the mailbox goes on"
    assert recovery.settle_strays() == 0
    assert recovery.settle_strays(timezone.now() + recovery.AWAY - timedelta(seconds=5)) == 0
    assert recovery.settle_strays(timezone.now() + recovery.AWAY) == 1
    assert (state_of(message), message.attempts_made) == ("unknown", 1)


def test_an_answer_in_the_journal_of_a_host_that_comes_back_too_late_is_still_heard(world, folder):
    message = hand_over(world.user)
    lease = take_slot(message)
    (taken,), books = lease.claim(1, timezone.now()), Books(lease)
    books.begin(taken)
    books.end(answered(taken), may_wait=True)
    (kept,) = folder.iterdir()
    kept.rename(folder.parent / kept.name)
    assert after_a_kill(message) == "sending"
    recovery.settle_strays(timezone.now() + recovery.AWAY)
    assert state_of(message) == "unknown"
    (folder.parent / kept.name).rename(kept)
    recovery.recover()
    assert (state_of(message), message.attempts_made) == ("sent", 1)
    assert message.attempts.get().reply == "250 2.0.0 taken"


def test_a_worker_of_its_host_that_comes_meanwhile_settles_it_by_the_journal(world, folder):
    message = hand_over(world.user)
    begun(message)
    (kept,) = folder.iterdir()
    kept.rename(folder.parent / kept.name)
    assert after_a_kill(message) == "sending"
    (folder.parent / kept.name).rename(kept)
    assert recovery.settle_strays(timezone.now() + recovery.AWAY) == 0
    recovery.recover()
    assert (state_of(message), message.attempts_made) == ("waiting", 1)
    assert message.due_at <= timezone.now()


def test_without_its_heartbeat_a_worker_hands_nothing_over(world):
    message = hand_over(world.user)
    lease = take_slot(message)
    (taken,) = lease.claim(1, timezone.now())
    lease.renewed_at -= leases.LEASE.total_seconds()
    with pytest.raises(ClaimLost):
        Books(lease).begin(taken)


def test_a_full_disk_hands_nothing_over_and_what_it_cut_short_is_not_taken_for_begun(world, no_room):
    message = hand_over(world.user)
    lease = take_slot(message)
    (taken,), books = lease.claim(1, timezone.now()), Books(lease)
    no_room()
    with pytest.raises(JournalFailed):
        books.begin(taken)
    with pytest.raises((JournalFailed, ClaimLost)):
        books.begin(taken)
    lease.release()
    assert state_of(message) == "waiting"


def test_an_answer_that_finds_no_room_is_written_to_the_database_and_then_the_turn_ends(
    world, no_room, monkeypatch
):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    lease = leases.take(first.mailbox, 1)

    def then_full(before_handover):
        before_handover()
        no_room()
        return accepted()

    monkeypatch.setattr(sign_in, "transport_for", lambda _: Scripted(then_full))
    with pytest.raises(JournalFailed):
        Drain(first.mailbox, lease, lambda: False, limits_of(first.mailbox)).run()
    lease.release()
    assert [state_of(first), state_of(second)] == ["sent", "waiting"]


def test_a_claim_whose_answer_was_lost_is_given_back_and_not_unknown(world, monkeypatch):
    message = hand_over(world.user)
    lease, claim = take_slot(message), claims.claim

    def lost(*facts):
        claim(*facts)
        raise OperationalError("the connection ended")

    monkeypatch.setattr(claims, "claim", lost)
    with pytest.raises(OperationalError):
        lease.claim(1, timezone.now())
    lease.release()
    assert state_of(message) == "sending"
    assert after_a_kill(message) == "waiting"


def test_a_worker_that_cannot_write_a_journal_does_not_start(world, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.JOURNAL_FOLDER = str(tmp_path / "file")
    with pytest.raises(CommandError, match="JOURNAL_FOLDER") as refused:
        call_command("worker", until_empty=True)
    assert refused.value.returncode == 2
    mailbox = hand_over(world.user).mailbox
    with pytest.raises(JournalFailed):
        leases.take(mailbox, 1)
    assert not MailboxSlot.objects.exclude(owner="").exists()


def test_a_turn_ends_when_its_journal_is_long(world, monkeypatch):
    messages = [hand_over(world.user, subject=str(number)) for number in range(3)]
    monkeypatch.setattr("sender.drain.MOST_BYTES", 150)
    monkeypatch.setattr(sign_in, "transport_for", lambda _: Scripted(accepted(), accepted(), accepted()))
    lease = leases.take(messages[0].mailbox, 1)
    Drain(messages[0].mailbox, lease, lambda: False, limits_of(messages[0].mailbox)).run()
    lease.release()
    assert [state_of(message) for message in messages] == ["sent", "waiting", "waiting"]


def test_two_databases_do_not_share_a_journal_folder(folder):
    assert journal._folder_for(journal.root(), "another") != folder


def test_without_a_setting_journals_lie_beside_the_database_or_in_var(settings):
    settings.JOURNAL_FOLDER = ""
    beside = Path(connection.settings_dict["NAME"]).parent
    assert (
        journal.root()
        == (beside if connection.vendor == "sqlite" else settings.BASE_DIR / "var") / "journals"
    )


def test_answers_are_held_back_and_written_together_when_some_time_has_passed(world, monkeypatch):
    messages = [hand_over(world.user, subject=str(number)) for number in range(3)]
    lease = take_slot(messages[0])
    batch, books, commits = lease.claim(3, timezone.now()), Books(lease), []
    write = endings.write
    monkeypatch.setattr(endings, "write", lambda some: commits.append(len(some)) or write(some))
    for taken in batch:
        books.begin(taken)
        books.end(answered(taken), may_wait=True)
    books.on_beat()
    assert [state_of(message) for message in messages] == ["sending"] * 3
    monkeypatch.setattr("sender.books.HELD_S", 0)
    books.on_beat()
    assert [state_of(message) for message in messages] == ["sent"] * 3
    assert commits == [3]
    lease.release()
    assert not MailboxSlot.objects.exclude(owner="").exists()
