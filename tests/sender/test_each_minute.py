"""What a worker does for the outbox each minute: it finds mail nobody knows of, and gives up what waited too long."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sender import outbox
from sender.models import OutboxMessage, Priority, SendingMailbox, State
from tests.sender.helpers import hand_over, state_of
from tests.sender.test_mailbox_indexes import plans
from tests.webhooks.listeners import listener
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 20


def overdue(world, number: int, **fields: object) -> list[OutboxMessage]:
    made = [hand_over(world.user, subject=f"Order {n}") for n in range(number)]
    late = {"give_up_at": timezone.now() - timedelta(minutes=1)}
    OutboxMessage.objects.filter(pk__in=[each.pk for each in made]).update(**late | fields)
    return made


def queries(do) -> int:
    with CaptureQueriesContext(connection) as asked:
        do()
    return len(asked)


def test_all_that_waited_too_long_is_given_up_for_what_it_waited_for(world, monkeypatch):
    monkeypatch.setattr(outbox, "GIVEN_UP_AT_ONCE", 2)
    put_off = overdue(world, 2, cause="greylisted", cause_raw="450 4.2.1 later")
    untried = overdue(world, 3)
    on_time = hand_over(world.user, subject="On time")
    SendingMailbox.objects.update(cause="user_password_wrong", cause_raw="535 5.7.8 no")
    assert outbox.give_up(timezone.now()) == 5
    assert [state_of(each) for each in [*put_off, *untried]] == ["failed"] * 5
    assert {(each.cause, each.cause_raw) for each in put_off} == {("greylisted", "450 4.2.1 later")}
    assert {(each.cause, each.cause_raw) for each in untried} == {("user_password_wrong", "535 5.7.8 no")}
    assert all(each.finished_at for each in [*put_off, *untried])
    assert state_of(on_time) == "waiting"


def test_what_no_cause_is_known_of_waited_too_long(world):
    (message,) = overdue(world, 1)
    outbox.give_up(timezone.now())
    message.refresh_from_db()
    assert (message.cause, message.cause_raw) == ("gave_up_waiting", "")


def test_many_are_given_up_with_as_few_statements_as_one(world):
    overdue(world, 1)
    asked = queries(lambda: outbox.give_up(timezone.now()))
    overdue(world, 30, cause="greylisted")
    assert queries(lambda: outbox.give_up(timezone.now())) == asked


def test_giving_up_ends_after_a_while_and_the_next_minute_goes_on(world, monkeypatch):
    monkeypatch.setattr(outbox, "GIVEN_UP_AT_ONCE", 2)
    monkeypatch.setattr(outbox, "GIVES_UP_FOR_S", 0)
    overdue(world, 3)
    assert [outbox.give_up(timezone.now()) for _minute in range(3)] == [2, 1, 0]


def test_programs_are_told_of_each_with_its_own_cause(world):
    listener(world.company)
    causes = {overdue(world, 1, cause=cause)[0].pk: cause for cause in ("greylisted", "provider_throttled")}
    outbox.give_up(timezone.now())
    told = Event.objects.filter(kind="message.failed")
    assert {each.about: each.facts["cause"] for each in told} == causes


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite nobody else writes meanwhile")
def test_a_message_that_somebody_else_is_at_is_left_to_him(world):
    held, free = overdue(world, 2)
    has_it, may_end = threading.Event(), threading.Event()

    def other() -> None:
        with transaction.atomic():
            OutboxMessage.objects.select_for_update().get(pk=held.pk)
            has_it.set()
            may_end.wait(PATIENCE_S)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert has_it.wait(PATIENCE_S)
    done = outbox.give_up(timezone.now())
    may_end.set()
    thread.join()
    assert done == 1
    assert (state_of(held), state_of(free)) == ("waiting", "failed")


def box_with(world, due_in_minutes: dict[Priority, int], knows_in_minutes: int | None) -> SendingMailbox:
    """A mailbox of its own with a waiting message of each priority, which workers know to be due then."""
    facts = {"company": world.company, "method": "smtp_password"}
    number = SendingMailbox.objects.count()
    box = SendingMailbox.objects.create(owner=str(number), account=f"{number}@x.example", **facts)
    now = timezone.now()
    for priority, minutes in due_in_minutes.items():
        moment = {"due_at": now + timedelta(minutes=minutes)}
        made = hand_over(world.user, priority=priority, subject=f"{number} {priority}")
        OutboxMessage.objects.filter(pk=made.pk).update(mailbox=box, **moment)
    knows = None if knows_in_minutes is None else now + timedelta(minutes=knows_in_minutes)
    SendingMailbox.objects.filter(pk=box.pk).update(next_due_at=knows)
    return box


def test_a_mailbox_is_told_of_its_earliest_message_whatever_is_more_urgent(world):
    mixed = {Priority.HIGH: 60, Priority.NORMAL: -5, Priority.BULK: 30}
    unknown, too_late = box_with(world, mixed, None), box_with(world, mixed, 20)
    fine = [box_with(world, {Priority.NORMAL: -5}, -5), box_with(world, {Priority.BULK: 30}, 30)]
    fine.append(box_with(world, {}, None))
    before = {box.pk: SendingMailbox.objects.get(pk=box.pk).next_due_at for box in fine}
    assert outbox.sweep(timezone.now()) == 2
    for box in (unknown, too_late):
        first = OutboxMessage.objects.get(mailbox=box, priority=Priority.NORMAL).due_at
        assert SendingMailbox.objects.get(pk=box.pk).next_due_at == first
    assert {box.pk: SendingMailbox.objects.get(pk=box.pk).next_due_at for box in fine} == before


def test_mail_that_is_being_sent_or_over_is_not_swept_up(world):
    box_with(world, {Priority.NORMAL: -5}, None)
    OutboxMessage.objects.update(state=State.SENDING)
    assert outbox.sweep(timezone.now()) == 0
    OutboxMessage.objects.update(state=State.SENT, finished_at=timezone.now())
    assert outbox.sweep(timezone.now()) == 0


def test_a_sweep_goes_from_mailbox_to_mailbox_and_through_no_message(world):
    """With many messages of a few mailboxes, of which workers know."""
    template = OutboxMessage.objects.get(pk=hand_over(world.user).pk)
    facts = {field.attname: getattr(template, field.attname) for field in template._meta.concrete_fields}
    del facts["id"]
    OutboxMessage.objects.bulk_create([OutboxMessage(**facts) for _number in range(2_000)], batch_size=500)
    SendingMailbox.objects.update(next_due_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    of_the_clock, *_rest = plans(lambda: outbox.sweep(timezone.now()))
    assert "pkey" in of_the_clock or "id>" in of_the_clock, of_the_clock
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {outbox._UNTOLD}", {"now": timezone.now()})
            ((found,),) = cursor.fetchall()
            assert read_by(found[0]["Plan"]) < 20, found
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {outbox._UNTOLD}", {"now": timezone.now()})
            said = [row[-1] for row in cursor.fetchall() if "sender_outboxmessage" in row[-1]]
            assert all("outbox_due" in each or "(id=?)" in each for each in said), said
            assert sum(each.startswith("SCAN") for each in said) == 1, said  # for the very first mailbox


def test_a_sweep_looks_once_for_each_mailbox_and_priority(world):
    """The mailboxes are put off, as by a server that is away: each has to be looked at."""
    for _number in range(10):
        box_with(world, {Priority.NORMAL: 30}, 30)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {outbox._UNTOLD}", {"now": timezone.now()})
            ((found,),) = cursor.fetchall()
            assert looks_of(found[0]["Plan"]) <= 2 * 11, found  # for the key, and for its row
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {outbox._UNTOLD}", {"now": timezone.now()})
            said = [row[-1] for row in cursor.fetchall() if "USING INDEX outbox_due" in row[-1]]
            assert len(said) == 2, said
            assert "(mailbox_id,priority)>(?,?)" in said[1], said


def looks_of(plan: dict) -> int:
    """How often the plan's steps asked for messages."""
    own = plan["Actual Loops"] if "outboxmessage" in plan.get("Relation Name", "") else 0
    return own + sum(looks_of(each) for each in plan.get("Plans", ()))


def read_by(plan: dict) -> int:
    """Rows of messages that the plan's steps came by."""
    own = (
        plan["Actual Rows"] * plan["Actual Loops"] if "outboxmessage" in plan.get("Relation Name", "") else 0
    )
    return own + sum(read_by(each) for each in plan.get("Plans", ()))
