"""The gateway as one thing: it listens, lets threads sign in and store, and ends in good order."""

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from django.db import close_old_connections, connections

from gateway import failures, replies
from gateway.by_parent import ByParent
from gateway.handing_over import Letter, hand_over
from gateway.limits import Admitted, Counts, Limits
from gateway.reading import Refused
from gateway.session import Session
from gateway.sign_in import SignedIn, sign_in
from sender.statements import TROUBLE

CLOSE_S = 5  # for a thread's database connection, at the end

log = structlog.get_logger()


class CannotStart(Exception):
    """A sentence for the operator. `is_lasting`: starting again does not mend it."""

    def __init__(self, sentence: str, *, is_lasting: bool) -> None:
        super().__init__(sentence)
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True)
class Ports:
    """None: not offered; 0: any free one."""

    starttls: int | None = None
    tls: int | None = None


class Gateway:
    """`run` returns after `stop`, when what was in hand is stored. `ports` are known once `listening` is set."""

    def __init__(
        self,
        host: str,
        ports: Ports,
        *,
        name: str,
        certificate: Path,
        private_key: Path,
        threads: int = 8,
        limits: Limits | None = None,
    ) -> None:
        self.host, self.ports, self.name, self.threads = host, ports, name, threads
        self.limits = limits or Limits()
        self.counts: Counts | ByParent = Counts(self.limits)
        self.connections: set[Session] = set()
        self.is_draining = False
        self.listening = threading.Event()
        self._files = (certificate, private_key)
        self.tls_context = tls_context(*self._files)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopping = False
        self._taking: set[asyncio.Task] = set()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="gateway")

    def run(self) -> None:
        """Raises CannotStart."""
        asyncio.run(self._serve())
        log.info("gateway stopped")

    def run_by(self, parent: ByParent) -> None:
        """The same in a process that is handed its connections by another one."""
        self.counts = parent
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Take nothing new, finish the messages in hand, then end. From any thread, or a signal's handler."""
        self._is_stopping = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _serve(self) -> None:
        self._stopping, self._empty = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if self._is_stopping:
            self._stopping.set()
        servers = await self._listen()
        try:
            await self._stopping.wait()
        finally:
            for server in servers:
                server.close()
            await self._drain()
            await asyncio.to_thread(self._close_threads)

    async def _listen(self) -> list[asyncio.Server]:
        if isinstance(self.counts, ByParent):
            self.counts.listen(self)
            return []
        servers = []
        for name, sock in self.bind().items():
            new = partial(Session, self, is_tls=name == "tls")
            servers.append(await self._loop.create_server(new, sock=sock))
        if threading.current_thread() is threading.main_thread():
            self._loop.add_signal_handler(signal.SIGHUP, self.read_certificate_anew)
        log.info("gateway started", starttls=self.ports.starttls, tls=self.ports.tls)
        self.listening.set()
        return servers

    def bind(self) -> dict[str, socket.socket]:
        """Sockets that listen, by the name of their port. Raises CannotStart."""
        wanted = {"starttls": self.ports.starttls, "tls": self.ports.tls}
        bound = {name: _bind(self.host, port) for name, port in wanted.items() if port is not None}
        self.ports = Ports(**{name: sock.getsockname()[1] for name, sock in bound.items()})
        return bound

    def take(self, connection: socket.socket, admitted: Admitted, *, is_tls: bool) -> None:
        """Serve a connection that another process took and counted."""
        new = partial(Session, self, is_tls=is_tls, admitted=admitted)
        connection.setblocking(False)
        taking = self._loop.create_task(self._loop.connect_accepted_socket(new, connection))
        self._taking.add(taking)  # or nobody holds it
        taking.add_done_callback(self._taking.discard)

    def read_certificate_anew(self) -> None:
        """For connections from now on; the old one stays when the new one cannot be read."""
        try:
            tls_context(*self._files)
            self.tls_context.load_cert_chain(*self._files)
            log.info("certificate read anew")
        except CannotStart as error:
            log.error("the old certificate stays in use", why=str(error))

    # Ending

    def on_lost(self) -> None:
        if not self.connections:
            self._empty.set()

    async def _drain(self) -> None:
        self.is_draining = True
        for session in list(self.connections):
            if not session.is_in_hand:
                session.hang_up(replies.CLOSING)
        if self.connections:
            self._empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), self.limits.drain_s)
        for session in list(self.connections):
            session.cut()
        await asyncio.sleep(0)  # a round of the loop, in which their sockets are closed

    def _close_threads(self) -> None:
        """Each thread closes its own connection to the database."""
        everybody = threading.Barrier(self.threads)

        def close() -> None:
            connections.close_all()
            with suppress(threading.BrokenBarrierError):  # one still stores: its connection ends with it
                everybody.wait(CLOSE_S)

        for _ in range(self.threads):
            self._pool.submit(close)
        self._pool.shutdown(wait=True)

    # Work in threads

    async def sign_in(self, user_name: str, secret: str, address: str) -> SignedIn:
        """Raises Refused."""
        most = self.limits.failures_per_address
        arguments = user_name, secret, address, most
        return await self._in_thread(_sign_in, *arguments, otherwise=replies.SIGN_IN_NOT_NOW)

    async def hand_over(self, who: SignedIn, letter: Letter) -> str:
        """The reply. After a 451 it may be stored all the same: sent again, it is known by its Message-ID."""
        try:
            return await self._in_thread(hand_over, who, letter, otherwise=replies.NOT_NOW)
        except Refused as refused:
            return refused.reply

    async def _in_thread(self, work: Callable, *arguments: object, otherwise: str) -> object:
        """What the work returns; raises Refused with `otherwise` when it takes too long."""
        # Shielded: a client that hangs up does not undo what is being stored.
        running = asyncio.shield(self._loop.run_in_executor(self._pool, work, *arguments))
        try:
            return await asyncio.wait_for(running, self.limits.store_s)
        except TimeoutError:
            log.error("the database takes too long", seconds=self.limits.store_s)
            raise Refused(otherwise) from None


def _sign_in(user_name: str, secret: str, address: str, most_failures: int) -> SignedIn:
    close_old_connections()
    try:
        failed = failures.count(address)
        if failed >= most_failures:
            raise Refused(replies.SIGN_IN_NOT_NOW)
        who = sign_in(user_name, secret)
        if failed:
            failures.forget(address)
        return who
    except Refused as refused:
        if refused.reply.startswith(replies.WRONG_SIGN_IN):
            failures.add(address)
        raise
    except TROUBLE:
        log.warning("nobody can sign in", exc_info=True)
        raise Refused(replies.SIGN_IN_NOT_NOW) from None


def tls_context(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """Raises CannotStart."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A key with a password is refused: OpenSSL would ask for it at the terminal, and nobody is there.
        context.load_cert_chain(certificate, private_key, password="")
    except OSError as error:  # errors of TLS are among these
        sentence = f"The certificate {certificate} with the key {private_key} cannot be used: {error}."
        raise CannotStart(sentence, is_lasting=True) from None
    return context


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Shared: several processes take turns, and a new one can start while the old one finishes.
        return socket.create_server((host, port), family=family, backlog=128, reuse_port=True)
    except OSError as error:
        sentence = f"The gateway cannot listen on {host}, port {port}: {error.strerror}."
        raise CannotStart(sentence, is_lasting=False) from None
