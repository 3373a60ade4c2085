"""The sandbox as one thing: bound to loopback, one event loop in one thread serving https and the three SMTP ports."""

import asyncio
import ipaddress
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from sandbox import world
from sandbox.certificates import CA_FILE, certificate_authority, server_context
from sandbox.context import Context, Ports
from sandbox.faults import Faults
from sandbox.grants import Grants
from sandbox.mailroom import Mailroom
from sandbox.prepare import CLOUDS_FILE, GOOGLE_FILE, STATE_FILE, prepare
from sandbox.routes import application
from sandbox.smtp.protocol import SandboxSMTP
from sandbox.state import State
from sandbox.tokens import TokenMint

__all__ = ["CannotStart", "Sandbox", "prepare"]


class CannotStart(Exception):
    """A sentence for the person who started it: a port is taken, or the address is not this machine's own."""


class Sandbox:
    """`start()` returns when all ports listen; port 0 means any free one, `ports` then tells which."""

    def __init__(
        self,
        directory: Path,
        *,
        https_port: int = 0,
        starttls_port: int = 0,
        tls_port: int = 0,
        relay_port: int = 0,
        host: str = "127.0.0.1",
    ):
        self.directory, self.host = Path(directory), _loopback(host)
        self.ports = Ports(https_port, starttls_port, tls_port, relay_port)

    @property
    def authority_url(self) -> str:
        return f"https://localhost:{self.ports.https}"

    @property
    def graph_url(self) -> str:
        return f"{self.authority_url}/graph"

    @property
    def starttls_port(self) -> int:
        return self.ports.starttls

    @property
    def tls_port(self) -> int:
        return self.ports.tls

    @property
    def relay_port(self) -> int:
        return self.ports.relay

    @property
    def ca_file(self) -> Path:
        return (self.directory / CA_FILE).resolve()

    @property
    def clouds_file(self) -> Path:
        return (self.directory / CLOUDS_FILE).resolve()

    @property
    def google_file(self) -> Path:
        return (self.directory / GOOGLE_FILE).resolve()

    def start(self) -> None:
        """Raises CannotStart when a port is taken."""
        sockets = _bind_all(self.host, self.ports)
        self.ports = Ports(*(each.getsockname()[1] for each in sockets))
        prepare(self.directory, self.ports)
        self._settled, self._listening = threading.Event(), False
        self._thread = threading.Thread(target=self._run, args=(sockets,), name="sandbox")
        self._thread.start()
        self._settled.wait()
        if not self._listening:
            raise CannotStart(f"The sandbox could not start; its files in {self.directory} may be damaged.")

    def stop(self) -> None:
        """Close the ports and every connection; open requests are cut off."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def run_forever(self) -> None:
        """Start, and stop on SIGINT or SIGTERM. Main thread only."""
        over = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: over.set())
        self.start()
        over.wait()
        self.stop()

    def _run(self, sockets: list[socket.socket]) -> None:
        try:
            asyncio.run(self._serve(sockets))
        finally:
            self._settled.set()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        state = State(self.directory / STATE_FILE)
        context = self._context(state)
        tls = server_context(certificate_authority(self.directory))
        https, *smtp = sockets
        runner = web.AppRunner(application(context), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        servers = [
            await self._loop.create_server(runner.server, sock=https, ssl=tls),
            *await _serve_smtp(context, smtp, tls),
        ]
        self._listening = True
        self._settled.set()
        await self._over.wait()
        for server in servers:
            server.close()
            if hasattr(server, "abort_clients"):  # Python 3.13: those still shaking hands, too
                server.abort_clients()
        await _hang_up(runner, context)
        state.close()

    def _context(self, state: State) -> Context:
        return Context(
            world=world.load(),
            ports=self.ports,
            mint=TokenMint(self.directory),
            grants=Grants(state),
            mailroom=Mailroom(state),
            faults=Faults(state),
        )


async def _serve_smtp(context: Context, sockets: list[socket.socket], tls) -> list[asyncio.Server]:
    starttls, implicit, relay = sockets
    loop = asyncio.get_running_loop()
    return [
        await loop.create_server(lambda: SandboxSMTP(context, tls_context=tls), sock=starttls),
        await loop.create_server(lambda: SandboxSMTP(context, secure=True), sock=implicit, ssl=tls),
        await loop.create_server(lambda: SandboxSMTP(context, relay=True), sock=relay),
    ]


async def _hang_up(runner: web.AppRunner, context: Context) -> None:
    """End every conversation at once; nobody is waited for, as a TLS goodbye may never be answered."""
    transports = [
        each.transport for each in (*runner.server.connections, *context.smtp_open) if each.transport
    ]
    await runner.cleanup()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for transport in transports:
        # Python before 3.11.5: a TLS transport that is closed already has no protocol left to abort.
        with suppress(AttributeError):
            transport.abort()
    await asyncio.sleep(0.01)  # a round of the loop, in which it closes the sockets


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise CannotStart(f"The sandbox takes any password, so it listens on this machine only, not on {host}.")


def _bind_all(host: str, ports: Ports) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for name, port in ports._asdict().items():
            sockets.append(_bind(host, port, name))
    except CannotStart:
        for each in sockets:
            each.close()
        raise
    return sockets


def _bind(host: str, port: int, name: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError:
        raise CannotStart(
            f"Port {port} is taken. End the program that uses it, or name another port with --{name}-port."
        ) from None
