"""Sending by SMTP, beside smtplib over one connection."""

from collections.abc import Iterator

from bench.lab import Lab
from bench.table import Line, at_least, at_most, row

_NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


@row("one-mailbox")
def one_mailbox(lab: Lab) -> Iterator[Line]:
    """One mailbox, one connection, 0 ms."""
    for sink, before in (("aio", "aiosmtpd"), ("smtp", "a sink that costs nothing")):
        for kind in lab.kinds:
            count = lab.much(2_000)
            raw, ours = lab.middle(
                lambda sink=sink, count=count: lab.raw(count, sink=sink),
                lambda sink=sink, count=count, kind=kind: lab.outbox(kind, count, sink=sink),
            )
            work = f"one mailbox, 0 ms, {_NAMES[kind]}, before {before}"
            ratio = ours.per_s / raw.per_s
            yield Line(
                work, f"{ours.per_s:.0f}/s", f"raw {raw.per_s:.0f}/s: {ratio:.2f}", **at_least(ratio, 0.8)
            )
            cpu = ours.cpu_ms / raw.cpu_ms
            beside = f"raw {raw.cpu_ms:.2f} ms: {cpu:.1f}"
            yield Line("— its CPU for each message", f"{ours.cpu_ms:.2f} ms", beside, **at_most(cpu, 2))
