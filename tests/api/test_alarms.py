"""A key that ends is told of in time, and stands in the calendar."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from alarms import watch, words
from alarms.models import Alarm, Kind, Severity, Telling
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from tests.accounts.sign_in import sign_in


def ending(company: Company, days: int | None) -> ApiKey:
    ends_on = None if days is None else company.today + timedelta(days=days)
    return keys.make(company, "ERP", [Scope.SEND], ends_on=ends_on, actor=COMMAND_LINE)[0]


def look() -> list[Alarm]:
    watch.look(timezone.now(), [Kind.KEY_ENDING])
    return list(Alarm.objects.filter(closed_at=None))


@pytest.mark.parametrize(
    ("days", "step", "severity"),
    [(30, 30, Severity.WARN), (8, 14, Severity.WARN), (0, 1, Severity.WARN), (-1, -1, Severity.BAD)],
)
def test_an_alarm_opens_at_each_threshold(world, days, step, severity):
    ending(world.company, days)
    (alarm,) = look()
    assert (alarm.company, alarm.membership, alarm.step, alarm.severity) == (
        world.company,
        None,
        step,
        severity,
    )
    assert "The API key ERP end" in words.of(alarm).title
    assert words.mending(alarm, is_own=False).url == "/Alpha/keys/"


def test_a_nearer_threshold_is_told_again(world):
    key = ending(world.company, 20)
    look()
    told = Telling.objects.count()
    ApiKey.objects.filter(pk=key.pk).update(ends_on=world.company.today + timedelta(days=5))
    (alarm,) = look()
    assert alarm.step == 7
    assert Telling.objects.count() > told > 0


def test_keys_far_from_their_end_or_revoked_are_not_told(world):
    ending(world.company, 31)
    ending(world.company, None)
    keys.revoke(ending(world.company, 3), COMMAND_LINE)
    closed = ending(world.stranger.company, 3)
    Company.objects.filter(pk=closed.company_id).update(is_active=False)
    assert look() == []


def test_revoking_the_key_closes_the_alarm(world):
    key = ending(world.company, -5)
    look()
    sign_in(client := Client(), world.admin)
    assert b"ended" in (page := client.get("/Alpha/keys/").content)
    assert f"/Alpha/keys/{key.pk}/revoke/".encode() in page
    client.post(f"/Alpha/keys/{key.pk}/revoke/")
    assert look() == []


def test_the_calendar_has_the_day_it_ends(world, client):
    key = ending(world.company, 5)
    ending(world.stranger.company, 5)
    sign_in(client, world.support)
    page = client.get("/Alpha/calendar/").content.decode()
    assert page.count("API key: ERP") == 1
    assert "/Alpha/keys/" not in page
    events = Calendar.from_ical(client.get("/Alpha/calendar/ends.ics").content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [key.ends_on]
    sign_in(client, world.admin)
    assert 'href="/Alpha/keys/">Look at it' in client.get("/Alpha/calendar/").content.decode()
