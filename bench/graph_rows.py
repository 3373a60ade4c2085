"""Sending by Graph, and its tokens."""

from collections.abc import Iterator

from bench.lab import Lab
from bench.smtp_rows import NAMES
from bench.table import Line, at_least, row

ANSWER_S, AT_ONCE, MAILBOXES = 0.15, 4, 50


@row("graph")
def graph(lab: Lab) -> Iterator[Line]:
    """Graph: 50 mailboxes, 150 ms an answer, 4 at a time each; 200 threads."""
    most = MAILBOXES * AT_ONCE / ANSWER_S
    for kind in lab.kinds:
        (ours,) = lab.middle(
            lambda kind=kind: lab.outbox(
                kind, lab.much(8_000), mailboxes=MAILBOXES, threads=MAILBOXES * AT_ONCE, sink="graph"
            )
        )
        by_cpu = 1_000 / ours.cpu_ms
        bound, why = (most, "Graph's limits") if most < by_cpu else (by_cpu, "one core")
        ratio = ours.per_s / bound
        yield Line(
            f"Graph, 50 mailboxes, 150 ms, 200 threads, {NAMES[kind]}",
            f"{ours.per_s:.0f}/s, {ours.cpu_ms:.2f} ms CPU a message",
            f"{why} allow{'s' if by_cpu < most else ''} {bound:.0f}/s (4 at a time: {most:.0f}/s): {ratio:.2f}",
            **at_least(ratio, 0.9),
        )
        refused = ours.books["refused"]
        beside = f"{ours.books['most_open']} of {AT_ONCE} at once"
        yield Line("— answers 429 for the limit of a mailbox", str(refused), beside, "0", refused == 0)


@row("tokens")
def tokens(lab: Lab) -> Iterator[Line]:
    """100 mailboxes whose access tokens ended at once."""
    for kind in lab.kinds:
        (ours,) = lab.middle(
            lambda kind=kind: lab.outbox(kind, 1_000, mailboxes=100, sink="graph", ended=True, answer_ms=20)
        )
        asked = ours.books["tokens"]
        yield Line(
            f"100 mailboxes, all tokens ended at once, {NAMES[kind]}",
            f"{asked} token requests",
            f"1,000 messages, {ours.per_s:.0f}/s",
            "100",
            asked == 100,
        )
