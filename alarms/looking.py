"""When alarms are looked for: by each worker's own thread, at once where settings change, and by the portal for the
worker, which cannot tell of its own absence."""

import socket
import threading
import time
from datetime import datetime, timedelta

import structlog
from django.db import Error, close_old_connections, connections, transaction
from django.utils import timezone

from accounts.models import Company
from alarms import late, telling, trouble, watch
from alarms.models import Alarm, Kind, WorkerSeen
from alarms.trouble import Troubled
from sender import housekeeping

QUICK_S = 5
WHOLE_S = 60
MOST_AT_ONCE = 100  # alarms that are looked through while somebody saves a setting
KEPT = timedelta(days=400)
HOSTS_KEPT = timedelta(days=7)

log = structlog.get_logger()


def serve(stopping: threading.Event) -> None:
    """A worker's thread: what changed of mailboxes and connections every few seconds, everything each minute."""
    whole_at, before = -float(WHOLE_S), {}
    while True:
        try:
            close_old_connections()
            if is_whole := time.monotonic() - whole_at >= WHOLE_S:
                whole_at = time.monotonic()
            before = look_as_worker(before, is_whole=is_whole)
        except Error:
            log.warning("the database did not answer; alarms are looked for when it does")
            connections.close_all()
        if stopping.wait(QUICK_S):
            return connections.close_all()


def look_as_worker(before: Troubled, *, is_whole: bool) -> Troubled:
    """`before` is what the last look returned: what was in trouble when it began."""
    now, found = timezone.now(), trouble.now()
    if is_whole:
        _look_at_everything(now)
    else:
        for company in trouble.companies_to_look_at(before, found):
            watch.look(now, watch.SEEN_AT_ONCE, company)
    return found


def _look_at_everything(now: datetime) -> None:
    WorkerSeen.objects.update_or_create(host=socket.gethostname()[:255], defaults={"seen_at": now})
    watch.look(now)
    late.look(now)
    WorkerSeen.objects.filter(seen_at__lt=now - HOSTS_KEPT).delete()
    Alarm.objects.filter(closed_at__lt=now - KEPT).delete()


def settings_changed(company: Company, **_more: object) -> None:
    """Signal receiver: what was mended is over at once. What is wrong now, the worker's next look finds.

    It finds the end of very many, too: who saved the setting waits for this, and on SQLite everybody who writes.
    """
    try:
        kinds = Alarm.objects.filter(company=company, closed_at=None).values_list("kind", flat=True)
        found = list(kinds.order_by()[: MOST_AT_ONCE + 1])
        if 0 < len(found) <= MOST_AT_ONCE:
            with transaction.atomic():
                watch.look(timezone.now(), sorted(map(Kind, set(found))), company)
    except Error:
        log.exception("alarms were not looked for after a change", company=company.code)


def start_in_portal() -> threading.Event:
    """The portal's thread, one in each of its processes: is there a worker, and if not, who is told. Set it to stop."""
    stopping = threading.Event()
    serving = threading.Thread(
        target=housekeeping.serve, args=[_mind_the_worker, stopping], name="alarms", daemon=True
    )
    serving.start()
    return stopping


def _mind_the_worker(stopping: threading.Event) -> None:
    while not stopping.wait(WHOLE_S):
        try:
            look_from_portal()
        except Error:
            log.warning("the database did not answer; the worker is looked for when it does")
        finally:
            connections.close_all()


def look_from_portal() -> None:
    """Without a worker nobody else would tell of it; what is due to be told besides goes along."""
    now = timezone.now()
    watch.look(now, [Kind.WORKER_MISSING])
    if Alarm.objects.filter(kind=Kind.WORKER_MISSING, closed_at=None).exists():
        watch.look(now, watch.OF_A_COMPANY)
        telling.deliver(now)
