"""Explaining failures."""

import time
from collections.abc import Iterator

from bench import processes
from bench.lab import Lab
from bench.table import Line, row

REPLIES = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
    "AADSTS7000222: The provided client secret keys for app '3b2f9d10' are expired.",
    "550 5.1.1 <rita@recipient.example>: Recipient address rejected: User unknown",
    "432 4.3.2 Concurrent connections limit exceeded.",
    "TimeoutError: timed out",
    "A text that nobody has seen before, and that says nothing in particular.",
)
MANY, MEGABYTE = 3_000, 1_000_000


@row("explain")
def explain(lab: Lab) -> Iterator[Line]:
    """diagnosis.explain: texts a second, and 1 MB of text."""
    figures = processes.run(
        "bench.diagnosis_rows", environment={"BENCH_DATABASE_URL": f"sqlite:///{lab.folder}/none.sqlite3"}
    )
    yield Line("explaining a failure", f"{figures['per_s']:.0f}/s")
    yield Line("explaining 1 MB of text, the slowest of four kinds", f"{figures['megabyte_ms']:.0f} ms")


def main() -> None:
    import json
    import os

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    from diagnosis.explain import explain as explain_text

    def seconds(*texts: str) -> float:
        began = time.perf_counter()
        for text in texts:
            explain_text(text)
        return time.perf_counter() - began

    seconds(*REPLIES)
    large = [unit * (MEGABYTE // len(unit)) for unit in ("a", "535 5.7.3 ", "AADSTS50076: ", "<p>\n")]
    took_s = seconds(*(REPLIES * (MANY // len(REPLIES))))
    print(json.dumps({"per_s": MANY / took_s, "megabyte_ms": max(seconds(text) for text in large) * 1_000}))


if __name__ == "__main__":
    main()
