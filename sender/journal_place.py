"""That a folder of journals is one host's alone. Workers of a host settle each other's messages by what lies there.

Two hosts on one folder would close each other's journals, and believe the boot of the other to be over; and no
network's disk promises that lines of two writers come one after another. So it is refused where it can be noticed:
by the kind of disk, and by a file beside the folder that each worker holds locked while it runs (flock(2)), and that
names the host: whoever is not alone there has to find his own.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sender.journal import NO_BOOT_ID, JournalFailed, boot_id, common_folder

_MOUNTS = Path("/proc/self/mountinfo")  # https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
_OF_A_NETWORK = frozenset(
    [
        *(
            "afs",
            "beegfs",
            "ceph",
            "cifs",
            "coda",
            "davfs",
            "gfs2",
            "glusterfs",
            "gpfs",
            "lustre",
            "nfs",
            "nfs4",
        ),
        *("ocfs2", "orangefs", "smb3", "smbfs"),
        *("fuse.ceph", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.juicefs", "fuse.rclone"),
        *("fuse.s3fs", "fuse.seaweedfs", "fuse.sshfs"),
    ]
)
LONGEST = 100  # bytes of a host's name


@contextmanager
def held() -> Iterator[None]:
    """While a worker runs. Raises JournalFailed where no journal could be written, or another host writes some."""
    folder = common_folder()
    if kind := network_disk(folder):
        raise JournalFailed(f"The journal's folder {folder} lies on a disk of the network ({kind})")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(folder.with_suffix(".host"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise JournalFailed(f"The journal's folder {folder} cannot be written: {error}") from error
    try:
        _share(file, folder)
        yield
    finally:
        os.close(file)


def network_disk(folder: Path) -> str:
    """The kind of the network's disk that the folder lies on; "" where it lies on none, or nothing is told."""
    try:
        mounts = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    folder = folder.resolve()
    kind, longest = "", -1
    for line in mounts:
        mounted, _, source = line.partition(" - ")
        place = Path(mounted.split()[4].replace(r"\040", " "))
        if folder.is_relative_to(place) and len(place.parts) >= longest:
            kind, longest = source.split()[0], len(place.parts)
    return kind if kind in _OF_A_NETWORK else ""


def _share(file: int, folder: Path) -> None:
    """Write down whose it is when nobody else runs, and look whose it is in any case."""
    own = _host()
    try:
        if _is_alone(file):
            os.ftruncate(file, 0)
            os.pwrite(file, own, 0)
        fcntl.flock(file, fcntl.LOCK_SH)  # waits for whoever starts just now
        found = os.pread(file, LONGEST, 0)
    except OSError as error:
        raise JournalFailed(f"The journal's folder {folder} cannot be written: {error}") from error
    if found != own:
        raise JournalFailed(f"The journal's folder {folder} is used by workers of another host")


def _is_alone(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _host() -> bytes:
    """Containers of a host share the boot, and may share the folder."""
    boot = boot_id()
    return (os.uname().nodename if boot == NO_BOOT_ID else boot).encode()[:LONGEST]
