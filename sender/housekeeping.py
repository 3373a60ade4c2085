"""What a worker does once in a while beside sending; each job by itself, so that none waits for another's trouble.

What asks servers has rounds of its own: one that hangs must not keep mail from being found that no worker knows of.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from threading import Event

import structlog
from django.db import close_old_connections, connections
from django.utils import timezone

from accounts import mailings
from oauth import tokens
from sender import outbox, recovery, resolver, retention, standing
from sender.doctor import runs as checks
from webhooks import delivering, keeping

Job = Callable[[datetime], object]
Beside = Callable[[Event], object]

ROUND_S = 60

_beside: list[Beside] = []
_each_hour: list[Job] = []  # of the apps above

log = structlog.get_logger()

EACH_MINUTE: tuple[Job, ...] = (
    outbox.sweep,
    recovery.settle_strays,
    outbox.give_up,
    tokens.expire_flows,
    checks.purge,
    standing.look,
)
ASKING_SERVERS: tuple[Job, ...] = (resolver.look, tokens.refresh_idle, mailings.work)  # each minute, too
EACH_HOUR: tuple[Job, ...] = (retention.purge, keeping.purge)


def due(minute: int) -> tuple[Job, ...]:
    """The jobs of the worker's `minute`, counted from 0."""
    return EACH_MINUTE if minute % 60 else (*EACH_MINUTE, *EACH_HOUR, *_each_hour)


def each_hour(job: Job) -> None:
    """Have a worker do `job` once an hour; for the apps above."""
    if job not in _each_hour:
        _each_hour.append(job)


def beside(serve: Beside) -> None:
    """Give `serve` a thread of its own in every worker, until the event it is handed is set; for the apps above."""
    if serve not in _beside:
        _beside.append(serve)


def threads_beside() -> tuple[Beside, ...]:
    return (keep_house, ask_servers, delivering.serve, *_beside)


def serve(what: Beside, stopping: Event) -> None:
    """Until `stopping`: an error that nobody thought of must not end it for the worker's whole life."""
    while not stopping.is_set():
        try:
            what(stopping)
        except Exception:
            log.exception(
                "a thread beside the sending failed; it begins anew in a minute", thread=name_of(what)
            )
            connections.close_all()
            stopping.wait(ROUND_S)


def name_of(what: Beside) -> str:
    return f"{what.__module__}.{what.__name__}"


def keep_house(stopping: Event) -> None:
    _rounds(due, stopping)


def ask_servers(stopping: Event) -> None:
    _rounds(lambda _minute: ASKING_SERVERS, stopping)


def _rounds(jobs: Callable[[int], tuple[Job, ...]], stopping: Event) -> None:
    for minute in count():
        for job in jobs(minute):
            try:
                close_old_connections()
                job(timezone.now())
            except Exception:
                log.exception("housekeeping failed; it runs again in a minute", job=job.__module__)
                connections.close_all()
            if stopping.is_set():
                break
        if stopping.wait(ROUND_S):
            return connections.close_all()
