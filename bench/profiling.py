"""cProfile over all threads of a worker, the sleeping left out by reading `tottime`."""

import cProfile
import pstats
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def profiled(path: str) -> Iterator[None]:
    """Profiles each thread that starts inside the block, and writes the sum as text to `path`."""
    profiles: list[cProfile.Profile] = []
    run = threading.Thread.run

    def profiled_run(thread: threading.Thread) -> None:
        profile = cProfile.Profile()
        profiles.append(profile)
        profile.runcall(run, thread)

    threading.Thread.run = profiled_run
    try:
        yield
    finally:
        threading.Thread.run = run
    with open(path, "w") as file:
        figures = pstats.Stats(*profiles, stream=file)
        figures.sort_stats("tottime").print_stats(60)
        figures.sort_stats("cumulative").print_stats(60)
