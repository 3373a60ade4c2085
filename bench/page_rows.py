"""Pages of long lists."""

from collections.abc import Iterator

from bench import processes
from bench.lab import Lab
from bench.smtp_rows import NAMES
from bench.table import Line, at_most, row


@row("pages")
def pages(lab: Lab) -> Iterator[Line]:
    """Outbox and people over 100,000 messages and 10,000 people, beside a bare view of 50 rows."""
    for kind in lab.kinds:
        with lab.database(kind) as environment:
            sizes = {"messages": lab.much(100_000), "people": lab.much(10_000)}
            processes.run("bench.pages", "prepare", environment=environment, **sizes)
            found = processes.run("bench.pages", "measure", environment=environment, rounds=lab.much(100))
        for page, took in found.items():
            ratio = took["ours_ms"] / took["bare_ms"]
            beside = f"bare view {took['bare_ms']:.1f} ms: {ratio:.2f}"
            yield Line(f"{page}, {NAMES[kind]}", f"{took['ours_ms']:.1f} ms", beside, **at_most(ratio, 1.5))
