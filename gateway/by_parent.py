"""One process of several: it is handed its connections by the one that started it, which also counts them."""

import asyncio
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from gateway import channel
from gateway.limits import Admitted

if TYPE_CHECKING:
    from gateway.server import Gateway

STOPPED_AT_ONCE = 1

log = structlog.get_logger()


class ByParent:
    """Stands for `Counts`: what those decide is asked of the parent, the rest it is told. Of one event loop."""

    def __init__(self, to_parent: socket.socket) -> None:
        self.in_hand_bytes = 0
        self._channel = to_parent
        self._asked = 0
        self._answers: dict[int, tuple[asyncio.Future[bool], str, object]] = {}

    def listen(self, gateway: "Gateway") -> None:
        self._gateway, self._loop = gateway, asyncio.get_running_loop()
        self._loop.add_reader(self._channel, self._hear)

    def _hear(self) -> None:
        heard = channel.hear(self._channel)
        if heard is None:
            self._left_alone()
            return
        (what, *words), connection = heard
        if what in ("starttls", "tls"):
            self._take(connection, Admitted(*words), is_tls=what == "tls")
        elif what == "answer":
            self._answered(*words)
        elif what == "certificate":
            self._gateway.read_certificate_anew()
        elif what == "stop":
            self._gateway.stop()

    def _take(self, connection: socket.socket | None, admitted: Admitted, *, is_tls: bool) -> None:
        if connection is not None:
            self._gateway.take(connection, admitted, is_tls=is_tls)
            return
        log.error("a connection was lost on its way here; are there too few file descriptors?")
        if admitted.address is not None:
            self.disconnect(admitted.address)

    def _left_alone(self) -> None:
        """What is in hand is finished; who was finishing already is not waited for any more."""
        if self._gateway.is_draining:
            os._exit(STOPPED_AT_ONCE)
        self._loop.remove_reader(self._channel)
        self._gateway.stop()

    def _answered(self, number: int, is_so: bool) -> None:
        answer, what, about = self._answers.pop(number)
        if not answer.done():
            answer.set_result(is_so)
        elif is_so and what == "use_key":  # the client is gone, and nobody else would give the key back
            self.leave_key(about)

    async def ask(self, what: str, about: object) -> bool:
        self._asked += 1
        answer = self._loop.create_future()
        self._answers[self._asked] = answer, what, about
        self._tell(what, about, self._asked)
        return await answer

    def disconnect(self, address: str) -> None:
        self._tell("disconnect", address)

    def leave_key(self, key: str) -> None:
        self._tell("leave_key", key)

    def failed(self, address: str) -> None:
        self._tell("failed", address)

    def succeeded(self, address: str) -> None:
        self._tell("succeeded", address)

    def _tell(self, *words: object) -> None:
        with suppress(OSError):  # the parent has ended, which is heard as well
            channel.tell(self._channel, *words)
