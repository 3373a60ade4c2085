"""What a worker handed over, told to a small file of its own host before and after each final dot.

A message that is taken is `sending` in the database, durably. How far it came stands here: one line right before
the point of no return, one with the answer. A written line lies in the system's memory, so it outlives `kill -9`
of the worker and of the database server, for a hundredth of what a commit costs; the database learns the answers
in batches. There is one file for each lease of a slot, gone when everything in it is in the database.

Who may send what a dead worker left? Only he who has read its journal, after he closed it to the writer: he appends
`over`, and then reads. Appends by several processes come one after another (O_APPEND, write(2)), and the writer
looks after each of his lines whether it came to lie right behind the one before. So either the line `begin` stands
before `over`, and the reader sees it: then the message is `unknown`; or it stands behind, and the writer sees that,
and hands nothing over. No clock is asked, and it does not matter how long either of them sleeps in between.

What the system's memory forgets when the power goes is not in the file afterwards. So each file names the boot of
the machine it was written in, and what a file of another boot does not say was begun is not known either.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core.errors import PostroomError

MOST_BYTES = 4 * 1024 * 1024  # then the turn ends, and the next one has a new file
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NO_BOOT_ID = "-"
_OVER = b"over\n"


class JournalFailed(PostroomError):
    """The journal cannot be written: nothing may be handed over."""


class JournalClosed(PostroomError):
    """Somebody took the lease over; nothing may be handed over under it any more."""


class Journal:
    """Of one lease, by the worker that holds it; used by one thread. Raises JournalFailed."""

    def __init__(self, owner: str) -> None:
        self._path = _folder() / owner
        self._is_synced = settings.JOURNAL_SYNC
        first = f"boot {boot_id()} {'synced' if self._is_synced else ''}\n".encode()
        self.size_bytes = 0
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        except OSError as error:
            raise JournalFailed(f"The journal {self._path} cannot be made: {error}") from error
        self._is_open = True
        try:
            self._append(first)
        except PostroomError:
            self.remove()
            raise

    def begin(self, message: UUID) -> None:
        """Right before the point of no return. Raises JournalClosed, JournalFailed: then it must not be passed."""
        self._append(b"begin %b\n" % message.hex.encode())
        if self._is_synced:
            try:
                os.fdatasync(self._file)
            except OSError as error:
                raise JournalFailed(f"The journal {self._path} cannot be written: {error}") from error

    def end(self, message: UUID, answer: dict[str, object]) -> None:
        """What it came to, for whoever has to write it into the database in the worker's place."""
        self._write(b"end %b %b\n" % (message.hex.encode(), json.dumps(answer).encode()))

    def close(self) -> None:
        """Leave it to whoever settles the lease. Only once: its number may be another file's afterwards."""
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                os.close(self._file)

    def remove(self) -> None:
        """Everything it tells is in the database."""
        self.close()
        remove(self._path.name)

    def _append(self, line: bytes) -> None:
        self._write(line)
        if os.lseek(self._file, 0, os.SEEK_CUR) != self.size_bytes:
            raise JournalClosed("Somebody else settles what this lease held.")

    def _write(self, line: bytes) -> None:
        """Whether somebody took over meanwhile is seen when the next message is begun."""
        self.size_bytes += len(line)
        try:
            is_whole = os.write(self._file, line) == len(line)
        except OSError as error:
            raise JournalFailed(f"The journal {self._path} cannot be written: {error}") from error
        if not is_whole:
            raise JournalFailed(f"The journal {self._path} cannot be written: there is no room left")


@dataclass(frozen=True, slots=True)
class Told:
    """What a journal says of each message's last try. `is_all`: whatever it does not name was not begun."""

    is_all: bool
    begun: set[UUID] = field(default_factory=set)
    ended: dict[UUID, dict] = field(default_factory=dict)


def take_over(owner: str) -> Told | None:
    """Close the journal of this lease to its writer, and read it. None when it does not lie on this host.

    Raises JournalFailed when it cannot be read and closed: then nobody knows what it says, and will yet say.
    """
    path = _folder() / owner
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalFailed(f"The journal {path} cannot be opened: {error}") from error
    try:
        os.write(file, _OVER)
        return _read(os.pread(file, os.fstat(file).st_size, 0))
    except OSError as error:
        raise JournalFailed(f"The journal {path} cannot be written: {error}") from error
    finally:
        os.close(file)


def remove(owner: str) -> None:
    with suppress(OSError):
        (_folder() / owner).unlink()


def left_here() -> list[str]:
    """The leases that have a journal on this host, of live workers as well."""
    with suppress(OSError):
        return os.listdir(_folder())
    return []


def _read(text: bytes) -> Told:
    """Lines that are not whole, as a full disk leaves them, were never acted upon."""
    first, *lines = text.split(b"\n")[:-1] or [b""]
    told = Told(is_all=_is_of_this_boot(first.decode("ascii", "replace").split()))
    for line in lines:
        word, _, rest = line.partition(b" ")
        key, _, answer = rest.partition(b" ")
        with suppress(ValueError):
            if word == b"begin":
                told.begun.add(message := UUID(hex=key.decode()))
                told.ended.pop(message, None)
            elif word == b"end":
                told.ended[UUID(hex=key.decode())] = json.loads(answer)
    return told


def _is_of_this_boot(first: list[str]) -> bool:
    return first[:1] == ["boot"] and (first[2:] == ["synced"] or first[1:2] == [boot_id()] != [NO_BOOT_ID])


@cache
def boot_id() -> str:
    """Names the time since this machine started; containers share it with their host. "-" where none is told."""
    with suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return NO_BOOT_ID


def _folder() -> Path:
    """One for each installation, so that two do not settle each other's, whose databases have the same address."""
    address = _database()
    return _folder_for(common_folder(), _made_at(address))


def common_folder() -> Path:
    """Of all databases that were ever at this one's address."""
    return _folder_for(root(), _database())


def root() -> Path:
    """The folder of all journals: as it is set, else beside the SQLite file, or in var/."""
    if settings.JOURNAL_FOLDER:
        return Path(settings.JOURNAL_FOLDER)
    known = connection.settings_dict
    beside = (
        Path(known["NAME"]).resolve().parent if connection.vendor == "sqlite" else settings.BASE_DIR / "var"
    )
    return beside / "journals"


def _database() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(Path(known["NAME"]).resolve())
    host = known["HOST"] or known["OPTIONS"].get("host", "")
    return f"{host}:{known['PORT']}/{known['NAME']}"


@cache
def _made_at(_address: str) -> str:
    """When the database's first table was made, which names it: to the microsecond, and it never changes."""
    table = MigrationRecorder.Migration._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(applied) FROM {table}")  # noqa: S608 - a constant
        return str(cursor.fetchone()[0])


@cache
def _folder_for(folder: Path, database: str) -> Path:
    return folder / sha256(database.encode()).hexdigest()[:12]
