"""Opening, nearing and closing; and that each is told once."""

from datetime import timedelta
from threading import Event, Semaphore

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from alarms import looking, trouble, watch, words
from alarms.models import Alarm, Kind, Severity, Telling, WorkerSeen
from api.models import ApiKey
from mailsettings import credentials
from mailsettings.models import Credential
from oauth.models import Connection
from sender import actions, housekeeping
from sender.models import SendingMailbox
from tests.alarms.wrong import connection_lost, look, paused, secret_ending
from tests.factories import make_company, make_member, make_operator


def occasions() -> list[str]:
    return list(Telling.objects.order_by("id").values_list("occasion", flat=True))


def test_the_same_thing_stays_one_open_alarm_and_is_told_once(world):
    paused(world.company)
    look()
    look()
    assert Alarm.objects.count() == 1
    assert occasions() == ["opened"]


def test_the_database_keeps_a_second_open_alarm_out(world):
    paused(world.company)
    (alarm,) = look()
    alarm.pk, alarm._state.adding = None, True
    for company in (world.company, None):
        alarm.id, alarm.company = Alarm().id, company
        if company is None:
            alarm.save()
            alarm.id = Alarm().id
        with pytest.raises(IntegrityError), transaction.atomic():
            alarm.save(force_insert=True)


def test_two_workers_that_find_the_same_open_it_once(world, monkeypatch):
    paused(world.company)
    found = list(watch.RULES[Kind.MAILBOX_PAUSED](timezone.now(), None))
    for _worker in range(2):
        watch._open(found[0], timezone.now())
    assert (Alarm.objects.count(), occasions()) == (1, ["opened"])


def test_each_threshold_is_told_once(world):
    secret = secret_ending(world.company, 61)
    for left in (60, 59, 31, 30, 20, 14, 7, 3, 1, 0, -1, -2):
        Credential.objects.filter(pk=secret.pk).update(expires_on=timezone.localdate() + timedelta(days=left))
        look()
    assert occasions() == ["opened", "step 30", "step 14", "step 7", "step 1", "step -1"]
    assert Alarm.objects.get().severity == Severity.BAD


def test_a_corrected_day_is_no_news(world):
    secret = secret_ending(world.company, 5)
    look()
    Credential.objects.filter(pk=secret.pk).update(expires_on=timezone.localdate() + timedelta(days=50))
    (alarm,) = look()
    assert (alarm.step, occasions()) == (60, ["opened"])


def test_what_is_mended_closes_and_opens_anew_when_it_comes_back(world):
    mailbox = paused(world.company)
    (first,) = look()
    actions.wake(mailbox)
    assert look() == []
    first.refresh_from_db()
    assert first.closed_at is not None
    SendingMailbox.objects.filter(pk=mailbox.pk).update(health="needs_attention")
    (second,) = look()
    assert second.pk != first.pk


def test_a_mended_setting_closes_its_alarm_at_once(world, django_capture_on_commit_callbacks):
    secret_ending(world.company, -1)
    look()
    with django_capture_on_commit_callbacks(execute=True):
        credentials.store(
            world.company,
            "client_secret",
            "a newer one",
            actor=COMMAND_LINE,
            expires_on=timezone.localdate() + timedelta(days=300),
        )
    assert not Alarm.objects.filter(closed_at=None).exists()


