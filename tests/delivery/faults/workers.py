"""Real worker processes, forked from one that has everything imported: so that many can be killed in little time."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from django.conf import settings
from django.db import connection

from tests.delivery.faults import worker_process

PATIENCE_S = 30
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["__main__", worker_process.__name__])


@dataclass
class RealWorker:
    process: BaseProcess

    def kill(self) -> None:
        """As the system does it when memory runs out."""
        self.process.kill()
        self.process.join()

    def freeze(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def ask_to_stop(self) -> None:
        self.process.terminate()

    def exit_code(self) -> int | None:
        """Once it has ended; None when it does not."""
        self.process.join(PATIENCE_S)
        return self.process.exitcode

    @property
    def is_running(self) -> bool:
        return self.process.is_alive()


def start(*, threads: int = 16, until_empty: bool = False, **changes: object) -> RealWorker:
    """`manage.py worker` on the test's database; `changes` of modules' values, such as sender__leases__LEASE."""
    facts = {name: getattr(settings, name) for name in ("EXTRA_CA_FILE", "MICROSOFT_CLOUDS_FILE")}
    process = _context.Process(
        target=worker_process.run, args=(connection.settings_dict, facts, changes, threads, until_empty)
    )
    process.start()
    return RealWorker(process)


@contextmanager
def running(count: int = 1, **options: object) -> Iterator[list[RealWorker]]:
    """Some workers; killed at the end where they are still there."""
    started = [start(**options) for _ in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.process.close()
