"""Taking mail from the business software, beside django-post-office."""

from collections.abc import Iterator

from bench.lab import Lab
from bench.smtp_rows import NAMES
from bench.table import Line, at_least, row


@row("accept")
def accept(lab: Lab) -> Iterator[Line]:
    """submit(), one call after another."""
    yield from _accept(lab, bulk=False, wanted=1.2)


@row("accept-bulk")
def accept_bulk(lab: Lab) -> Iterator[Line]:
    """submit_many(), all in one call."""
    yield from _accept(lab, bulk=True, wanted=2)


@row("peer")
def peer(lab: Lab) -> Iterator[Line]:
    """django-post-office: one connection, 40 connections, and 40 where the provider allows 3."""
    for kind in lab.kinds:
        for threads, allowed in ((1, 10_000), (40, 10_000), (40, 3)):
            count = lab.much(2_000)
            (theirs,) = lab.middle(
                lambda kind=kind, count=count, threads=threads, allowed=allowed: lab.peer(
                    kind, count, threads=threads, connections=allowed
                )
            )
            work = f"django-post-office, {threads} connections, 0 ms, {NAMES[kind]}"
            work += "" if allowed > threads else f", where the provider allows {allowed}"
            put_off = theirs.books["put_off"]
            beside = f"{put_off} of {count} put off" if put_off else f"{theirs.cpu_ms:.2f} ms CPU a message"
            yield Line(work, f"{theirs.per_s:.0f}/s", beside)


def _accept(lab: Lab, *, bulk: bool, wanted: float) -> Iterator[Line]:
    count = 300 if lab.quick else 2_000
    for kind in lab.kinds:
        theirs, ours = lab.middle(
            lambda kind=kind: lab.accept(kind, count, who="bench.peer", bulk=bulk),
            lambda kind=kind: lab.accept(kind, count, who="bench.outbox", bulk=bulk),
        )
        ratio = ours.per_s / theirs.per_s
        beside = f"django-post-office {theirs.per_s:.0f}/s: {ratio:.2f}"
        beside += f"; {ours.cpu_ms:.2f} beside {theirs.cpu_ms:.2f} ms CPU a message"
        work = f"accept, {'one bulk call' if bulk else 'single calls'}, {NAMES[kind]}"
        yield Line(work, f"{ours.per_s:.0f}/s", beside, **at_least(ratio, wanted))
