"""Telling people and programs of alarms: each thing once to each recipient, none of it by the company's own mail.

By mail through the operator's system mailbox (EMAIL_URL); programs are told by webhook (alarms/news.py). What is to be
told is written with the alarm's change; a worker's thread tells it, and tries again where that fails.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from django.db import Error, close_old_connections, connections, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Company, Membership, PlatformRole, Role, User
from alarms import mail
from alarms.models import OVER, Alarm, Channel, Outcome, Telling
from core.redact import redact
from diagnosis import vocabulary

GATHER = timedelta(seconds=10)  # what breaks at the same time comes in one mail
QUIET = timedelta(minutes=10)  # between two mails to one person about one company
CLAIM = timedelta(minutes=2)  # who took it and has not said anything since has died
AGAIN_AFTER_S = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
POLL_S = 2
AT_ONCE = 500
WHY_CHARACTERS = 500

log = structlog.get_logger()


def write(alarm: Alarm, occasion: str, now: datetime) -> None:
    """Write what is to be told, in the transaction of the change itself."""
    _write(alarm, occasion, now, _addresses(alarm))


def write_over(alarm: Alarm, now: datetime) -> None:
    """Tell those who know of it that it is over; who was not told yet need not be."""
    alarm.tellings.filter(outcome=Outcome.WAITING).update(outcome=Outcome.DROPPED)
    told = alarm.tellings.filter(outcome=Outcome.TOLD).values_list("channel", "recipient").distinct()
    _write(alarm, OVER, now, told.order_by())


def _write(alarm: Alarm, occasion: str, now: datetime, whom: Iterable[tuple[str, str]]) -> None:
    rows = [
        Telling(
            alarm=alarm,
            occasion=occasion,
            channel=channel,
            recipient=recipient,
            due_at=now + GATHER,
        )
        for channel, recipient in whom
    ]
    Telling.objects.bulk_create(rows, ignore_conflicts=True)


def listeners(company: Company) -> QuerySet[Membership]:
    """The people of the company who did not switch off that alarms are mailed to them."""
    people = Membership.objects.filter(company=company, user__is_active=True).select_related("user")
    return people.exclude(alarm_listener__by_mail=False)


def _addresses(alarm: Alarm) -> Iterator[tuple[str, str]]:
    """Of the company's admins and the person it is about, who did not switch it off; of the operators."""
    of_operator = alarm.company is None
    if not of_operator:
        listening = listeners(alarm.company)
        for one in listening.filter(role=Role.ADMIN) | listening.filter(pk=alarm.membership_id):
            yield Channel.MAIL, one.user.email
        of_operator = _is_mended_by_operator(alarm)
    if of_operator:
        for email in _operators().values_list("email", flat=True):
            yield Channel.MAIL, email


def _operators() -> QuerySet[User]:
    return User.objects.filter(platform_role=PlatformRole.OPERATOR, is_active=True)


def _is_mended_by_operator(alarm: Alarm) -> bool:
    if not (slug := alarm.facts.get("cause")):
        return False
    cause = vocabulary.cause(slug)
    return (cause.tell or cause.who) == "operator"


def serve(stopping: threading.Event) -> None:
    """Tell what is due until the worker stops; a thread of its own, since a slow receiver must not hold up others."""
    while not stopping.wait(POLL_S):
        try:
            close_old_connections()
            deliver(timezone.now(), stopping.is_set)
        except Error:
            log.warning("the database did not answer; alarms are told when it does")
            connections.close_all()
    connections.close_all()


