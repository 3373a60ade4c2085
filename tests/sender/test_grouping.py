"""Threads that hand messages over at the same moment share one transaction of SQLite, and nothing else."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connections, transaction

from sender import grouping, inserting
from sender.models import OutboxMessage, RecipientOutcome
from sender.services import Draft, submit
from sender.statements import one_writer, survive_processes_only
from tests.sender.helpers import open_relay

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        reason="PostgreSQL groups commits by itself",
    ),
]
TIME_LIMIT_S = 60


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each came to, in a thread of its own; nothing is written before all of them wait for their turn."""
    queued = threading.Semaphore(0)

    class Queue(grouping.deque):
        def append(self, item: object) -> None:
            super().append(item)
            queued.release()

    def told(work: Callable[[], object]) -> object:
        try:
            return work()
        except (IntegrityError, OperationalError, ValueError) as error:
            return error
        finally:
            connections.close_all()

    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(len(works)) as pool:
        patched.setattr(grouping, "_queues", {})
        patched.setattr(grouping, "deque", Queue)
        with one_writer():
            running = [pool.submit(told, work) for work in works]
            for _ in works:
                assert queued.acquire(timeout=TIME_LIMIT_S)
        return [each.result(TIME_LIMIT_S) for each in running]


@pytest.fixture
def written(monkeypatch) -> list[int]:
    """How many messages each transaction brought."""
    counts, real = [], inserting._all_by_executemany

    def counting(messages: list) -> None:
        counts.append(len(messages))
        real(messages)

    monkeypatch.setattr(inserting, "_all_by_executemany", counting)
    return counts


@pytest.fixture
def hand_over(world):
    """A function that makes a call of submit."""
    open_relay(world.user)

    def made(number: int, **more: object) -> Callable[[], OutboxMessage]:
        draft = Draft(to=[f"rita{number}@recipient.example"], subject=f"Order {number}", text="One truck.")
        return lambda: submit(world.user, draft, submitted_by="test", **more)

    made(0)()  # makes the mailbox, and the memory of the way
    return made


def test_messages_of_the_same_moment_are_one_transaction(hand_over, written):
    made = at_once(*(hand_over(number) for number in range(1, 6)))
    assert written == [5]
    assert {message.subject for message in made} == {f"Order {number}" for number in range(1, 6)}
    assert set(OutboxMessage.objects.values_list("pk", flat=True)) > {message.pk for message in made}
    for message in made:
        assert message.content.unseal()
    assert RecipientOutcome.objects.count() == 6


def test_more_than_fit_in_one_transaction_are_written_in_several(hand_over, written, monkeypatch):
    monkeypatch.setattr(grouping, "MOST", 2)
    assert len(at_once(*(hand_over(number) for number in range(1, 6)))) == 5
    assert sorted(written) == [1, 2, 2]
    assert OutboxMessage.objects.count() == 6


def test_one_that_cannot_be_stored_keeps_no_other_back(hand_over, monkeypatch):
    row = inserting.row

    def with_a_wrong_recipient(model: type, **values: object) -> object:
        if values.get("address") == "rita2@recipient.example":
            values["address"] = None
        return row(model, **values)

    monkeypatch.setattr(inserting, "row", with_a_wrong_recipient)
    first, second, third = at_once(hand_over(1), hand_over(2), hand_over(3))
    assert isinstance(second, IntegrityError)
    assert (first.subject, third.subject) == ("Order 1", "Order 3")
    assert sorted(OutboxMessage.objects.values_list("subject", flat=True)) == [
        "Order 0",
        "Order 1",
        "Order 3",
    ]


def test_the_same_key_at_the_same_moment_is_one_message(hand_over):
    one, other = at_once(hand_over(1, idempotency_key="k"), hand_over(1, idempotency_key="k"))
    assert one.pk == other.pk
    assert OutboxMessage.objects.filter(idempotency_key="k").count() == 1


def test_trouble_with_the_database_is_told_to_all_and_nothing_is_stored(hand_over, monkeypatch):
    def full(_rows: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(inserting, "_by_executemany", full)
    assert [str(error) for error in at_once(hand_over(1), hand_over(2))] == ["database or disk is full"] * 2
    assert OutboxMessage.objects.count() == 1


def test_a_thread_whose_commits_do_not_wait_for_the_disk_writes_for_none_whose_do(hand_over, written):
    def quickly() -> OutboxMessage:
        survive_processes_only()
        return hand_over(1)()

    at_once(quickly, hand_over(2), hand_over(3))
    assert sorted(written) == [1, 2]


def test_within_a_transaction_of_the_caller_a_message_is_part_of_it(hand_over, written):
    with transaction.atomic():
        hand_over(1)()
        transaction.set_rollback(True)
    assert written == []
    assert OutboxMessage.objects.count() == 1


def test_a_writer_that_is_stopped_leaves_nobody_waiting(hand_over, monkeypatch):
    def stopped(_messages: object) -> None:
        raise KeyboardInterrupt

    waiting = [grouping._Waiting() for _ in range(2)]
    with pytest.raises(KeyboardInterrupt):
        grouping._write(waiting, stopped)
    assert all(each.is_done and each.error for each in waiting)
