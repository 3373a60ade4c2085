"""One connection, before anything is said on it: counted, encrypted, timed, and hung up.

aiosmtpd reads the commands and makes STARTTLS possible (RFC 3207).
"""

import asyncio
import collections
from asyncio import sslproto
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import SMTP

from gateway import replies
from gateway.limits import Admitted
from gateway.sign_in import SignedIn

if TYPE_CHECKING:
    from gateway.server import Gateway

_LINE_BYTES = 64 * 1024  # read at once; also bounds what waits to be read
_COMMAND_BYTES = 16 * 1024  # AUTH has the longest: RFC 4954 section 4

log = structlog.get_logger()


class _Unforeseen:
    """aiosmtpd asks a handler what to say of errors; by itself it would tell the client what they are."""

    async def handle_exception(self, error: Exception) -> str:
        log.error("a session failed", exc_info=error)
        return replies.NOT_NOW


class _Tls(sslproto.SSLProtocol):
    """Tells its connection in any case that it is gone: asyncio does not where no handshake was made."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.is_made = connection.loop.create_future()
        self.is_made.add_done_callback(
            lambda made: made.cancelled() or made.exception()
        )  # it may wait in vain
        super().__init__(connection.loop, connection, connection.tls_context, self.is_made, server_side=True)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_made.cancel()
        super().connection_lost(error)
        self._connection.loop.call_soon(self._connection.connection_lost, error)


class Connection(SMTP):
    """`is_tls`: encrypted from the first byte on. `admitted`: by another process, which counted it."""

    line_length_limit = _LINE_BYTES
    command_size_limit = _COMMAND_BYTES
    command_size_limits = collections.defaultdict(lambda: _COMMAND_BYTES)

    def __init__(self, gateway: "Gateway", *, is_tls: bool, admitted: Admitted | None = None) -> None:
        self.gateway, self.limits, self._is_tls = gateway, gateway.limits, is_tls
        self._admitted = admitted
        loop = asyncio.get_running_loop()
        self._sign_in_by = loop.time() + self.limits.sign_in_s
        self.who: SignedIn | None = None
        self.is_in_hand = False  # from DATA to the reply
        super().__init__(
            _Unforeseen(),
            data_size_limit=self.limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=gateway.name,
            ident="ESMTP Postroom",
            tls_context=gateway.tls_context,
            timeout=self.limits.idle_s,
            loop=loop,
        )

    @property
    def address(self) -> str | None:
        """As it is counted; None: it is not."""
        return self._admitted.address

    @property
    def is_secure(self) -> bool:
        return self._tls_protocol is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        is_first = self.transport is None
        super().connection_made(transport)
        if not is_first:  # TLS was made on it
            return
        self.gateway.connections.add(self)
        self._admitted = self._admitted or self.gateway.counts.admit(transport.get_extra_info("peername"))
        if self._is_tls and self.address is None:
            transport.abort()
        elif self._is_tls:
            self.begin_tls()

    def connection_lost(self, error: Exception | None) -> None:
        if self not in self.gateway.connections:  # told before
            return
        self.gateway.connections.discard(self)
        if self.address is not None:
            self.gateway.counts.disconnect(self.address)
        self._leave_key()
        super().connection_lost(error)
        self.gateway.on_lost()

    def begin_tls(self) -> None:
        """As aiosmtpd does; a connection made for TLS is counted before its handshake, which may never come."""
        self._tls_protocol = _Tls(self)
        self._original_transport = self.transport
        self._original_transport.set_protocol(self._tls_protocol)
        self.transport = self._tls_protocol._app_transport
        self._tls_protocol.connection_made(self._original_transport)

    async def is_tls_made(self) -> bool:
        try:
            await self._tls_protocol.is_made
        except OSError:  # errors of TLS are among these
            self.cut()
            return False
        return True

    async def _handle_client(self) -> None:
        if self.is_secure and not await self.is_tls_made():
            return
        if self._admitted.refusal:
            self.hang_up(self._admitted.refusal)
        elif self.gateway.is_draining:
            self.hang_up(replies.CLOSING)
        else:
            await super()._handle_client()

    async def push(self, status: str | bytes) -> None:
        """aiosmtpd reads on after it closed, and would fail at what the client had sent ahead."""
        if self.transport is None or self.transport.is_closing():
            raise asyncio.CancelledError
        await super().push(status)

    def hang_up(self, reply: str) -> None:
        """Say why, and read nothing more; a client that does not read it is cut off."""
        if self.transport is None or self.transport.is_closing():
            return
        if not self.is_secure or self._tls_protocol.is_made.done():
            self._writer.write(reply.encode() + b"\r\n")
        self.transport.close()
        self._handler_coroutine.cancel()
        self._leave_key()
        self.loop.call_later(self.limits.goodbye_s, self.cut)

    def _leave_key(self) -> None:
        if self.who is not None:
            self.gateway.counts.leave_key(str(self.who.key.pk))
            self.who = None

    def cut(self) -> None:
        transport = self._original_transport or self.transport
        if transport is not None:
            transport.abort()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """aiosmtpd calls it at each command; who has not signed in gets no more time by that."""
        if duration is None and self.who is None:
            duration = max(self._sign_in_by - self.loop.time(), 0.001)
        super()._reset_timeout(duration)

    def _timeout_cb(self) -> None:
        self.hang_up(replies.TOO_SLOW)
