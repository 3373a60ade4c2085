"""The alarm for a key that ends: the program that uses it would be refused from one day to the next."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Company
from alarms.models import Kind, Severity
from alarms.rules import ENDED, Found, step_of
from api.models import ApiKey

TOLD_BEFORE = timedelta(days=30)


def keys_ending(now: datetime, company: Company | None = None) -> Iterator[Found]:
    """Keys that end within 30 days, or have ended and were not revoked."""
    last_day = (now + TOLD_BEFORE).date() + timedelta(days=1)
    rows = ApiKey.objects.filter(revoked_at=None, ends_on__lte=last_day, company__is_active=True)
    if company is not None:
        rows = rows.filter(company=company)
    for row in rows.select_related("company").order_by("pk"):
        left = row.ends_on - timezone.localdate(now, row.company.zone)
        if left <= TOLD_BEFORE:
            step = step_of(left.days)
            severity = Severity.BAD if step == ENDED else Severity.WARN
            facts = {"name": row.name, "ends_on": row.ends_on.isoformat()}
            yield Found(Kind.KEY_ENDING, str(row.pk), severity, row.company, step=step, facts=facts)
