"""One run of the bench: its folder, how much is measured, and the jobs that rows are made of."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench import cloud, databases, machine, processes


@dataclass(frozen=True)
class Run:
    """What one measured process, or several together, did."""

    per_s: float
    cpu_ms: float  # of the measured processes, for each message
    peak_mb: float = 0.0
    books: dict = field(default_factory=dict, repr=False)
    busy_cores: float = 0.0  # of the whole machine, meanwhile


Job = Callable[[], Run]


class BooksDiffer(processes.Failed):
    """The sink did not get each message exactly once: the figures are worth nothing."""


@dataclass
class Lab:
    folder: Path
    kinds: tuple[str, ...] = databases.KINDS
    runs: int = 3
    quick: bool = False
    profile: str | None = None

    def much(self, count: int) -> int:
        """`count`, or a tenth of it with --quick."""
        return max(count // 10, 20) if self.quick else count

    def middle(self, *jobs: Job, turns: int = 0) -> list[Run]:
        """The middle run of each job by speed; the jobs take turns, so that noise meets all of them."""
        turns = 1 if self.quick else max(self.runs, turns)
        done = [[job() for job in jobs] for _ in range(turns)]
        return [_middle(list(runs)) for runs in zip(*done, strict=True)]

    def raw(
        self,
        messages: int,
        *,
        size: int = 10_000,
        pipelined: bool = False,
        sink: str = "smtp",
        **network: object,
    ) -> Run:
        """smtplib over one kept connection."""
        with processes.sink(sink, self.folder, **network) as server:
            done = processes.run(
                "bench.raw",
                port=server.port,
                ca=self.folder / "ca.pem",
                messages=messages,
                size=size,
                pipelined=pipelined,
            )
            return _run(messages, done["cpu_s"], server.books())

    def outbox(
        self,
        kind: str,
        messages: int,
        *,
        mailboxes: int = 1,
        size: int = 10_000,
        threads: int = 32,
        workers: int = 1,
        at_once: int = 10,
        ended: bool = False,
        sink: str = "smtp",
        **network: object,
    ) -> Run:
        """A backlog in a new database of this kind, sent by `workers` processes. Raises BooksDiffer.

        `at_once`: connections that the company allows itself for each mailbox; `ended`: no access token is good
        any more.
        """
        with processes.sink(sink, self.folder, **network) as server, self.database(kind) as environment:
            environment["BENCH_CLOUDS_FILE"] = str(self.folder / "clouds.toml")
            cloud.write_clouds_file(self.folder / "clouds.toml", server.port, self.folder / "ca.pem")
            there = {"port": server.port, "mailboxes": mailboxes, "at_once": at_once}
            way = {"graph": sink == "graph", "ended": ended}
            processes.run("bench.outbox", "prepare", environment=environment, **there, **way)
            processes.run("bench.outbox", "fill", environment=environment, messages=messages, size=size)
            how = {"threads": threads, "profile": self.profile, "together": True}
            started = [
                processes.start("bench.outbox", "drain", environment=environment, **how)
                for _ in range(workers)
            ]
            processes.begin(started)
            began, busy_before = time.monotonic(), machine.busy_s()
            done = [processes.result(process) for process in started]
            busy_cores = (machine.busy_s() - busy_before) / (time.monotonic() - began)
            states = processes.run("bench.outbox", "count", environment=environment)
            books = server.books()
        if states != {"sent": messages} or books["messages"] != messages or books["twice"]:
            raise BooksDiffer(f"Of {messages} messages: outbox {states}, sink {books}.")
        cpu_s = sum(each["cpu_s"] for each in done)
        run = _run(messages, cpu_s, books, max(each["peak_mb"] for each in done))
        return replace(run, busy_cores=busy_cores)

    def peer(self, kind: str, messages: int, *, threads: int, size: int = 10_000, **network: object) -> Run:
        """django-post-office sending a backlog, over as many connections as it has threads."""
        with processes.sink("smtp", self.folder, **network) as server, self.database(kind) as environment:
            environment |= {"BENCH_PORT": str(server.port), "BENCH_THREADS": str(threads)}
            environment["SSL_CERT_FILE"] = environment["BENCH_CA_FILE"]
            processes.run("bench.peer", "prepare", environment=environment)
            processes.run("bench.peer", "fill", environment=environment, messages=messages, size=size)
            done = processes.run("bench.peer", "drain", environment=environment)
            books = server.books()
        return Run(books["messages"] / books["seconds"], done["cpu_s"] / messages * 1_000, 0, books | done)

    def after_histories(self, kind: str, befores: Sequence[int], messages: int) -> list[Run]:
        """Accepting after so many others, for each number, then sending the same; all of them by turns."""
        with ExitStack() as opened:
            jobs = [opened.enter_context(self._after(kind, before, messages)) for before in befores]
            return self.middle(*(accept for accept, _ in jobs), *(drain for _, drain in jobs), turns=5)

    @contextmanager
    def _after(self, kind: str, before: int, messages: int) -> Iterator[tuple[Job, Job]]:
        """What accepts messages, and what sends them, in a database with so many others."""
        with processes.sink("smtp", self.folder) as server, self.database(kind) as environment:

            def accept() -> Run:
                done = processes.run("bench.outbox", "accept", environment=environment, messages=messages)
                return Run(messages / done["seconds"], done["cpu_s"] / messages * 1_000)

            def drain() -> Run:
                done = processes.run("bench.outbox", "drain", environment=environment)
                return Run(messages / server.books()["seconds"], done["cpu_s"] / messages * 1_000)

            processes.run("bench.outbox", "prepare", environment=environment, port=server.port, at_once=1)
            processes.run("bench.outbox", "history", environment=environment, messages=before)
            yield accept, drain
            states, books = processes.run("bench.outbox", "count", environment=environment), server.books()
        if states != {"sent": before + books["messages"]} or books["twice"]:
            raise BooksDiffer(f"After {before} messages: outbox {states}, sink {books}.")

    def accept(self, kind: str, messages: int, *, who: str, bulk: bool = False) -> Run:
        """Handing messages over, in one process. `who`: bench.outbox or bench.peer."""
        with self.database(kind) as environment:
            processes.run(who, "prepare", environment=environment)
            done = processes.run(who, "accept", environment=environment, messages=messages, bulk=bulk)
        return Run(messages / done["seconds"], done["cpu_s"] / messages * 1_000)

    @contextmanager
    def database(self, kind: str) -> Iterator[dict[str, str]]:
        """The environment in which a process uses a new database."""
        url = databases.fresh(kind, self.folder)
        try:
            yield {"BENCH_DATABASE_URL": url, "BENCH_CA_FILE": str(self.folder / "ca.pem")}
        finally:
            databases.drop(url)


def _run(messages: int, cpu_s: float, books: dict, peak_mb: float = 0.0) -> Run:
    """`per_s` from the first command to the last message, by the sink's clock: no start of a process in it."""
    if books["messages"] != messages or books["twice"]:
        raise BooksDiffer(f"Of {messages} messages the sink got {books}.")
    return Run(messages / books["seconds"], cpu_s / messages * 1_000, peak_mb, books)


def _middle(runs: list[Run]) -> Run:
    speed = median(run.per_s for run in runs)
    return min(runs, key=lambda run: abs(run.per_s - speed))
