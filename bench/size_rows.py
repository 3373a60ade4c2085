"""What does not grow: memory with the backlog, time with the history."""

from collections.abc import Iterator

from bench.lab import Lab
from bench.smtp_rows import NAMES
from bench.table import Line, at_least, row

MOST_MB = 150


@row("memory")
def memory(lab: Lab) -> Iterator[Line]:
    """Memory of one worker with 32 threads, with 2,000 and 20,000 waiting."""
    few, many = lab.much(2_000), lab.much(20_000)
    for kind in lab.kinds:
        small, large = (
            lab.outbox(kind, count, mailboxes=50, threads=32, connections=10) for count in (few, many)
        )
        for count, run in ((few, small), (many, large)):
            work = f"memory of one worker, 32 threads, {count:,} waiting, {NAMES[kind]}"
            yield Line(work, f"{run.peak_mb:.0f} MB", "", f"≤ {MOST_MB} MB", run.peak_mb <= MOST_MB)
        ratio = large.peak_mb / small.peak_mb
        yield Line("— the larger beside the smaller", f"{ratio:.2f}", "", "0.90 to 1.10", 0.9 <= ratio <= 1.1)


@row("history")
def history(lab: Lab) -> Iterator[Line]:
    """Accepting and sending after 1,000 and after 500,000 messages, by turns; the middle one of five."""
    count, short, long = lab.much(3_000), 1_000, 50_000 if lab.quick else 500_000
    for kind in lab.kinds:
        *accepts, little, much = lab.after_histories(kind, (short, long), count)
        for work, few, many in (("accept", *accepts), ("drain, one mailbox, 0 ms", little, much)):
            ratio = many.per_s / few.per_s
            beside = f"after {short:,}: {few.per_s:.0f}/s: {ratio:.2f}"
            beside += f"; {many.cpu_ms:.2f} beside {few.cpu_ms:.2f} ms CPU a message"
            name = f"{work}, after {long:,} messages, {NAMES[kind]}"
            yield Line(name, f"{many.per_s:.0f}/s", beside, **at_least(ratio, 0.9))
