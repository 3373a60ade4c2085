"""What the processes of a gateway say to each other: short lists of words, and with one of them a connection.

A pair of sockets that keep messages apart and tell when the other side has ended (`SOCK_SEQPACKET`,
https://man7.org/linux/man-pages/man7/unix.7.html).
"""

import json
import socket
import sys

IS_POSSIBLE = sys.platform == "linux"
STUCK_S = 5  # who does not read for so long while hundreds of messages wait does not run any more
_MOST_BYTES = 4_096


def pair() -> tuple[socket.socket, socket.socket]:
    both = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for one in both:
        one.settimeout(STUCK_S)
    return both


def tell(channel: socket.socket, *words: object, connection: socket.socket | None = None) -> None:
    """Raises OSError when the other side has ended, or is stuck."""
    handed = [] if connection is None else [connection.fileno()]
    socket.send_fds(channel, [json.dumps(words).encode()], handed)


def hear(channel: socket.socket) -> tuple[list, socket.socket | None] | None:
    """The next message, with the connection that came with it; None when the other side has ended."""
    try:
        text, handed, _flags, _address = socket.recv_fds(channel, _MOST_BYTES, 1)
    except ConnectionError:
        return None
    if not text:
        return None
    return json.loads(text), socket.socket(fileno=handed[0]) if handed else None
