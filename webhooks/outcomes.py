"""What an answer means for a delivery and its endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.audit import WORKER, record
from webhooks import listening, schedule
from webhooks.models import Condition, Delivery, DeliveryState, Endpoint
from webhooks.posting import GONE, Answer

STOPPED_AFTER = timedelta(days=3)  # without anything that got through

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tried:
    delivery: Delivery
    answer: Answer
    at: datetime


@transaction.atomic
def write(endpoint: Endpoint, tried: Sequence[Tried]) -> None:
    """Keep what came of these; those that somebody else took or sent anew meanwhile are his."""
    for each in tried:
        _write(each)
    for each in tried:
        _judge(endpoint, each)


def _write(tried: Tried) -> None:
    delivery, answer = tried.delivery, tried.answer
    held = Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING, due_at=delivery.due_at, tries=delivery.tries
    )
    told = {"tries": delivery.tries + 1, "tried_at": tried.at}
    told |= {"status": answer.status, "reply": answer.reply, "took_ms": answer.took_ms}
    if answer.is_ok:
        held.update(state=DeliveryState.DELIVERED, **told)
        return
    again_at = None
    if answer.status != GONE:
        again_at = schedule.next_try(delivery.tries + 1, tried.at, delivery.give_up_at, answer.retry_after_s)
    if again_at is None:
        held.update(state=DeliveryState.FAILED, **told)
    else:
        held.update(due_at=again_at, **told)


def _judge(endpoint: Endpoint, tried: Tried) -> None:
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    if tried.answer.is_ok:
        rows.update(last_delivered_at=tried.at, failing_since=None)
        endpoint.failing_since = None
        return
    if rows.filter(failing_since=None).update(failing_since=tried.at):
        endpoint.failing_since = tried.at
    if tried.answer.status == GONE:
        stop(endpoint, Condition.GONE)
    elif endpoint.failing_since and endpoint.failing_since <= tried.at - STOPPED_AFTER:
        stop(endpoint, Condition.FAILING)


def stop(endpoint: Endpoint, why: Condition) -> None:
    """Post nothing there any more, until a person switches it on. An alarm tells of it (alarms/rules.py)."""
    if not Endpoint.objects.filter(pk=endpoint.pk, condition=Condition.ON).update(condition=why):
        return
    give_up_waiting(endpoint)
    record(WORKER, "webhook.stopped", company=endpoint.company, label=endpoint.host, why=why.value)
    log.warning("webhook stopped", company=endpoint.company.code, host=endpoint.host, why=why.value)
    listening.forget()


def give_up_waiting(endpoint: Endpoint) -> None:
    """What was to be posted there is not any more; a person can have it sent again."""
    waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.FAILED)
