"""The doors for business software, beside `submit` called in the same process."""

from collections.abc import Callable, Iterator

from bench import processes, serving
from bench.lab import BooksDiffer, Lab, Run
from bench.smtp_rows import NAMES
from bench.table import Line, at_least, at_most, row

CLIENTS, MANY_CLIENTS = 4, 50
PROCESSES = 4


@row("rest")
def rest(lab: Lab) -> Iterator[Line]:
    """POST /api/v1/messages by 4 clients at once, beside submit() from 4 threads of one process."""
    yield from _beside_submit(lab, "POST /api/v1/messages", _rest)


@row("gateway")
def gateway(lab: Lab) -> Iterator[Line]:
    """The SMTP gateway with 4 clients at once, beside submit() from 4 threads of one process."""
    yield from _beside_submit(lab, "the SMTP gateway", _gateway)


@row("latency")
def latency(lab: Lab) -> Iterator[Line]:
    """The p95 of a 10 kB POST under 50 clients at once, beside an empty view for who is signed in."""
    count = lab.much(5_000)
    for kind in lab.kinds:
        with lab.database(kind) as environment:
            who = processes.run("bench.doors", "prepare", environment=environment)
            with serving.portal(environment, lab.folder, processes=PROCESSES) as server:
                same = {"port": server.port, "clients": MANY_CLIENTS, "requests": count}
                empty = processes.run("bench.clients", cookie=who["cookie"], **same)
                ours = processes.run("bench.clients", key=who["key"], **same)
        ratio = ours["p95_ms"] / empty["p95_ms"]
        work = f"p95 of a 10 kB POST under {MANY_CLIENTS} clients, {NAMES[kind]}"
        beside = f"empty view {empty['p95_ms']:.1f} ms: {ratio:.2f}"
        yield Line(work, f"{ours['p95_ms']:.1f} ms", beside, **at_most(ratio, 3))


def _beside_submit(lab: Lab, door: str, through: Callable[[Lab, str, int], Run]) -> Iterator[Line]:
    count = lab.much(4_000)
    for kind in lab.kinds:
        submitted, taken = lab.middle(
            lambda kind=kind: _submitted(lab, kind, count), lambda kind=kind: through(lab, kind, count)
        )
        ratio = taken.per_s / submitted.per_s
        beside = f"submit {submitted.per_s:.0f}/s: {ratio:.2f}"
        beside += f"; {taken.cpu_ms:.2f} beside {submitted.cpu_ms:.2f} ms CPU a message"
        work = f"{door}, {CLIENTS} clients, {NAMES[kind]}"
        yield Line(work, f"{taken.per_s:.0f}/s", beside, **at_least(ratio, 0.7))


def _submitted(lab: Lab, kind: str, count: int) -> Run:
    with lab.database(kind) as environment:
        processes.run("bench.doors", "prepare", environment=environment)
        same = {"messages": count, "clients": CLIENTS}
        done = processes.run("bench.doors", "accept", environment=environment, **same)
    return Run(count / done["seconds"], done["cpu_s"] / count * 1_000)


def _rest(lab: Lab, kind: str, count: int) -> Run:
    with lab.database(kind) as environment:
        who = processes.run("bench.doors", "prepare", environment=environment)
        with serving.portal(environment, lab.folder, processes=PROCESSES) as server:
            asked = {"port": server.port, "clients": CLIENTS, "requests": count, "key": who["key"]}
            return _taken(server, environment, "bench.clients", count, **asked)


def _gateway(lab: Lab, kind: str, count: int) -> Run:
    with lab.database(kind) as environment:
        who = processes.run("bench.doors", "prepare", environment=environment)
        with serving.gateway(environment, lab.folder) as server:
            asked = {"port": server.port, "clients": CLIENTS, "messages": count, "key": who["key"]}
            return _taken(
                server, environment, "bench.senders", count, ca=environment["BENCH_CA_FILE"], **asked
            )


def _taken(
    server: serving.Server, environment: dict[str, str], program: str, count: int, **asked: object
) -> Run:
    """Raises BooksDiffer when not each message is stored once; each client sends some before it is measured."""
    cpu_before = server.cpu_s
    done = processes.run(program, **asked)
    cpu_s = server.cpu_s - cpu_before
    stored, sent = processes.run("bench.outbox", "count", environment=environment), done["before"] + count
    if stored != {"waiting": sent}:
        raise BooksDiffer(f"Of {sent} messages: outbox {stored}.")
    return Run(count / done["seconds"], cpu_s / sent * 1_000)
