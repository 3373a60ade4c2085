"""What the figures were measured on, without names of machine, folder or person."""

import os
import platform
import re
from pathlib import Path

from bench import databases


def described(folder: Path) -> str:
    """Two sentences."""
    return (
        f"{os.cpu_count()} cores ({_processor()}), Python {platform.python_version()}, "
        f"{databases.versions(folder)}. Writing 4 kB to the disk takes {databases.fsync_ms(folder):.2f} ms, with a "
        f"millisecond between two times {databases.fsync_ms(folder, pause_s=0.001):.2f} ms."
    )


def load() -> str:
    """How busy the machine was in the last minute."""
    return f"Load {os.getloadavg()[0]:.1f}."


def busy_s() -> float:
    """Seconds that all cores together worked since the machine started, for whomever; 0 where it is not told."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return 0.0
    user, nice, system, _idle, _waiting, *others = map(int, first.split()[1:8])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*: (.+)", text)
    return found[1] if found else platform.machine()
