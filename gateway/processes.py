"""A gateway of several processes: one takes the connections and hands each to the process that has the fewest.

The system would share them out by chance (`SO_REUSEPORT`), so that of four connections two meet in one process while
another has none. All limits are counted here, and so over all processes. This one does nothing else: TLS, the
conversation and storing are the others'.
"""

import multiprocessing
import selectors
import signal
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess

import structlog
from django.db import connections

from gateway import channel
from gateway.by_parent import ByParent
from gateway.limits import Counts
from gateway.server import Gateway

AGAIN_AFTER_S = 1  # a process that ended is replaced, but not as fast as one can end
_TOLD, _ASKED = ("disconnect", "leave_key", "failed", "succeeded"), ("use_key", "is_locked_out")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

log = structlog.get_logger()


@dataclass(eq=False)
class _Child:
    process: BaseProcess
    channel: socket.socket
    addresses: Counter[str] = field(default_factory=Counter)  # of its connections
    keys: Counter[str] = field(default_factory=Counter)

    @property
    def load(self) -> int:
        return self.addresses.total()


class Processes:
    """`gateway` says how they are set up and is not run in this one. `run` returns after `stop`, as its own does."""

    def __init__(self, gateway: Gateway, count: int) -> None:
        self._gateway, self._count = gateway, count
        self._counts = Counts(gateway.limits)
        self._children: list[_Child] = []
        self._listening: list[socket.socket] = []
        self._not_before = 0.0  # monotonic; the next one is started then
        self._is_stopping = self._is_certificate_new = False
        # Nothing of it is the system's, where the processes would share it.
        self._selector = selectors.PollSelector()
        self._wake, self._woken = socket.socketpair()

    def stop(self) -> None:
        """As `Gateway.stop`, from a signal's handler."""
        self._is_stopping = True
        self._wake.send(b".")

    def run(self) -> None:
        """Raises CannotStart."""
        self._listen()
        self._selector.register(self._woken, selectors.EVENT_READ, lambda: self._woken.recv(100))
        signal.signal(signal.SIGHUP, self._on_certificate)
        self._start_missing()
        ports = self._gateway.ports
        log.info("gateway started", starttls=ports.starttls, tls=ports.tls, processes=self._count)
        while not self._is_stopping:
            self._start_missing()
            self._turn()
        for sock in self._listening:
            self._selector.unregister(sock)
            sock.close()
        self._tell_all("stop")
        while self._children:
            self._turn()
        log.info("gateway stopped")

    def _listen(self) -> None:
        for name, sock in self._gateway.bind().items():
            sock.setblocking(False)
            self._listening.append(sock)
            self._selector.register(sock, selectors.EVENT_READ, partial(self._take, sock, name))

    def _turn(self) -> None:
        wait_s = AGAIN_AFTER_S if len(self._children) < self._count else None
        for key, _events in self._selector.select(wait_s):
            key.data()
        if self._is_certificate_new:
            self._is_certificate_new = False
            self._gateway.read_certificate_anew()  # for processes that are still to be started
            self._tell_all("certificate")

    def _on_certificate(self, *_signal: object) -> None:
        self._is_certificate_new = True
        self._wake.send(b".")

    # Connections

    def _take(self, listening: socket.socket, name: str) -> None:
        if not self._children:  # it waits until one is there
            time.sleep(0.1)
            return
        try:
            connection, peer = listening.accept()
        except OSError as error:  # it is gone already; or no file descriptors are left, for the moment
            log.warning("a connection could not be taken", why=str(error))
            time.sleep(0.1)
            return
        admitted = self._counts.admit(peer)
        child = min(self._children, key=lambda each: each.load)
        if admitted.address is not None:
            child.addresses[admitted.address] += 1
        with connection:
            self._tell(child, name, admitted.address, admitted.refusal, connection=connection)

    def _hear(self, child: _Child) -> None:
        heard = channel.hear(child.channel)
        if heard is None:
            self._ended(child)
            return
        what, about, *number = heard[0]
        if what in _ASKED:
            is_so = getattr(self._counts, what)(about)
            if what == "use_key" and is_so:
                child.keys[about] += 1
            self._tell(child, "answer", *number, is_so)
        elif what in _TOLD:
            getattr(self._counts, what)(about)
            if what == "disconnect":
                child.addresses[about] -= 1
            elif what == "leave_key":
                child.keys[about] -= 1

    def _tell_all(self, word: str) -> None:
        for child in list(self._children):
            self._tell(child, word)

    def _tell(self, child: _Child, *words: object, connection: socket.socket | None = None) -> None:
        try:
            channel.tell(child.channel, *words, connection=connection)
        except TimeoutError:
            log.error("a process of the gateway is stuck, and is ended", process=child.process.pid)
            child.process.kill()
        except OSError:  # it has ended, which is heard as well
            pass

    # Processes

    def _start_missing(self) -> None:
        while len(self._children) < self._count and time.monotonic() >= self._not_before:
            self._start()

    def _start(self) -> None:
        connections.close_all()  # a connection to the database cannot be shared
        ours, theirs = channel.pair()
        process = multiprocessing.get_context("fork").Process(target=self._serve, args=(theirs,))
        # Signals come to all processes of a terminal or a service; the others hear from this one what to do.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._children.append(child := _Child(process, ours))
        self._selector.register(ours, selectors.EVENT_READ, partial(self._hear, child))
        try:
            process.start()
        except OSError as error:  # no memory for it: `theirs` is closed, which is heard as its end
            log.error("a process of the gateway could not be started", why=str(error))
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            theirs.close()

    def _serve(self, to_parent: socket.socket) -> None:
        """In the new process."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for sock in (self._wake, self._woken, *self._listening, *(each.channel for each in self._children)):
            sock.close()  # so that each is closed when the parent closes it
        self._gateway.run_by(ByParent(to_parent))

    def _ended(self, child: _Child) -> None:
        self._children.remove(child)
        self._selector.unregister(child.channel)
        child.channel.close()
        if child.process.pid is not None:
            child.process.join()
        for address in child.addresses.elements():
            self._counts.disconnect(address)
        for key in child.keys.elements():
            self._counts.leave_key(key)
        if not self._is_stopping:
            self._not_before = time.monotonic() + AGAIN_AFTER_S
            log.error("a process of the gateway ended; another is started", exit_code=child.process.exitcode)
