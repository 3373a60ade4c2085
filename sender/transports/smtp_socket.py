"""Waiting for a socket that never waits by itself, with TLS or without."""

import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def when_possible(sock: socket.socket, act: Callable[[], T], event: int, deadline: float) -> T:
    """`act`, tried again as soon as `sock` takes (POLLOUT) or has (POLLIN) something; TLS may wait for the other.

    `deadline` by the monotonic clock. Raises TimeoutError, OSError.
    """
    while True:
        try:
            return act()
        except ssl.SSLWantReadError:
            event = select.POLLIN
        except ssl.SSLWantWriteError:
            event = select.POLLOUT
        except BlockingIOError:
            pass
        if not is_possible(sock, event, deadline - time.monotonic()):
            raise TimeoutError("timed out")


def is_possible(sock: socket.socket, event: int, limit_s: float) -> bool:
    """Asked of the system, as trying costs much more when there is nothing. Waits no longer than `limit_s`."""
    if event == select.POLLIN and isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    look = select.poll()
    look.register(sock, event)
    return bool(look.poll(max(limit_s, 0) * 1_000))
