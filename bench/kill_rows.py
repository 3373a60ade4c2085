"""`kill -9` of all workers in the middle of their work, and what the books say after others went on."""

import subprocess
import time
from collections.abc import Iterator

from bench import processes
from bench.lab import Lab
from bench.smtp_rows import NAMES
from bench.table import Line, row

MAILBOXES, CONNECTIONS, WORKERS = 5, 3, 4
LONGEST_S = 180  # until everything has come to an end; a dead worker's leases alone take 20
OPEN = ("waiting", "sending")


@row("kill")
def killed(lab: Lab) -> Iterator[Line]:
    """kill -9 of 4 worker processes in the middle of 2,000 messages, then a restart."""
    messages = lab.much(2_000)
    for kind in lab.kinds:
        states, books, took_s = _killed(lab, kind, messages)
        unknown = states.get("unknown", 0)
        lost = max(states.get("sent", 0) - books["messages"], messages - unknown - books["messages"])
        stuck = messages - unknown - states.get("sent", 0)
        yield Line(
            f"kill -9 of all {WORKERS} workers in the middle of {messages:,} messages, {NAMES[kind]}",
            f"{max(lost, 0)} lost, {books['twice']} twice, {stuck} stuck, {unknown} unknown",
            f"normal again after {took_s:.0f} s",
            f"0, 0, 0, ≤ {MAILBOXES * CONNECTIONS} (one a connection)",
            lost <= 0 == books["twice"] == stuck and unknown <= MAILBOXES * CONNECTIONS,
        )


def _killed(lab: Lab, kind: str, messages: int) -> tuple[dict[str, int], dict, float]:
    """The outbox's states, the sink's books, and the seconds from the kill until nothing waited any more."""
    with (
        processes.sink("smtp", lab.folder, connections=CONNECTIONS) as sink,
        lab.database(kind) as environment,
    ):
        there = {"port": sink.port, "mailboxes": MAILBOXES, "at_once": CONNECTIONS}
        processes.run("bench.outbox", "prepare", environment=environment, **there)
        processes.run("bench.outbox", "fill", environment=environment, messages=messages)
        workers = [processes.start("bench.outbox", "drain", environment=environment) for _ in range(WORKERS)]
        try:
            _wait_for(sink, messages // 2, workers)
        finally:
            for worker in workers:
                worker.kill()
                worker.communicate()
        killed_at = time.monotonic()
        while True:
            processes.run("bench.outbox", "drain", environment=environment)
            states = processes.run("bench.outbox", "count", environment=environment)
            took_s = time.monotonic() - killed_at
            if not any(states.get(state) for state in OPEN) or took_s > LONGEST_S:
                return states, sink.books(), took_s


def _wait_for(sink: processes.Sink, count: int, workers: list[subprocess.Popen]) -> None:
    """Until the sink took so many messages. Raises Failed when the workers ended before."""
    while sink.books()["messages"] < count:
        if all(worker.poll() is not None for worker in workers):
            raise processes.Failed("The workers ended before they could be killed.")
        time.sleep(0.005)
