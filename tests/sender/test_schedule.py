"""Whose turn it is: no company and no mailbox keeps the others waiting, and finding out costs next to nothing."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from sender import schedule
from sender.models import OutboxMessage, SendingMailbox
from sender.schedule import DueMailbox, next_in_turn, startable
from sender.statements import prepared
from tests.factories import make_company, make_member
from tests.sender.helpers import hand_over


def mailbox(company, account: str, **fields: object) -> SendingMailbox:
    fields = {"next_due_at": timezone.now() - timedelta(seconds=1)} | fields
    return SendingMailbox.objects.create(
        company=company, method="company_smtp", owner="", account=account, **fields
    )


def keys(due: list[DueMailbox]) -> list[UUID]:
    return [mailbox.pk for mailbox in due]


@pytest.fixture
def busy(db):
    """A company with many due mailboxes, and one with a single one that came last."""
    many, few = make_company("Many"), make_company("Few")
    boxes = [mailbox(many, f"box{number}") for number in range(20)]
    return boxes, mailbox(few, "single")


def test_each_company_is_served_before_one_is_served_twice(busy):
    boxes, single = busy
    assert single.pk in keys(next_in_turn(timezone.now(), 2))
    assert len(next_in_turn(timezone.now(), 100)) == len(boxes) + 1


def test_the_mailbox_that_had_its_turn_the_longest_ago_is_next(db):
    company, now = make_company("Alpha"), timezone.now()
    mailbox(company, "just now", last_turn_at=now)
    before = mailbox(company, "before", last_turn_at=now - timedelta(minutes=1))
    never = mailbox(company, "never")
    assert keys(next_in_turn(now, 2)) == [never.pk, before.pk]


def test_what_is_paused_not_due_or_left_out_is_not_found(db):
    company, now = make_company("Alpha"), timezone.now()
    mailbox(company, "paused", paused_until=now + timedelta(minutes=1))
    mailbox(company, "later", next_due_at=now + timedelta(minutes=1))
    mailbox(company, "broken", health="needs_attention")
    mailbox(company, "nothing", next_due_at=None)
    out = mailbox(company, "left out")
    assert next_in_turn(now, 10, [out.pk]) == []
    assert schedule.next_moment(now) == now + timedelta(minutes=1)


def test_the_last_threads_are_kept_for_companies_that_have_none(busy):
    boxes, single = busy
    chosen, waiting = startable(boxes, Counter(), threads=16)
    assert (len(chosen), len(waiting)) == (14, 6)
    running = Counter({boxes[0].company_id: 14})
    assert startable([*waiting, single], running, threads=16) == ([single], waiting)


def test_a_worker_with_one_thread_still_serves_everybody(busy):
    boxes, _ = busy
    assert len(startable(boxes, Counter(), threads=1)[0]) == 1


def filled() -> None:
    """Enough rows that a database would rather use an index, and knows it."""
    person = make_member(make_company("Alpha"), "user", "bob")
    message = hand_over(person)
    template = OutboxMessage.objects.get(pk=message.pk)
    idle = [
        SendingMailbox(company=message.company, method="company_smtp", owner=str(number), account="x")
        for number in range(3000)
    ]
    SendingMailbox.objects.bulk_create(idle)
    made = []
    for number in range(3000):
        copy = OutboxMessage(
            **{f.attname: getattr(template, f.attname) for f in template._meta.concrete_fields}
        )
        copy.pk, copy.message_id = OutboxMessage._meta.pk.get_default(), f"<{number}@alpha.example>"
        if number % 6:
            copy.state, copy.finished_at = "sent", timezone.now()
        else:  # open, so that the index of a company's open messages is no shorter way
            copy.mailbox = idle[number]
        made.append(copy)
    OutboxMessage.objects.bulk_create(made)
    mailboxes = SendingMailbox.objects.filter(pk=message.mailbox_id)
    mailboxes.update(next_due_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_due_mailboxes_and_messages_are_found_by_index_however_long_the_history(db):
    filled()
    values = {"now": timezone.now(), "limit": 10}
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    plan = prepared(f"{explain} {schedule.NEXT_IN_TURN}", values)
    assert any("mailbox_due" in str(row) for row in plan)
    box = (
        SendingMailbox.objects.exclude(next_due_at=None).first() or OutboxMessage.objects.waiting()[0].mailbox
    )
    waiting = OutboxMessage.objects.waiting().filter(mailbox=box, claimed_by="")
    assert "outbox_due" in waiting.order_by("priority", "due_at", "id")[:20].explain()
