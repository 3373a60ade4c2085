"""Companies that send through a sink, what is to be sent, and the books of both sides."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connection, connections
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from mailsettings import credentials
from mailsettings.models import Authentication, CredentialKind, Security, SmtpServer
from sender import journal
from sender.models import OutboxMessage, RecipientOutcome, SendingMailbox, State
from sender.services import Draft, Submission, submit_many
from sender.worker import Worker
from tests.delivery.faults.sink import PATIENCE_S, Sink
from tests.factories import make_company, make_member

OPEN = (State.WAITING, State.SENDING)


def sends_through(sink: Sink, **server: object) -> Membership:
    """A person of a new company whose mail server is the sink; with TLS, it wants a password."""
    person = make_member(make_company())
    signs_in = sink.tls is not None
    facts = {
        "host": "127.0.0.1",
        "port": sink.port,
        "security": Security.STARTTLS if signs_in else Security.NONE,
        "authentication": Authentication.PASSWORD if signs_in else Authentication.NONE,
    }
    SmtpServer.objects.create(company=person.company, **(facts | server))
    if signs_in:
        kind = CredentialKind.USER_PASSWORD
        credentials.store(person.company, kind, "sails", actor=COMMAND_LINE, membership=person)
    return person


def order(number: int, to: Sequence[str] = ("rita@recipient.example",), **more: object) -> Submission:
    return Submission(Draft(to=to, subject=f"Order {number}", text="One truck, please.", **more))


def large(number: int) -> Submission:
    """More than fits into the network's buffers: who sends it waits for the server to read."""
    return order(number, html="<p>" + "<b>truck</b> " * 450_000)


def hand_over(person: Membership, count: int) -> list[OutboxMessage]:
    return submit_many(person, [order(number) for number in range(count)], submitted_by="test")


def work(threads: int = 16) -> None:
    """A worker of this process sends until nothing is due."""
    Worker(threads=threads, until_empty=True).run()


@contextmanager
def worker_here(threads: int = 4) -> Iterator[Worker]:
    """A worker in a thread of this process, where a test can change its clock and its patience."""
    worker = Worker(threads=threads)

    def run() -> None:
        worker.run()
        connections.close_all()

    running = threading.Thread(target=run)
    running.start()
    try:
        yield worker
    finally:
        worker.stop()
        running.join(PATIENCE_S)
    assert not running.is_alive()


def time_passes() -> None:
    """Everything that waits for its next try is due, and nothing is paused."""
    OutboxMessage.objects.filter(state=State.WAITING).update(due_at=timezone.now())
    SendingMailbox.objects.update(paused_until=None, next_due_at=timezone.now())


def states_of(person: Membership) -> list[str]:
    """In the order in which the messages were handed over."""
    return list(
        OutboxMessage.objects.filter(membership=person).order_by("id").values_list("state", flat=True)
    )


def journals() -> str:
    """What the workers of this test's database wrote, whether they live or not."""
    folder = journal._folder()
    return "".join((folder / owner).read_text() for owner in journal.left_here())


def is_answered(message: OutboxMessage) -> bool:
    """Whether a worker has the answer, and has told its journal."""
    return f"end {message.pk.hex} " in journals()


def until(is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for what the database, or another process, says."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


@dataclass(frozen=True)
class Balance:
    """Recipients, by the outbox's books and those of the sinks. All three are to be 0, or as the fault explains."""

    lost: int  # sent by our books, and no sink has it
    doubled: int  # a sink has it more than once, or has it although our books say that it failed
    unknown: int  # messages


found: list[Balance] = []  # by the test under way; the run prints them when it is over


def balance(*sinks: Sink) -> Balance:
    taken: Counter[tuple[str, str]] = Counter()
    for sink in sinks:
        taken += sink.taken
    lost = doubled = 0
    facts = ("message__message_id", "address", "outcome", "message__state")
    for message_id, address, outcome, state in RecipientOutcome.objects.values_list(*facts):
        count = taken.pop((message_id, address), 0)
        is_settled = state != State.UNKNOWN or outcome == "accepted"
        lost += outcome == "accepted" and count == 0
        doubled += count > 1 or (is_settled and count == 1 and outcome != "accepted")
    assert not taken, "a sink took what nobody handed over"
    found.append(Balance(lost, doubled, OutboxMessage.objects.filter(state=State.UNKNOWN).count()))
    return found[-1]


@contextmanager
def held_writes() -> Iterator[None]:
    """Nobody else can write messages' states meanwhile."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        other = sqlite3.connect(name, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(
            dbname=name, user="postgres", host=connection.settings_dict["OPTIONS"]["host"]
        )
        other.execute(f"LOCK TABLE {OutboxMessage._meta.db_table} IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        if connection.vendor == "postgresql":  # what a dead process asked for would still be done
            waiting = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
            other.execute(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) AS waiting", [name])
        other.rollback()
        other.close()
