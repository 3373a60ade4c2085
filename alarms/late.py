"""Telling programs of each message that waits longer than its company allows, once, where one listens for it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import Company
from alarms import services
from core.ids import first_of
from sender.models import OutboxMessage
from webhooks import listening
from webhooks.kinds import EventKind
from webhooks.models import Event

AT_ONCE = 500  # messages of a company; the next look goes on


def look(now: datetime) -> int:
    """Returns how many were told."""
    return sum(_tell(company_id, now) for company_id in listening.companies(EventKind.MESSAGE_DEFERRED))


def _tell(company_id: UUID, now: datetime) -> int:
    allowed = timedelta(minutes=services.queue_minutes(Company(pk=company_id)))
    told = Event.objects.filter(kind=EventKind.MESSAGE_DEFERRED, about=OuterRef("pk"))
    late = OutboxMessage.objects.filter(company=company_id, finished_at=None, pk__lt=first_of(now - allowed))
    late = late.exclude(
        attempts_made=0, due_at__gt=now - allowed
    )  # what is to leave later waits from then on
    late = late.filter(~Exists(told)).select_related("mailbox").order_by("pk")
    return len(Event.objects.bulk_create([_event(one) for one in late[:AT_ONCE]], ignore_conflicts=True))


def _event(message: OutboxMessage) -> Event:
    facts = {"state": message.state, "cause": message.cause or message.mailbox.cause}
    facts |= {"attempts": message.attempts_made, "due_at": message.due_at.isoformat()}
    kind = EventKind.MESSAGE_DEFERRED
    return Event(company_id=message.company_id, kind=kind, about=message.pk, facts=facts)
