"""A check with a worker beside it, as in the portal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from accounts.models import Membership
from sender.doctor.examine import Wanted, examine
from sender.doctor.steps import Book
from sender.worker import Worker


@contextmanager
def working() -> Iterator[Worker]:
    """A worker that sends while the test looks on."""
    worker = Worker(threads=2)

    def run() -> None:
        worker.run()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()


def check(person: Membership, **wanted: object) -> Book:
    """The whole check; with `send_to` a worker sends the message."""
    if not wanted.get("send_to"):
        return examine(person, Wanted(**wanted))
    with working():
        return examine(person, Wanted(asked_by="test", wait_s=20, **wanted))


def states(book: Book) -> dict[str, str]:
    return {step.id: step.state.value for step in book.steps}
