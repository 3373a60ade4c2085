"""What people change about alarms; each change is audited."""

from django.db import transaction

from accounts.audit import Actor, record
from accounts.models import Company, Membership
from alarms.models import QUEUE_MINUTES, AlarmSettings, Listener


def queue_minutes(company: Company) -> int:
    row = AlarmSettings.objects.filter(company=company).first()
    return row.queue_minutes if row else QUEUE_MINUTES


@transaction.atomic
def set_queue_minutes(company: Company, minutes: int, actor: Actor) -> None:
    before = queue_minutes(company)
    AlarmSettings.objects.update_or_create(company=company, defaults={"queue_minutes": minutes})
    if before != minutes:
        facts = {"queue_minutes": [before, minutes]}
        record(actor, "alarms.settings_changed", company=company, label=str(company), **facts)


def is_mailed(membership: Membership) -> bool:
    """Whether this person wants alarms by mail."""
    return not Listener.objects.filter(membership=membership, by_mail=False).exists()


@transaction.atomic
def set_mailed(membership: Membership, wanted: bool, actor: Actor) -> None:
    Listener.objects.update_or_create(membership=membership, defaults={"by_mail": wanted})
    record(actor, "alarms.mail_switched", company=membership.company, label=membership.user.email, on=wanted)
