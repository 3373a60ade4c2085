"""What a worker does once in a while beside sending; each job by itself, so that none waits for another's trouble."""

from collections.abc import Callable
from datetime import datetime
from threading import Event

from accounts import mailings
from oauth import tokens
from sender import outbox, recovery, resolver, retention, standing
from sender.doctor import runs as checks
from webhooks import delivering, keeping

Job = Callable[[datetime], object]
Beside = Callable[[Event], object]

_beside: list[Beside] = []
_each_hour: list[Job] = []  # of the apps above

EACH_MINUTE: tuple[Job, ...] = (
    outbox.sweep,
    recovery.settle_strays,
    outbox.give_up,
    resolver.look,
    tokens.expire_flows,
    tokens.refresh_idle,
    checks.purge,
    standing.look,
    mailings.work,
)
EACH_HOUR: tuple[Job, ...] = (retention.purge, keeping.purge)
BESIDE: tuple[Beside, ...] = (delivering.serve,)


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
    return (*BESIDE, *_beside)
