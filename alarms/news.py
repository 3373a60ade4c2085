"""What programs of a company are told of alarms by webhook, in the transaction of the alarm's own change."""

from uuid import UUID

from django.utils import translation

from alarms import words
from alarms.models import Alarm, Kind
from webhooks import events, listening
from webhooks.kinds import EventKind


def opened(alarm: Alarm) -> None:
    _publish(alarm, EventKind.ALARM_OPENED)
    _publish_ending(alarm)


def nearer(alarm: Alarm) -> None:
    """The next threshold of an end is reached."""
    _publish(alarm, EventKind.ALARM_NEARER)
    _publish_ending(alarm)


def cleared(alarm: Alarm) -> None:
    _publish(alarm, EventKind.ALARM_CLEARED)


def _publish(alarm: Alarm, kind: EventKind) -> None:
    """In the company's language; the words are made only where somebody listens."""
    if alarm.company is None or not listening.hears(alarm.company_id, kind):
        return
    with translation.override(alarm.company.locale):
        told = words.of(alarm)
        facts = {
            "kind": alarm.kind,
            "subject": alarm.subject,
            "severity": alarm.tone,
            "title": str(told.title),
            "text": str(told.text),
            "opened_at": alarm.opened_at.isoformat(),
            "closed_at": alarm.closed_at and alarm.closed_at.isoformat(),
            "url": words.mending(alarm, is_own=False).absolute,
        }
    events.publish(alarm.company_id, kind, alarm.pk, facts)


def _publish_ending(alarm: Alarm) -> None:
    """Once for each threshold, like the alarm itself."""
    if alarm.kind != Kind.SECRET_ENDING:
        return
    person = alarm.membership.user.email if alarm.membership else None
    facts = {"what": alarm.facts["what"], "ends_on": alarm.facts["ends_on"], "person": person}
    facts |= {"threshold_days": max(alarm.step, 0), "has_ended": alarm.step < 0}
    events.publish(alarm.company_id, EventKind.SECRET_ENDING, UUID(alarm.subject), facts)
