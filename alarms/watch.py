"""Comparing what is wrong now with the alarms that are open: new ones open, nearer ones step, mended ones close.

Several workers look at the same time. Each change is one row that only one of them inserts or updates, and who
did so writes what is to be told, in the same transaction.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Company
from alarms import news, telling
from alarms.models import Alarm, Kind
from alarms.rules import RULES, Found

OF_A_COMPANY = tuple(kind for kind in Kind if kind != Kind.WORKER_MISSING)
SEEN_AT_ONCE = (Kind.CONNECTION_LOST, Kind.MAILBOX_PAUSED)


def look(now: datetime, kinds: Collection[Kind] = tuple(Kind), company: Company | None = None) -> None:
    """Bring the alarms of these kinds, of one company or of all, up to what is wrong `now`."""
    rows = Alarm.objects.filter(closed_at=None, kind__in=kinds)
    if company is not None:
        rows = rows.filter(company=company)
    known = {
        (row.company_id, row.kind, row.subject): row
        for row in rows.select_related("company", "membership__user")
    }
    for kind in kinds:
        for found in RULES[kind](now, company):
            key = (found.company.pk if found.company else None, found.kind, found.subject)
            before = known.pop(key, None)
            if before is None:
                _open(found, now)
            else:
                _keep(before, found, now)
    for mended in known.values():
        _close(mended, now)


def _open(found: Found, now: datetime) -> None:
    alarm = found.alarm(now)
    try:
        with transaction.atomic():
            alarm.save(force_insert=True)
            telling.write(alarm, "opened", now)
            news.opened(alarm)
    except IntegrityError:  # another worker found it just now
        return


def _keep(alarm: Alarm, found: Found, now: datetime) -> None:
    """The same thing, perhaps nearer or with other facts; a step is told, facts are only shown."""
    if (alarm.step, alarm.severity, alarm.facts) == (found.step, found.severity, found.facts):
        return
    with transaction.atomic():
        rows = Alarm.objects.filter(pk=alarm.pk, closed_at=None, step=alarm.step)
        if not rows.update(step=found.step, severity=found.severity, facts=found.facts):
            return
        is_nearer = found.step < alarm.step
        alarm.step, alarm.severity, alarm.facts = found.step, found.severity, found.facts
        if is_nearer:
            telling.write(alarm, f"step {found.step}", now)
            news.nearer(alarm)


def _close(alarm: Alarm, now: datetime) -> None:
    with transaction.atomic():
        if Alarm.objects.filter(pk=alarm.pk, closed_at=None).update(closed_at=now):
            alarm.closed_at = now
            telling.write_over(alarm, now)
            news.cleared(alarm)