def test_very_many_alarms_are_left_to_the_worker_when_a_setting_is_saved(
    world, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(looking, "MOST_AT_ONCE", 1)
    secret_ending(world.company, -1)
    for _number in range(2):
        connection_lost(make_member(world.company))
    look()
    with django_capture_on_commit_callbacks(execute=True):
        secret_ending(world.company, 300)
    assert len(kinds_open()) == 3
    looking.look_as_worker({}, is_whole=True)
    assert kinds_open() == [Kind.CONNECTION_LOST] * 2


def test_a_person_who_leaves_takes_his_alarms_along(world):
    connection_lost(world.user)
    look()
    world.user.delete()
    assert not Alarm.objects.exists()
    assert not Connection.objects.exists()


def test_a_worker_says_that_it_is_there_and_old_alarms_go(world):
    paused(world.company)
    looking.look_as_worker({}, is_whole=True)
    assert WorkerSeen.objects.get().seen_at > timezone.now() - timedelta(minutes=1)
    long_ago = timezone.now() - timedelta(days=401)
    Alarm.objects.update(closed_at=long_ago, opened_at=long_ago)
    SendingMailbox.objects.update(health="ready")
    looking.look_as_worker({}, is_whole=True)
    assert not Alarm.objects.exists()


def test_between_whole_looks_only_what_breaks_at_once_is_looked_for(world):
    secret_ending(world.company, 3)
    paused(world.company)
    looking.look_as_worker({}, is_whole=False)
    assert [one.kind for one in Alarm.objects.all()] == [Kind.MAILBOX_PAUSED]


def kinds_open() -> list[str]:
    return list(Alarm.objects.filter(closed_at=None).order_by("kind").values_list("kind", flat=True))


def test_what_stays_in_trouble_is_not_looked_at_every_few_seconds(world, django_assert_num_queries):
    for _number in range(3):
        paused(world.company, make_member(world.company), "app_password_required")
        connection_lost(make_member(world.company))
    before = looking.look_as_worker({}, is_whole=True)
    with django_assert_num_queries(2):
        assert looking.look_as_worker(before, is_whole=False) == before


def test_between_whole_looks_what_breaks_or_is_mended_is_seen_in_its_company(world):
    mailbox = paused(world.company)
    before = looking.look_as_worker({}, is_whole=True)
    SendingMailbox.objects.filter(pk=mailbox.pk).update(health="ready")
    connection_lost(world.user)
    before = looking.look_as_worker(before, is_whole=False)
    assert kinds_open() == [Kind.CONNECTION_LOST]
    paused(world.stranger.company)
    Connection.objects.update(state="connected")
    before = looking.look_as_worker(before, is_whole=False)
    assert kinds_open() == [Kind.MAILBOX_PAUSED]
    SendingMailbox.objects.filter(health="needs_attention").update(cause="smtp_connection_timeout")
    looking.look_as_worker(before, is_whole=False)
    assert Alarm.objects.get(closed_at=None).facts["cause"] == "smtp_connection_timeout"


def test_where_much_changed_all_companies_are_looked_at_together(world, monkeypatch):
    looked, look_for_real = [], watch.look
    monkeypatch.setattr(trouble, "MOST_BY_THEMSELVES", 1)
    monkeypatch.setattr(
        watch,
        "look",
        lambda now, kinds, company: looked.append(company) or look_for_real(now, kinds, company),
    )
    paused(world.company)
    paused(world.stranger.company)
    looking.look_as_worker({}, is_whole=False)
    assert looked == [None]
    assert kinds_open() == [Kind.MAILBOX_PAUSED] * 2


def test_the_portal_tells_that_no_worker_is_there_and_what_else_is_due(world, mailoutbox, monkeypatch):
    operator = make_operator()
    WorkerSeen.objects.create(host="here", seen_at=timezone.now() - timedelta(minutes=10))
    looking.look_from_portal()
    assert mailoutbox == []  # what breaks together is gathered for some seconds
    Telling.objects.update(due_at=timezone.now())
    looking.look_from_portal()
    (letter,) = mailoutbox
    assert letter.to == [operator.email]
    assert "No worker has been seen since" in letter.subject


@pytest.mark.parametrize("trouble", [DatabaseError, InterfaceError, KeyError])
def test_the_portals_thread_goes_on_after_trouble_until_it_is_stopped(monkeypatch, trouble):
    looks = Semaphore(0)

    def look() -> None:
        looks.release()
        raise trouble("the server went away")

    monkeypatch.setattr(looking, "WHOLE_S", 0.01)
    monkeypatch.setattr(housekeeping, "ROUND_S", 0.01)
    monkeypatch.setattr(looking, "look_from_portal", look)
    stopping = looking.start_in_portal()
    assert looks.acquire(timeout=30)
    assert looks.acquire(timeout=30)
    stopping.set()


def test_a_workers_thread_goes_on_after_an_outage_until_it_is_stopped(transactional_db, monkeypatch):
    looks, stopping = [], Event()

    def look(_before: dict, *, is_whole: bool) -> None:
        looks.append(is_whole)
        if len(looks) == 3:
            stopping.set()
        raise DatabaseError("the server went away")

    monkeypatch.setattr(looking, "QUICK_S", 0.01)
    monkeypatch.setattr(looking, "look_as_worker", look)
    looking.serve(stopping)
    assert looks == [True, False, False]


def test_what_is_not_known_of_one_company_keeps_nothing_from_the_others(db):
    odd, other = make_company("Odd"), make_company("Other")
    for company in (odd, other):
        secret_ending(company, 3)
        ApiKey.objects.create(company=company, name="ERP", prefix=company.code, ends_on=timezone.localdate())
    Company.objects.filter(pk=odd.pk).update(time_zone="Mars/Olympus")
    paused(odd, method="by_pigeon")
    paused(other)
    alarms = look()
    for company in (odd, other):
        kinds = {alarm.kind for alarm in alarms if alarm.company == company}
        assert kinds == {Kind.SECRET_ENDING, Kind.KEY_ENDING, Kind.MAILBOX_PAUSED}
    titles = [words.of(alarm).title for alarm in alarms if alarm.company == odd]
    assert "by_pigeon needs attention." in titles
    assert look() == alarms
