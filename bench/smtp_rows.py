"""Sending by SMTP, beside smtplib over one connection."""

from collections.abc import Iterator

from bench.lab import Lab, Run
from bench.table import Line, at_least, at_most, row

NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
SINKS = {"aio": "aiosmtpd", "smtp": "a sink that costs nothing"}


@row("one-mailbox")
def one_mailbox(lab: Lab) -> Iterator[Line]:
    """One mailbox, one connection, 0 ms."""
    count = lab.much(2_000)
    for sink, before in SINKS.items():
        own = {"sink": sink, "at_once": 1} | ({"connections": 1} if sink == "smtp" else {})
        raw, all_of_ours = _measured(lab, {"messages": count, "sink": sink}, {"messages": count, **own})
        for kind, ours in all_of_ours.items():
            work = f"one mailbox, one connection, 0 ms, {NAMES[kind]}, before {before}"
            yield _beside(work, ours, raw, 0.8)
            yield _cpu(ours, raw)


@row("pipelined-by-hand")
def pipelined_by_hand(lab: Lab) -> Iterator[Line]:
    """What the wire gives at most: smtplib's connection with the commands pipelined by hand."""
    count = lab.much(2_000)
    for sink, before in SINKS.items():
        raw, by_hand = lab.middle(
            lambda sink=sink: lab.raw(count, sink=sink),
            lambda sink=sink: lab.raw(count, sink=sink, pipelined=True),
        )
        yield _beside(f"pipelined by hand, no outbox, 0 ms, before {before}", by_hand, raw)


@row("round-trips")
def round_trips(lab: Lab) -> Iterator[Line]:
    """One mailbox, one connection, 20 and 100 ms a round trip."""
    for delay_ms, count in ((20, 80), (100, 20)):
        network = {"round_trip_ms": delay_ms, "connections": 1}
        ours = {"messages": lab.much(2 * count), "at_once": 1, **network}
        raw, all_of_ours = _measured(lab, {"messages": lab.much(count), **network}, ours)
        for kind, ours in all_of_ours.items():
            yield _beside(f"one mailbox, {delay_ms} ms a round trip, {NAMES[kind]}", ours, raw, 1.9)


@row("50-mailboxes")
def fifty_mailboxes(lab: Lab) -> Iterator[Line]:
    """50 mailboxes, 20 ms, one worker process."""
    network = {"round_trip_ms": 20, "connections": 10}
    ours = {"messages": lab.much(5_000), "mailboxes": 50, **network}
    raw, all_of_ours = _measured(lab, {"messages": lab.much(80), **network}, ours)
    for kind, ours in all_of_ours.items():
        yield _beside(f"50 mailboxes, 20 ms, one worker process, {NAMES[kind]}", ours, raw, 40)


@row("10-connections")
def ten_connections(lab: Lab) -> Iterator[Line]:
    """One mailbox that allows 10 connections, 20 ms."""
    network = {"round_trip_ms": 20, "connections": 10}
    ours = {"messages": lab.much(2_000), "at_once": 10, **network}
    raw, all_of_ours = _measured(lab, {"messages": lab.much(80), **network}, ours)
    for kind, ours in all_of_ours.items():
        yield _beside(f"one mailbox that allows 10 connections, 20 ms, {NAMES[kind]}", ours, raw, 9)
        yield _connections(ours, 10)


@row("3-connections")
def three_connections(lab: Lab) -> Iterator[Line]:
    """50 mailboxes that allow 3 connections each, 100 ms."""
    network = {"round_trip_ms": 100, "connections": 3}
    ours = {"messages": lab.much(2_500), "mailboxes": 50, "at_once": 3, **network}
    raw, all_of_ours = _measured(lab, {"messages": lab.much(20), **network}, ours)
    for kind, ours in all_of_ours.items():
        yield _beside(f"50 mailboxes, 3 connections each, 100 ms, {NAMES[kind]}", ours, raw, 45)
        yield _connections(ours, 3)


@row("200-kb")
def large_messages(lab: Lab) -> Iterator[Line]:
    """200 kB messages, 0 ms."""
    same = {"messages": lab.much(1_000), "size": 200_000}
    raw, all_of_ours = _measured(lab, same, {**same, "connections": 1, "at_once": 1})
    for kind, ours in all_of_ours.items():
        yield _beside(f"200 kB messages, one connection, 0 ms, {NAMES[kind]}", ours, raw, 0.8)


@row("4-workers")
def four_workers(lab: Lab) -> Iterator[Line]:
    """4 worker processes on PostgreSQL, 50 mailboxes, 0 ms."""
    count = lab.much(20_000)
    one, four = lab.middle(
        lambda: lab.outbox("postgresql", count, mailboxes=50),
        lambda: lab.outbox("postgresql", count, mailboxes=50, workers=4),
    )
    ratio = four.per_s / one.per_s
    busy = f"{one.busy_cores:.1f} and {four.busy_cores:.1f} cores busy"
    beside = f"one worker process {one.per_s:.0f}/s: {ratio:.2f}; {busy}"
    work = "4 worker processes on PostgreSQL, 50 mailboxes, 0 ms"
    yield Line(work, f"{four.per_s:.0f}/s", beside, **at_least(ratio, 2.5))


def _measured(lab: Lab, raw: dict, ours: dict) -> tuple[Run, dict[str, Run]]:
    """smtplib with these options, and the outbox on each database with those."""
    jobs = [lambda kind=kind: lab.outbox(kind, **ours) for kind in lab.kinds]
    first, *others = lab.middle(lambda: lab.raw(**raw), *jobs)
    return first, dict(zip(lab.kinds, others, strict=True))


def _beside(work: str, ours: Run, raw: Run, wanted: float | None = None) -> Line:
    ratio = ours.per_s / raw.per_s
    beside = f"raw {_speed(raw.per_s)}: {ratio:.2f}"
    return Line(work, _speed(ours.per_s), beside, **(at_least(ratio, wanted) if wanted else {}))


def _cpu(ours: Run, raw: Run) -> Line:
    ratio = ours.cpu_ms / raw.cpu_ms
    beside = f"raw {raw.cpu_ms:.2f} ms: {ratio:.1f}"
    return Line("— its CPU for each message", f"{ours.cpu_ms:.2f} ms", beside, **at_most(ratio, 2))


def _connections(ours: Run, allowed: int) -> Line:
    refused, most = ours.books["refused"], ours.books["most_open"]
    work = "— connections refused by the provider"
    return Line(work, str(refused), f"{most} of {allowed} at once", "0", refused == 0)


def _speed(per_s: float) -> str:
    return f"{per_s:.0f}/s" if per_s >= 100 else f"{per_s:.1f}/s"
