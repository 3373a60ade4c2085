"""Alarms, secrets that end and messages that wait too long, as the company's programs hear of them."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from alarms import late, words
from alarms.models import AlarmSettings, Kind
from mailsettings.models import Credential
from sender import actions
from sender.models import OutboxMessage
from tests.alarms.wrong import look, made_older, paused, secret_ending
from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener
from webhooks import events, outcomes, services
from webhooks.kinds import EventKind
from webhooks.models import Condition, Event

NOTHING = words.Words("", "")


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_an_alarm_is_told_with_its_words_when_it_opens_and_when_it_is_over(world, settings):
    listener(world.company)
    mailbox = paused(world.company)
    (alarm,) = look()
    actions.wake(mailbox)
    look()
    look()
    assert kinds() == ["alarm.opened", "alarm.cleared"]
    opened, cleared = Event.objects.order_by("id")
    assert opened.about == alarm.pk
    assert opened.facts["title"] == "Company mail server needs attention."
    assert (opened.facts["kind"], opened.facts["severity"]) == ("mailbox_paused", "bad")
    assert opened.facts["url"] == f"{settings.PUBLIC_URL}/Alpha/settings/smtp/"
    assert (opened.facts["closed_at"], cleared.facts["closed_at"] is not None) == (None, True)


def test_a_secret_that_ends_is_told_at_each_threshold(world):
    listener(world.company, kinds=(EventKind.SECRET_ENDING, EventKind.ALARM_NEARER))
    secret = secret_ending(world.company, 20)
    look()
    for left in (14, -1):
        Credential.objects.filter(pk=secret.pk).update(expires_on=timezone.localdate() + timedelta(days=left))
        look()
    told = Event.objects.filter(kind=EventKind.SECRET_ENDING).order_by("id")
    assert [(one.facts["threshold_days"], one.facts["has_ended"]) for one in told] == [
        (30, False),
        (14, False),
        (0, True),
    ]
    assert {one.about for one in told} == {secret.pk}
    assert kinds().count("alarm.nearer") == 2


def test_without_a_webhook_and_for_other_companies_nothing_is_told(world):
    listener(world.stranger.company)
    paused(world.company)
    secret_ending(world.company, 3)
    look()
    assert kinds() == []


def test_the_words_are_in_the_companys_language(world):
    world.company.locale = "xx"
    world.company.save()
    listener(world.company)
    paused(world.company)
    spoken = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "alarms.news.words.of", lambda alarm: spoken.append(translation.get_language()) or NOTHING
        )
        look()
    assert spoken == ["xx"]


@pytest.mark.parametrize(
    ("why", "text"),
    [(Condition.GONE, "answered that it is gone"), (Condition.FAILING, "Mend the receiver")],
)
def test_a_webhook_that_was_stopped_is_an_alarm_until_it_is_switched_on(world, why, text):
    endpoint, _secret = listener(world.company)
    outcomes.stop(endpoint, why)
    (alarm,) = look()
    assert alarm.kind == Kind.WEBHOOK_STOPPED
    told = words.of(alarm)
    assert told.title == "Nothing is posted to hooks.firm.example any more."
    assert text in told.text
    assert words.mending(alarm, is_own=False).url == f"/Alpha/webhooks/{endpoint.pk}/"
    services.switch_on(endpoint, outcomes.WORKER)
    assert look() == []


def test_one_that_a_person_switched_off_is_none(world):
    endpoint, _secret = listener(world.company)
    services.switch_off(endpoint, outcomes.WORKER)
    assert look() == []


def test_a_message_that_waits_too_long_is_told_once(world):
    listener(world.company, kinds=(EventKind.MESSAGE_DEFERRED,))
    old = hand_over(world.user)
    made_older(old, 31)
    hand_over(world.user)
    OutboxMessage.objects.filter(pk=old.pk).update(cause="recipient_deferred", attempts_made=2)
    assert [late.look(timezone.now()) for _time in range(2)] == [1, 0]
    event = Event.objects.get()
    assert (event.about, event.facts["cause"], event.facts["attempts"]) == (old.pk, "recipient_deferred", 2)
    events.complete([event])
    assert event.facts["person"] == "bob@people.example"


def test_what_is_to_leave_later_does_not_wait_too_long(world):
    listener(world.company)
    old = hand_over(world.user)
    made_older(old, 31)
    OutboxMessage.objects.filter(pk=old.pk).update(due_at=timezone.now() + timedelta(hours=1))
    assert late.look(timezone.now()) == 0


def test_the_company_says_how_long_is_too_long(world):
    AlarmSettings.objects.create(company=world.company, queue_minutes=60)
    listener(world.company)
    made_older(hand_over(world.user), 31)
    assert late.look(timezone.now()) == 0
    AlarmSettings.objects.update(queue_minutes=10)
    assert late.look(timezone.now()) == 1
