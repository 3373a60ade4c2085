"""Starting the product's own commands as real processes, on the database of the running test."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """The address of the test's own database, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    folder = connection.settings_dict["OPTIONS"]["host"]
    return f"postgres://postgres:@/{name}?host={folder}"


def environment(**extra: str) -> dict[str, str]:
    own = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": database_url()}
    own["TEST_PUBLIC_URL"] = "http://localhost"  # the checks of a start want a real address
    return {**os.environ, **own, **extra}


def manage(*arguments: str, **options: object) -> subprocess.CompletedProcess:
    """Run `manage.py` to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        **options,
    )


@contextmanager
def running(*arguments: str):
    """`manage.py` with these arguments, running meanwhile; killed at the end if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def portal(surroundings: dict[str, str], output: IO[str] | None = None) -> Iterator[int]:
    """The portal by the server that `make run` starts, as soon as its worker listens; its port.

    While Granian's worker loads the application, it has its parent's handler of SIGTERM, which only notes it, and the
    parent waits for it for ever. So nothing here gives up early, and a worker that was asked to end in vain is killed.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--blocking-threads", "4", "--workers-kill-timeout", "10", "portal.wsgi:application"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=surroundings | {"TEST_PUBLIC_URL": f"http://localhost:{port}"},
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )
    try:
        _wait_until_it_listens(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    ends_at = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < ends_at:
        try:
            return socket.create_connection(("127.0.0.1", port), 5).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("The portal does not start.")
