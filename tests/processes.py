"""Starting the product's own commands as real processes, on the database of the running test."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

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
        timeout=60,
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