def deliver(now: datetime, is_over: Callable[[], bool] = lambda: False) -> int:
    """Tell what is due, until `is_over`; returns how many tellings were tried."""
    due = Telling.objects.filter(outcome=Outcome.WAITING, due_at__lte=now).order_by("due_at", "pk")
    due = due.select_related("alarm__company", "alarm__membership__user")
    by_letter: dict[tuple[str, object], list[Telling]] = defaultdict(list)
    for row in due[:AT_ONCE]:
        by_letter[row.recipient, row.alarm.company_id].append(row)
    tried, began = 0, time.monotonic()
    for (recipient, company_id), rows in by_letter.items():
        if is_over():
            break
        at = now + timedelta(
            seconds=time.monotonic() - began
        )  # a slow server may take minutes for the others
        if quiet_until := _quiet_until(recipient, company_id, at):
            _postpone(rows, quiet_until)
        else:
            tried += _tell(_still_wanted(rows, recipient), at)
    return tried


def _still_wanted(rows: list[Telling], recipient: str) -> list[Telling]:
    """Without those of somebody who left, or switched it off, since they were written."""
    company = rows[0].alarm.company
    listening = listeners(company).filter(user__email=recipient).first() if company else None
    is_operator = _operators().filter(email=recipient).exists()
    wanted = [row for row in rows if _is_for(row.alarm, listening, is_operator)]
    if unwanted := {row.pk for row in rows} - {row.pk for row in wanted}:
        waiting = Telling.objects.filter(pk__in=unwanted, outcome=Outcome.WAITING)
        waiting.update(outcome=Outcome.DROPPED)
    return wanted


def _is_for(alarm: Alarm, listening: Membership | None, is_operator: bool) -> bool:
    """As `_addresses`, of one person."""
    if listening is not None and (listening.is_admin or listening.pk == alarm.membership_id):
        return True
    return is_operator and (alarm.company is None or _is_mended_by_operator(alarm))


def _quiet_until(recipient: str, company_id: object, now: datetime) -> datetime | None:
    mails = Telling.objects.filter(recipient=recipient, alarm__company=company_id, told_at__gt=now - QUIET)
    last = mails.order_by("-told_at").values_list("told_at", flat=True).first()
    return last + QUIET if last else None


def _postpone(rows: list[Telling], until: datetime) -> None:
    waiting = Telling.objects.filter(pk__in=[row.pk for row in rows], outcome=Outcome.WAITING)
    waiting.update(due_at=until)


def _tell(rows: list[Telling], now: datetime) -> int:
    """Tell these together to the one recipient they have; those that another worker took are left to it."""
    mine = [row for row in rows if _claim(row, now)]
    if not mine:
        return 0
    try:
        mail.tell(mine)
    except mail.NotTold as error:
        for row in mine:
            row.why = redact(str(error))[:WHY_CHARACTERS]
            _failed(row, error.is_final, now)
    else:
        _was_told(mine, now)
    return len(mine)


@transaction.atomic
def _was_told(rows: list[Telling], now: datetime) -> None:
    """Where it was over while the letter was on its way, its end found nobody who knew of it: it is told now."""
    Telling.objects.filter(pk__in=[row.pk for row in rows]).update(outcome=Outcome.TOLD, told_at=now, why="")
    over = set(Alarm.objects.filter(pk__in={row.alarm_id for row in rows}).exclude(closed_at=None))
    for row in rows:
        if row.alarm in over and row.occasion != OVER:
            _write(row.alarm, OVER, now, [(row.channel, row.recipient)])


def _claim(row: Telling, now: datetime) -> bool:
    rows = Telling.objects.filter(pk=row.pk, outcome=Outcome.WAITING, due_at=row.due_at)
    row.tries += 1
    return bool(rows.update(due_at=now + CLAIM, tries=F("tries") + 1))


def _failed(row: Telling, is_final: bool, now: datetime) -> None:
    rows = Telling.objects.filter(pk=row.pk)
    if is_final or row.tries > len(AGAIN_AFTER_S):
        rows.update(outcome=Outcome.FAILED, why=row.why)
        log.warning("alarm not told", channel=row.channel, alarm=str(row.alarm_id))
    else:
        rows.update(due_at=now + timedelta(seconds=AGAIN_AFTER_S[row.tries - 1]), why=row.why)
