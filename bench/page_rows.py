"""Pages of long lists."""

from collections.abc import Iterator

from bench import processes, serving
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


@row("load")
def load(lab: Lab) -> Iterator[Line]:
    """Main pages in Chromium, with a slow phone's network and processor (Lighthouse's throttling)."""
    with lab.database("sqlite") as environment:
        served = environment | {"BENCH_STATIC": str(lab.folder / "static")}
        who = processes.run("bench.visits", "prepare", environment=served)
        with serving.portal(served, lab.folder, processes=1, settings="bench.served_settings") as server:
            same = {"port": server.port, "cookie": who["cookie"], "rounds": lab.runs}
            found = processes.run("bench.visits", "measure", environment=served, **same)
    for page, seen in found.items():
        painted = f"first painted after {seen['fcp_ms'] / 1_000:.2f} s; layout shift {seen['shift']:.3f}"
        largest_s = seen["lcp_ms"] / 1_000
        yield Line(f"{page}, largest part painted", f"{largest_s:.2f} s", painted, **at_most(largest_s, 2.5))
        cold, later = seen["cold_bytes"] / 1_000, seen["later_bytes"] / 1_000
        weight = f"{cold:.0f} kB, {seen['requests']:.0f} requests"
        yield Line("— with an empty cache", weight, "", **at_most(cold, 100))
        yield Line("— the second time", f"{later:.0f} kB", "", **at_most(later, 30))
