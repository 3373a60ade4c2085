from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from alarms.models import AlarmSettings, Kind, Severity, WorkerSeen
from alarms.rules import ENDED, step_of
from mailsettings import app_credentials
from mailsettings.models import CompanyMailSettings, CredentialKind
from oauth.models import ConnectionState
from sender.models import Health, SendingMailbox
from tests.alarms.wrong import connection_lost, look, made_older, paused, secret_ending
from tests.factories import make_member
from tests.sender.helpers import hand_over


def only(kind: Kind, alarms):
    (found,) = [one for one in alarms if one.kind == kind]
    return found


@pytest.mark.parametrize(
    ("left", "step"),
    [
        (61, None),
        (60, 60),
        (31, 60),
        (30, 30),
        (15, 30),
        (14, 14),
        (7, 7),
        (2, 7),
        (1, 1),
        (0, 1),
        (-1, ENDED),
    ],
)
def test_an_end_has_the_threshold_it_has_reached(left, step):
    assert step_of(left) == step


@pytest.mark.parametrize(
    ("days", "severity"), [(45, Severity.INFO), (20, Severity.WARN), (0, Severity.WARN), (-3, Severity.BAD)]
)
def test_a_secret_that_ends_opens_an_alarm_as_bad_as_it_is_near(world, days, severity):
    secret_ending(world.company, days)
    alarm = only(Kind.SECRET_ENDING, look())
    assert (alarm.company, alarm.severity) == (world.company, severity)


def test_a_secret_with_time_left_or_without_an_end_opens_none(world):
    secret_ending(world.company, 90)
    secret_ending(world.company, 9).__class__.objects.filter(kind=CredentialKind.CLIENT_SECRET).update(
        expires_on=None
    )
    assert look() == []


def test_a_secret_that_waits_to_take_over_is_not_in_use_and_opens_none(world):
    secret_ending(world.company, 200)
    soon = timezone.localdate() + timedelta(days=3)
    app_credentials.put(world.company, app_credentials.of_secret("next-canary", soon), actor=COMMAND_LINE)
    assert look() == []


def test_a_lost_connection_is_told_of_once_and_its_paused_mailbox_not_beside_it(world):
    connection_lost(world.user)
    paused(world.company, world.user, "not_connected", method="microsoft_graph")
    alarm = only(Kind.CONNECTION_LOST, look())
    assert alarm.membership == world.user


def test_the_lost_connection_of_the_companys_mailbox_is_told_of_once(world):
    CompanyMailSettings.objects.create(
        company=world.company, use_fallback_mailbox=True, fallback_mailbox="orders@alpha.example"
    )
    connection_lost(None, world.company)
    paused(world.company, None, "refresh_token_revoked", method="company_mailbox")
    assert only(Kind.CONNECTION_LOST, look()).severity == Severity.BAD


@pytest.mark.parametrize(
    "chosen",
    [{"method": "company_smtp"}, {"use_connections": False, "use_connections_smtp": False}],
)
def test_a_lost_connection_that_nothing_goes_by_any_more_is_no_alarm(world, chosen):
    connection_lost(world.user)
    policy = CompanyMailSettings.objects.create(company=world.company, **chosen)
    assert look() == []
    policy.delete()
    assert only(Kind.CONNECTION_LOST, look()).membership == world.user


def test_a_lost_connection_to_google_is_an_alarm_where_google_is_allowed(world):
    connection_lost(world.user, provider="google")
    assert only(Kind.CONNECTION_LOST, look()).facts["provider"] == "google"
    world.company.allowed_methods = ["microsoft_graph"]
    world.company.save()
    assert look() == []


def test_a_connection_that_the_person_ended_is_no_alarm(world):
    connection_lost(world.user, state=ConnectionState.DISCONNECTED)
    assert look() == []


def test_the_companys_own_mailbox_is_worse_than_a_persons(world):
    CompanyMailSettings.objects.create(company=world.company, use_fallback_mailbox=True)
    connection_lost(None, world.company)
    connection_lost(world.user)
    assert [one.severity for one in look()] == [Severity.BAD, Severity.WARN]


def test_what_each_person_mends_is_told_of_for_each(world):
    paused(world.company, world.user, "app_password_required", method="gmail_app_password")
    paused(world.company, world.colleague, "app_password_required", method="gmail_app_password")
    assert [one.membership for one in look()] == [world.user, world.colleague]


def test_what_is_mended_for_all_is_told_of_once_however_many_it_stops(world):
    for person in (world.user, world.colleague, make_member(world.company)):
        paused(world.company, person, "smtp_auth_disabled_tenant")
    alarm = only(Kind.MAILBOX_PAUSED, look())
    assert (alarm.facts["people"], alarm.membership, alarm.severity) == (3, None, Severity.BAD)


def test_people_who_are_no_longer_active_open_none(world):
    paused(world.company, world.user, "app_password_required")
    connection_lost(world.colleague)
    for one in (world.user, world.colleague):
        one.user.is_active = False
        one.user.save()
    assert look() == []


def test_a_closed_company_has_no_alarms(world):
    paused(world.company)
    world.company.is_active = False
    world.company.save()
    assert look() == []


def test_mail_that_waits_longer_than_half_an_hour_opens_one_alarm_for_the_company(world):
    made_older(hand_over(world.user), 31)
    made_older(hand_over(world.colleague), 40)
    WorkerSeen.objects.create(host="here", seen_at=timezone.now())
    alarm = only(Kind.QUEUE_OLD, look())
    assert (alarm.company, alarm.facts["minutes"]) == (world.company, 30)


def test_the_company_says_how_long_mail_may_wait(world):
    made_older(hand_over(world.user), 31)
    WorkerSeen.objects.create(host="here", seen_at=timezone.now())
    AlarmSettings.objects.create(company=world.company, queue_minutes=60)
    assert look() == []


def test_mail_that_is_to_leave_later_does_not_wait_too_long(world):
    later = timezone.now() + timedelta(days=1)
    message = hand_over(world.user, not_before=later)
    type(message).objects.filter(pk=message.pk).update(submitted_at=timezone.now() - timedelta(hours=2))
    WorkerSeen.objects.create(host="here", seen_at=timezone.now())
    assert look() == []


def test_a_silent_worker_is_the_operators_alarm(db):
    WorkerSeen.objects.create(host="here", seen_at=timezone.now() - timedelta(minutes=6))
    assert only(Kind.WORKER_MISSING, look()).company is None
    WorkerSeen.objects.create(host="there", seen_at=timezone.now())
    assert look() == []


def test_without_any_worker_yet_only_mail_that_waits_opens_it(world):
    assert look() == []
    made_older(hand_over(world.user), 6)
    assert only(Kind.WORKER_MISSING, look()).facts == {}


def test_the_number_of_queries_of_a_look_does_not_grow(world, django_assert_max_num_queries):
    for _number in range(20):
        connection_lost(make_member(world.company))
        paused(world.company, make_member(world.company), "smtp_auth_disabled_tenant")
    made_older(hand_over(world.user), 31)
    look()
    with django_assert_max_num_queries(12):
        look()


def test_a_look_at_one_company_leaves_the_others_alone(world):
    paused(world.company)
    paused(world.stranger.company)
    look()
    SendingMailbox.objects.update(health=Health.READY)
    left = look(kinds=(Kind.MAILBOX_PAUSED,), company=world.company)
    assert [one.company for one in left] == [world.stranger.company]
