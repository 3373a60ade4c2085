"""Removing what has been kept long enough: first the messages' content, a year later what is known about them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import Company
from core.ids import first_of
from sender.models import Batch, BatchLine, Content, OutboxMessage

AT_ONCE = 500  # rows, so that nobody waits long for a write
MOST_A_ROUND = 50_000  # of each kind and company; the next round goes on
FACTS_KEPT = timedelta(days=365)  # after the content went: who wrote to whom, and what became of it


def purge(now: datetime) -> int:
    """Remove what every company's retention time has passed for; returns how many rows. Open messages stay."""
    return sum(_purge(company, now) for company in Company.objects.all())


def _purge(company: Company, now: datetime) -> int:
    ended_before = now - timedelta(days=company.retention_days)
    contents = Content.objects.filter(message_id__lt=first_of(ended_before), message__company=company)
    removed = _in_parts(contents.filter(message__finished_at__lt=ended_before).order_by("message_id"))
    ended_before -= FACTS_KEPT
    messages = OutboxMessage.objects.filter(company=company, pk__lt=first_of(ended_before))
    removed += _in_parts(messages.filter(finished_at__lt=ended_before).order_by("pk"))
    batches = Batch.objects.filter(company=company, pk__lt=first_of(ended_before))
    lines = BatchLine.objects.filter(batch__in=batches.values("pk"))
    removed += _in_parts(lines.order_by("pk"))
    return removed + _in_parts(batches.filter(results=None).order_by("pk"))


def _in_parts(rows: QuerySet) -> int:
    removed = 0
    while removed < MOST_A_ROUND:
        keys = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        rows.filter(pk__in=keys).delete()  # those that are still so: a message may be tried again meanwhile
        removed += len(keys)
        if len(keys) < AT_ONCE:
            break
    return removed
