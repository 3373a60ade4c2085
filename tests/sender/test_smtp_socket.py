"""Waiting for a socket that never waits by itself."""

import select
import socket
import threading
import time
from contextlib import suppress
from functools import partial

import pytest

from sender.transports.smtp_socket import is_possible, when_possible

LONG_S = 10


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        yield ours, theirs


def in_time() -> float:
    return time.monotonic() + LONG_S


def test_what_comes_later_is_waited_for(pair):
    ours, theirs = pair
    later = threading.Timer(0.05, theirs.sendall, [b"250 ok"])
    later.start()
    assert when_possible(ours, partial(ours.recv, 100), select.POLLIN, in_time()) == b"250 ok"
    later.join()


def test_what_does_not_come_is_given_up(pair):
    ours, _theirs = pair
    with pytest.raises(TimeoutError, match="timed out"):
        when_possible(ours, partial(ours.recv, 100), select.POLLIN, time.monotonic())
    assert not is_possible(ours, select.POLLIN, 0)


def test_a_full_connection_is_waited_for_until_the_other_side_reads(pair):
    ours, theirs = pair
    piece = b"x" * 65_536
    with suppress(BlockingIOError):
        while ours.send(piece):
            pass
    with pytest.raises(TimeoutError):
        when_possible(ours, partial(ours.send, piece), select.POLLOUT, time.monotonic())
    reader = threading.Thread(target=theirs.recv, args=[10_000_000])
    reader.start()
    assert when_possible(ours, partial(ours.send, piece), select.POLLOUT, in_time()) > 0
    reader.join()


def test_the_end_of_a_connection_is_news(pair):
    ours, theirs = pair
    theirs.close()
    assert is_possible(ours, select.POLLIN, 0)
    assert when_possible(ours, partial(ours.recv, 100), select.POLLIN, in_time()) == b""
