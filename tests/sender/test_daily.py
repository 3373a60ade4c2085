from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from core.ids import first_of
from sender import daily
from sender.models import OutboxMessage, SendingMailbox, State
from sender.models.message import OPEN_STATES

TODAY = date(2026, 3, 30)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    cache.clear()


def stored(person, at: datetime, state: str = State.SENT) -> OutboxMessage:
    box, _made = SendingMailbox.objects.get_or_create(
        company=person.company, membership=person, owner=str(person.pk), method="smtp_password"
    )
    key = first_of(at)
    while OutboxMessage.objects.filter(pk=key).exists():
        key = type(key)(int=key.int + 1)
    return OutboxMessage.objects.create(
        id=key, company=person.company, membership=person, person="p@x.example", mailbox=box,
        state=state, due_at=at, give_up_at=at, finished_at=None if state in OPEN_STATES else at,
        size_bytes=1,
    )  # fmt: skip


def noon(days_ago: int = 0) -> datetime:
    return datetime(2026, 3, 30, 12, tzinfo=UTC) - timedelta(days=days_ago)


def test_each_day_says_what_became_of_its_messages(world):
    for state in (
        State.SENT,
        State.SENT,
        State.FAILED,
        State.WAITING,
        State.SENDING,
        State.UNKNOWN,
        State.CANCELLED,
    ):
        stored(world.user, noon(3), state)
    days = daily.last_days(world.admin, TODAY, 5)
    assert [day.day for day in days] == [TODAY - timedelta(days=n) for n in (4, 3, 2, 1, 0)]
    assert days[1] == daily.Day(date(2026, 3, 27), sent=2, failed=1, waiting=2, unknown=1)
    assert days[0] == daily.Day(date(2026, 3, 26))


def test_a_day_begins_at_the_companys_midnight_also_when_the_clocks_change(world):
    riga = ZoneInfo("Europe/Riga")
    stored(world.user, datetime(2026, 3, 28, 23, 59, tzinfo=riga))
    stored(world.user, datetime(2026, 3, 29, 0, 1, tzinfo=riga))
    stored(world.user, datetime(2026, 3, 29, 23, 59, tzinfo=riga))  # this day has 23 hours
    stored(world.user, datetime(2026, 3, 30, 0, 1, tzinfo=riga))
    assert [day.sent for day in daily.last_days(world.admin, TODAY, 3)] == [1, 2, 1]


def test_a_user_counts_his_own_and_nobody_counts_another_companys(world):
    stored(world.user, noon())
    stored(world.colleague, noon())
    stored(world.stranger, noon())
    sent = {
        person: daily.last_days(person, TODAY, 1)[0].sent
        for person in (world.admin, world.support, world.user, world.stranger)
    }
    assert sent == {world.admin: 2, world.support: 2, world.user: 1, world.stranger: 1}


def test_settled_days_are_remembered_and_others_counted_again(world, django_assert_num_queries):
    stored(world.user, noon(5))
    waiting = stored(world.user, noon(4), State.WAITING)
    before = daily.last_days(world.admin, TODAY, 7)
    OutboxMessage.objects.filter(pk=waiting.pk).update(state=State.SENT, finished_at=noon())
    stored(world.user, noon())
    with django_assert_num_queries(1):
        after = daily.last_days(world.admin, TODAY, 7)
    assert [day.sent for day in before] == [0, 1, 0, 0, 0, 0, 0]
    assert [day.sent for day in after] == [0, 1, 1, 0, 0, 0, 1]
    assert [day.waiting for day in after] == [0] * 7


def test_what_is_remembered_of_the_company_is_not_shown_to_a_user(world):
    stored(world.colleague, noon(5))
    daily.last_days(world.admin, TODAY, 7)
    assert sum(day.sent for day in daily.last_days(world.user, TODAY, 7)) == 0
