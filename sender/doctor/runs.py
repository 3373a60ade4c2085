"""Checks as stored rows: asked for, taken by a worker, written down step by step, repeated where waiting helps."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, close_old_connections, connections
from django.db.models import Q
from django.utils import timezone

from accounts.models import Company, Membership
from core.sentences import kept, said
from sender.doctor import delays
from sender.doctor.examine import Wanted, examine, examine_way
from sender.doctor.message import WAIT_S
from sender.doctor.steps import WORDS, Book, Interrupted, Step
from sender.doctor.subject import Subject, subject_of
from sender.models import CheckResult, CheckRun, CheckState
from sender.routing import NoRoute
from sender.statements import survive_processes_only

HEARD_OF = timedelta(minutes=6)  # longer than any step takes
THREADS = 2
POLL_S = 1.0
MOST_ASKED, ASKED_WITHIN = 10, timedelta(minutes=10)

log = structlog.get_logger()


def ask(
    person: Membership, *, asked_by: str, send_to: str = "", outside: str = "", due_at: datetime | None = None
) -> CheckRun:
    """Store a check for a worker to do, now or at `due_at`."""
    return CheckRun.objects.create(
        company=person.company,
        membership=person,
        person=person.user.email,
        asked_by=asked_by,
        send_to=send_to,
        outside=outside,
        due_at=due_at or timezone.now(),
    )


def too_many(company: Company, asked_by: str) -> bool:
    """A check signs in, and some servers count sign-ins: a limit for each person who asks."""
    since = timezone.now() - ASKED_WITHIN
    asked = CheckRun.objects.filter(company=company, asked_by=asked_by, asked_at__gt=since, number=1)
    return asked.count() >= MOST_ASKED


def take(now: datetime) -> CheckRun | None:
    """The check that waits longest, taken by this caller alone; one whose worker died is taken anew."""
    rows = CheckRun.objects.filter(_waits(now)).order_by("due_at")
    for run in rows[:10]:
        taken = CheckRun.objects.filter(_waits(now), pk=run.pk).update(
            state=CheckState.RUNNING, until=now + HEARD_OF, started_at=now, steps=[], now_at=""
        )
        if taken:
            return CheckRun.objects.select_related("company", "membership__user", "membership__company").get(
                pk=run.pk
            )
    return None


def _waits(now: datetime) -> Q:
    waiting = Q(state=CheckState.WAITING, due_at__lte=now)
    return waiting | Q(state=CheckState.RUNNING, until__lt=now)


def perform(
    run: CheckRun,
    *,
    way: Subject | None = None,
    wait_s: float = WAIT_S,
    should_stop: Callable[[], bool] = lambda: False,
) -> CheckRun:
    """Do a check that was taken, and write down each step; `way`: this one, not the person's.

    When `should_stop` says so between two steps, the check goes back to wait for another worker.
    """
    with kept(), timezone.override(run.company.zone):
        if run.membership is None:
            return _end(run, CheckResult.NOT_RUN, "person_removed")
        try:
            book = _examined(run, way, wait_s, should_stop)
        except Interrupted:
            return _update(run, state=CheckState.WAITING, until=None, steps=[], now_at="")
        failure = book.failure
        result = CheckResult.WARN if book.has_warnings else CheckResult.OK
        _end(run, CheckResult.FAILED if failure else result, failure.cause if failure else "")
        if failure and way is None:
            _look_again(run)
    return run


def _examined(run: CheckRun, way: Subject | None, wait_s: float, should_stop: Callable[[], bool]) -> Book:
    """Raises Interrupted."""
    _update(run, method=_method_of(run, way))
    key = f"check {run.pk}" if run.send_to else ""
    wanted = Wanted(run.send_to, run.outside, run.asked_by, wait_s, key, should_stop)

    def tell(book: Book) -> None:
        _write(run, book)
        if should_stop():
            raise Interrupted

    if way is None:
        return examine(run.membership, wanted, tell)
    book = Book(tell)
    examine_way(way, wanted, book)
    return book


def steps_of(run: CheckRun) -> list[Step]:
    """In the language of now."""
    return [Step.from_json(step | {name: said(step[name]) for name in WORDS}) for step in run.steps]


def told(run: CheckRun) -> dict[str, object]:
    """Steps and note as plain values, in the language of now."""
    return {"steps": [step.as_json() for step in steps_of(run)], "note": said(run.note)}


def purge(now: datetime) -> int:
    """Delete what is older than each company keeps; returns how many checks."""
    deleted = 0
    over = CheckRun.objects.filter(state=CheckState.DONE)
    for days in Company.objects.values_list("retention_days", flat=True).distinct():
        old = over.filter(company__retention_days=days, asked_at__lt=now - timedelta(days=days))
        deleted += old.delete()[0]
    return deleted


def serve(stopping: threading.Event) -> None:
    """A worker's thread: does one check after the other until it is told to stop."""
    while not stopping.is_set():
        run = None
        try:
            close_old_connections()
            survive_processes_only()
            run = take(timezone.now())
            if run is not None:
                perform(run, should_stop=stopping.is_set)
                continue
        except DatabaseError:
            log.warning("a check waits for the database")
            connections.close_all()
        except Exception:
            log.exception("a check failed by an error of the portal's own", check=str(run and run.pk))
            _give_up(run.pk if run else None)
        stopping.wait(POLL_S)
    connections.close_all()


def _give_up(pk: UUID | None) -> None:
    rows = CheckRun.objects.filter(pk=pk)
    rows.update(state=CheckState.DONE, result=CheckResult.NOT_RUN, finished_at=timezone.now(), now_at="")


def _look_again(run: CheckRun) -> None:
    """Plan the next look where the cause is one that Microsoft takes its time to see mended."""
    now, changed = timezone.now(), delays.changed_at(run.membership)
    again_at = delays.look_again_at(run.cause, changed, now, run.number)
    if again_at is None:
        return
    following = {"send_to": run.send_to, "outside": run.outside, "due_at": again_at}
    following = ask(run.membership, asked_by=run.asked_by, **following)
    _update(following, number=run.number + 1, earlier=run)
    _update(run, note=delays.sentence(run.cause, changed, again_at, now))


def _method_of(run: CheckRun, way: Subject | None) -> str:
    try:
        return (way or subject_of(run.membership)).route.method
    except NoRoute:
        return ""


def _write(run: CheckRun, book: Book) -> None:
    steps = [step.as_json() for step in book.steps]
    _update(run, steps=steps, now_at=book.now_at, until=timezone.now() + HEARD_OF)


def _end(run: CheckRun, result: CheckResult, cause: str) -> CheckRun:
    facts = {"result": result, "cause": cause, "finished_at": timezone.now()}
    return _update(run, state=CheckState.DONE, now_at="", until=None, **facts)


def _update(run: CheckRun, **fields: object) -> CheckRun:
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=list(fields))
    return run
