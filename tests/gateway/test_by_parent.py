"""One of several processes, and what it says to the one that started it."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import channel
from gateway.by_parent import ByParent


class Stub:
    """Of a gateway, what is asked of it here."""

    is_draining = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def stop(self) -> None:
        self.asked.append("stop")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    both = channel.pair()
    yield both
    for one in both:
        one.close()


def in_a_loop(run: Callable[[], Coroutine[None, None, None]]) -> None:
    """In a thread of its own: the browser's tests leave a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(run())).result()


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_connection_that_got_lost_is_given_back_and_nothing_else_ends(pair):
    parent, gateway = pair[0], Stub()

    async def run() -> None:
        ByParent(pair[1]).listen(gateway)
        channel.tell(parent, "tls", "192.0.2.1", "")
        channel.tell(parent, "tls", None, "421 4.7.0 Too many")
        await turns()

    in_a_loop(run)
    assert channel.hear(parent) == (["disconnect", "192.0.2.1"], None)
    assert gateway.asked == []


def test_a_key_for_a_client_that_is_gone_is_given_back(pair):
    parent = pair[0]

    async def run() -> None:
        child = ByParent(pair[1])
        child.listen(Stub())
        asking = asyncio.create_task(child.ask("use_key", "7"))
        await turns()
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        channel.tell(parent, "answer", 1, True)
        await turns()

    in_a_loop(run)
    assert channel.hear(parent)[0] == ["use_key", "7", 1]
    assert channel.hear(parent)[0] == ["leave_key", "7"]


def test_a_process_whose_parent_ended_finishes(pair):
    gateway = Stub()

    async def run() -> None:
        ByParent(pair[1]).listen(gateway)
        pair[0].close()
        await turns()

    in_a_loop(run)
    assert gateway.asked == ["stop"]
