"""Delivering: threads of a worker beside those that send, so that no receiver ever delays mail.

An endpoint is served in turns, like a mailbox: a few due deliveries are taken under a lease, posted one after
another, and written down together. Who dies in between leaves them to whoever comes after the lease: they are posted
again, with the same `webhook-id`. How many lanes an endpoint and a company have at once is bounded in each worker.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, close_old_connections, connections, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core import guarded
from webhooks import events, outcomes, posting, spreading
from webhooks.models import Condition, Delivery, DeliveryState, Endpoint
from webhooks.outcomes import Tried

POLL_S = 1
LANES = 8
OF_A_COMPANY, OF_AN_ENDPOINT = 4, 2
AT_ONCE = 20  # deliveries taken together
TURN_S = 10  # then others have their turn; a call that has begun is ended (core.guarded.WHOLE_CALL_S)
LEASE = timedelta(minutes=2)
LONGEST_REST_S = 60

log = structlog.get_logger()


def serve(stopping: threading.Event) -> None:
    """Spread and deliver until the worker stops."""
    lanes = Lanes(stopping)
    with ThreadPoolExecutor(LANES, thread_name_prefix="webhooks") as pool:
        is_more = False
        while not stopping.wait(0 if is_more else POLL_S):
            try:
                close_old_connections()
                is_more = spreading.spread(timezone.now()) == spreading.AT_ONCE
                for endpoint in lanes.free_for(due(timezone.now())):
                    pool.submit(lanes.run, endpoint)
            except DatabaseError:
                is_more = False
                log.warning("the database did not answer; webhooks are posted when it does")
                connections.close_all()
    connections.close_all()


def due(now: datetime) -> list[Endpoint]:
    """The endpoints that something is due for."""
    waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), state=DeliveryState.WAITING, due_at__lte=now)
    rows = Endpoint.objects.filter(condition=Condition.ON, company__is_active=True)
    return list(rows.filter(Exists(waiting)).defer("ciphertext"))


class Lanes:
    """Of one worker: which endpoints are being served, and which rest since they failed."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._lock = threading.Lock()
        self._endpoints: Counter[UUID] = Counter()
        self._companies: Counter[UUID] = Counter()
        self._served_at: dict[UUID, float] = {}
        self._failures: Counter[UUID] = Counter()  # since the last success
        self._rests_until: dict[UUID, float] = {}

    def free_for(self, endpoints: list[Endpoint]) -> list[Endpoint]:
        """Those that get a lane now, who waited longest first; each counts as served until `run` ends."""
        chosen = []
        with self._lock:
            for endpoint in sorted(endpoints, key=lambda one: self._served_at.get(one.pk, 0.0)):
                if self._has_room(endpoint):
                    self._count(endpoint, +1)
                    chosen.append(endpoint)
        return chosen

    def _has_room(self, endpoint: Endpoint) -> bool:
        at_work = self._endpoints[endpoint.pk]
        return (
            self._endpoints.total() < LANES
            and at_work < (1 if self._failures[endpoint.pk] else OF_AN_ENDPOINT)
            and self._companies[endpoint.company_id] < OF_A_COMPANY
            and self._rests_until.get(endpoint.pk, 0.0) <= time.monotonic()
        )

    def _count(self, endpoint: Endpoint, by: int) -> None:
        self._endpoints[endpoint.pk] += by
        self._companies[endpoint.company_id] += by
        self._served_at[endpoint.pk] = time.monotonic()

    def run(self, endpoint: Endpoint) -> None:
        """Take turns until nothing is due, something failed, or the time is over."""
        ends_at = time.monotonic() + TURN_S
        try:
            close_old_connections()
            while turn(endpoint.pk, self._should_stop(ends_at), lambda is_ok: self._rest(endpoint.pk, is_ok)):
                pass
        except DatabaseError:
            log.warning("webhooks were posted, and this is not written down", host=endpoint.host)
        except Exception:
            log.exception("a turn of webhooks failed", host=endpoint.host)
            self._rest(endpoint.pk, False)
        finally:
            connections.close_all()
            with self._lock:
                self._count(endpoint, -1)

    def _should_stop(self, ends_at: float):
        return lambda: self._stopping.is_set() or time.monotonic() > ends_at

    def _rest(self, endpoint_id: UUID, is_ok: bool) -> None:
        """One that fails is left alone for a while, longer each time, whatever else is due for it."""
        with self._lock:
            if is_ok:
                self._failures.pop(endpoint_id, None)
                self._rests_until.pop(endpoint_id, None)
                return
            self._failures[endpoint_id] += 1
            rest_s = min(2.0 ** min(self._failures[endpoint_id], 10), LONGEST_REST_S)
            self._rests_until[endpoint_id] = time.monotonic() + rest_s * random.uniform(0.5, 1)  # noqa: S311


def turn(endpoint_id: UUID, should_stop=lambda: False, on_answer=lambda is_ok: None) -> bool:
    """Post what is due for the endpoint, a few at a time, until one fails; True where there may be more."""
    taken = take(endpoint_id, timezone.now())
    tried: list[Tried] = []
    try:
        with guarded.caller() as call:
            for delivery in taken:
                if should_stop():
                    break
                answer = posting.post(delivery.endpoint, delivery.event, call)
                tried.append(Tried(delivery, answer, timezone.now()))
                on_answer(answer.is_ok)
                if not answer.is_ok:
                    break
    finally:
        if taken:
            _write(taken, tried)
    return len(tried) == AT_ONCE and tried[-1].answer.is_ok and not should_stop()


def _write(taken: list[Delivery], tried: list[Tried]) -> None:
    with transaction.atomic():
        outcomes.write(taken[0].endpoint, tried)
        give_back(taken[len(tried) :])


def take(endpoint_id: UUID, now: datetime) -> list[Delivery]:
    """The next few that are due; nobody else takes them before the lease is over."""
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            endpoint=endpoint_id, state=DeliveryState.WAITING, due_at__lte=now
        )
        rows = rows.filter(endpoint__condition=Condition.ON, endpoint__company__is_active=True)
        taken = list(rows.select_related("event", "endpoint__company").order_by("due_at", "pk")[:AT_ONCE])
        until = timezone.now() + LEASE
        Delivery.objects.filter(pk__in=[one.pk for one in taken]).update(due_at=until)
    events.complete([one.event for one in taken])
    for one in taken:
        one.due_at = until
    return taken


def give_back(rest: list[Delivery]) -> None:
    """These were not posted; they are due as before."""
    if rest:
        held = Delivery.objects.filter(pk__in=[one.pk for one in rest], due_at=rest[0].due_at)
        held.filter(state=DeliveryState.WAITING).update(due_at=timezone.now())
