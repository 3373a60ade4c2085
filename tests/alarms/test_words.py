"""Every alarm says what it is about, to staff and to the person himself, and leads to a page."""

from datetime import date

import pytest

from alarms import words
from alarms.models import Alarm
from core import clock
from diagnosis import vocabulary
from mailsettings import catalog
from mailsettings.models import CredentialKind
from portal.profile import main_step
from sender.sending_state import state_of
from tests.factories import make_operator

TODAY = date(2026, 11, 21)


def alarm(world, kind: str, person=None, **facts) -> Alarm:
    return Alarm(company=world.company, membership=person, kind=kind, facts=facts)


@pytest.mark.parametrize("kind", CredentialKind.values)
@pytest.mark.parametrize("ends_on", ["2026-11-20", "2026-11-21", "2026-11-22", "2026-12-31"])
def test_every_secret_has_its_words_and_its_page(world, client, monkeypatch, kind, ends_on):
    noon = clock.now().replace(year=2026, month=11, day=21, hour=10)
    monkeypatch.setattr(clock, "now", lambda: noon)
    for person in (None, world.user):
        one = alarm(world, "secret_ending", person, what=kind, ends_on=ends_on)
        told = words.of(one)
        assert ("Bob’s" in told.title) == (person is not None)
        assert words.of(one, is_own=True).title.startswith("Your ")
        assert ("ended" in told.title) == (ends_on < TODAY.isoformat())
        assert words.mending(one, is_own=False).url.startswith("/Alpha/")


@pytest.mark.parametrize("method", catalog.METHODS)
def test_every_way_and_cause_of_a_pause_has_words_and_a_page(world, method):
    for cause in vocabulary.all_causes():
        for person in (None, world.user):
            one = alarm(world, "mailbox_paused", person, method=method, cause=cause.slug, account="a")
            told = words.of(one)
            assert str(cause.title) in told.text
            assert len(told.text) > len(str(cause.title)) + 2
            assert words.mending(one, is_own=person is not None).url.startswith("/Alpha/")


def test_people_who_are_stopped_alike_are_named_as_far_as_there_is_room(world):
    facts = {"method": "smtp_password", "cause": "smtp_auth_disabled_tenant", "names": ["Ann", "Bob", "Cid"]}
    assert words.of(alarm(world, "mailbox_paused", people=3, **facts)).text.startswith("Ann, Bob, Cid: ")
    told = words.of(alarm(world, "mailbox_paused", people=40, **facts))
    assert told.title.startswith("40 people cannot send by ")
    assert told.text.startswith("Ann, Bob, Cid …: ")


def test_the_operators_alarm_leads_to_his_overview(client, db):
    one = Alarm(kind="worker_missing", facts={"seen_at": "2026-11-21T08:00:00+00:00"})
    assert words.of(one).title == "No worker has been seen since 21 Nov 2026, 08:00 UTC."
    client.force_login(make_operator())
    assert client.get(words.mending(one, is_own=False).url).status_code == 200


def test_what_was_replaced_in_time_has_not_ended_since(world, monkeypatch):
    noon = clock.now().replace(year=2026, month=11, day=21, hour=10)
    monkeypatch.setattr(clock, "now", lambda: noon)
    one = alarm(world, "secret_ending", what="client_secret", ends_on="2026-05-12")
    assert words.of(one).title == "The client secret ended on 12 May 2026."
    one.closed_at = noon.replace(month=5, day=9)
    assert words.of(one).title == "The client secret ends in 3 days, on 12 May 2026."
    key = alarm(world, "key_ending", name="ERP", ends_on="2026-05-12")
    key.closed_at = one.closed_at
    assert words.of(key).title == "The API key ERP ends in 3 days, on 12 May 2026."


@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_who_has_to_connect_again_is_told_the_button_by_its_name(world, provider):
    card = {
        "hindrances": [],
        "needs_reconnecting": True,
        "needs_more": [],
        "connection": True,
        "start_url": "/",
    }
    button = main_step(
        world.user, state_of(world.user), {"microsoft": None, "google": None, provider: card}
    ).label
    one = alarm(world, "connection_lost", world.user, provider=provider, address="b@a.example", cause="x")
    assert f"Press {button} on your profile" in words.of(one, is_own=True).text
    assert f"with the button {button}." in words.of(one).text
