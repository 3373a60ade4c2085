"""What the figures were measured on, without names of machine, folder or person."""

import os
import platform
import re
from pathlib import Path

from bench import databases


def described(folder: Path) -> str:
    """A sentence or two for the head of the table; also how busy the machine was."""
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({_processor()}), Python {platform.python_version()}, "
        f"{databases.versions(folder)}. Writing 4 kB to the disk takes {databases.fsync_ms(folder):.2f} ms, with a "
        f"millisecond between two times {databases.fsync_ms(folder, pause_s=0.001):.2f} ms. "
        f"Load of the machine at the start: {busy:.1f}."
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*: (.+)", text)
    return found[1] if found else platform.machine()
