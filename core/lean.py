"""A long-running process of many threads takes less memory and time by two settings of its allocators."""

import ctypes
import gc
from contextlib import suppress

ARENAS = 2
_M_ARENA_MAX = -8  # https://man7.org/linux/man-pages/man3/mallopt.3.html
YOUNG = 10_000  # objects more than were freed, after which Python looks for cycles; 700 by itself


def be_lean() -> None:
    """Call it before threads start.

    glibc gives threads up to eight arenas a core, each of which keeps what its thread once needed. What the program
    was loaded with never goes, so that it is not looked through for garbage again and again.
    """
    with suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
