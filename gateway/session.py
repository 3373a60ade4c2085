"""What is said on a connection: the commands of RFC 5321, AUTH (RFC 4954), with PIPELINING (RFC 2920)."""

import asyncio
import base64
import binascii
from collections.abc import Callable

import structlog

from gateway import replies
from gateway.connection import Connection
from gateway.handing_over import Letter
from gateway.reading import FarTooMuch, Refused, path, read_message
from sender.mime import MessageRefused, checked_address

_MAIL_PARAMETERS = {"SIZE", "BODY", "SMTPUTF8", "AUTH"}
_BODIES = ("7BIT", "8BITMIME")

log = structlog.get_logger()


class Session(Connection):
    """The names of its commands are aiosmtpd's."""

    _failures = 0  # of sign-ins
    _kept_bytes = 0  # of the message being received

    async def smtp_HELO(self, argument: str | None) -> None:  # noqa: N802
        await self._hello(argument, extended=False)

    async def smtp_EHLO(self, argument: str | None) -> None:  # noqa: N802
        await self._hello(argument, extended=True)

    async def _hello(self, argument: str | None, *, extended: bool) -> None:
        if not argument:
            await self.push(replies.BAD_ARGUMENTS)
            return
        self._set_rset_state()
        self.session.extended_smtp, self.session.host_name = extended, argument
        lines = [self.hostname, *(self._features() if extended else [])]
        marks = ["-"] * (len(lines) - 1) + [" "]
        await self.push("\r\n".join(f"250{mark}{line}" for mark, line in zip(marks, lines, strict=True)))

    def _features(self) -> list[str]:
        sign_in = "AUTH PLAIN LOGIN" if self.is_secure else "STARTTLS"
        features = [f"SIZE {self.limits.message_bytes}", "PIPELINING", "8BITMIME", "SMTPUTF8"]
        return [*features, "ENHANCEDSTATUSCODES", sign_in]

    async def smtp_STARTTLS(self, argument: str | None) -> None:  # noqa: N802
        if self.is_secure or argument:
            await self.push(replies.ALREADY_SECURE if self.is_secure else replies.BAD_ARGUMENTS)
            return
        await self.push(replies.READY_FOR_TLS)
        self.begin_tls()
        await self.is_tls_made()

    async def smtp_NOOP(self, argument: str | None) -> None:  # noqa: N802
        await self.push(replies.OK)

    async def smtp_RSET(self, argument: str | None) -> None:  # noqa: N802
        self._set_rset_state()
        await self.push(replies.OK)

    async def smtp_VRFY(self, argument: str | None) -> None:  # noqa: N802
        await self.push(replies.NO_VRFY)

    async def smtp_HELP(self, argument: str | None) -> None:  # noqa: N802
        await self.push("214 2.0.0 Sign in with an API key as the password, then send a message")

    async def smtp_QUIT(self, argument: str | None) -> None:  # noqa: N802
        self.hang_up(replies.BYE)

    # Signing in

    async def smtp_AUTH(self, argument: str | None) -> None:  # noqa: N802
        mechanism, _space, first = (argument or "").partition(" ")
        try:
            await self._check_may_sign_in()
            user_name, secret = await self._credentials(mechanism.upper(), first.strip())
            reply = await self._signed_in(user_name, secret)
        except Refused as refused:
            reply = refused.reply
        await self.push(reply)
        if self._failures >= self.limits.failures_per_connection:
            self.hang_up(replies.GOODBYE_FAILED)

    async def _check_may_sign_in(self) -> None:
        if not self.is_secure:
            raise Refused(replies.NEED_STARTTLS)
        if not self.session.host_name:
            raise Refused(replies.NEED_EHLO)
        if self.who is not None:
            raise Refused(replies.ALREADY_SIGNED_IN)
        if await self.gateway.counts.ask("is_locked_out", self.address):
            self._failures = self.limits.failures_per_connection
            raise Refused(replies.SIGN_IN_NOT_NOW)

    async def _credentials(self, mechanism: str, first: str) -> tuple[str, str]:
        if mechanism == "PLAIN":
            parts = _decoded(first or await self._ask("")).split("\0")
            if len(parts) != 3:
                raise Refused(replies.BAD_ARGUMENTS)
            return parts[1], parts[2]
        if mechanism == "LOGIN":
            user_name = _decoded(first or await self._ask("Username:"))
            return user_name, _decoded(await self._ask("Password:"))
        raise Refused(replies.UNKNOWN_MECHANISM)

    async def _ask(self, challenge: str) -> str:
        """The client's answer; a lone `*` ends the exchange (RFC 4954 section 4)."""
        await self.push("334 " + base64.b64encode(challenge.encode()).decode())
        try:
            line = (await self._reader.readuntil(b"\r\n")).strip().decode("ascii", "replace")
        except asyncio.LimitOverrunError:
            self._failures = self.limits.failures_per_connection
            raise Refused(replies.BAD_ARGUMENTS) from None
        if line == "*":
            raise Refused(replies.CANCELLED)
        return line

    async def _signed_in(self, user_name: str, secret: str) -> str:
        """The reply. Raises Refused."""
        try:
            who = await self.gateway.sign_in(user_name, secret, self.address)
        except Refused as refused:
            if refused.reply.startswith(replies.WRONG_SIGN_IN):
                self._failures += 1
                self.gateway.counts.failed(self.address)
                log.warning("sign-in refused", address=self.address, reply=refused.reply)
            raise
        if not await self.gateway.counts.ask("use_key", str(who.key.pk)):
            raise Refused(replies.KEY_IS_BUSY)
        if self.transport is None:  # gone meanwhile, and nobody would give the key back
            self.gateway.counts.leave_key(str(who.key.pk))
            raise Refused(replies.CANCELLED)
        self.who = who
        self.gateway.counts.succeeded(self.address)
        self._reset_timeout()
        return replies.SIGNED_IN

    # A message

    async def smtp_MAIL(self, argument: str | None) -> None:  # noqa: N802
        await self._try(self._mail, argument)

    async def smtp_RCPT(self, argument: str | None) -> None:  # noqa: N802
        await self._try(self._rcpt, argument)

    async def _try(self, command: Callable[[str], str], argument: str | None) -> None:
        try:
            reply = command(argument or "")
        except Refused as refused:
            reply = refused.reply
        await self.push(reply)

    def _check_signed_in(self) -> None:
        if not self.is_secure:
            raise Refused(replies.NEED_STARTTLS)
        if not self.session.host_name:
            raise Refused(replies.NEED_EHLO)
        if self.who is None:
            raise Refused(replies.NEED_SIGN_IN)

    def _mail(self, argument: str) -> str:
        self._check_signed_in()
        if self.envelope.mail_from is not None:
            raise Refused(replies.NESTED_MAIL)
        address, parameters = path(argument, "FROM:")
        is_known = set(parameters) <= _MAIL_PARAMETERS
        if not is_known or parameters.get("BODY", "7BIT").upper() not in _BODIES:
            raise Refused(replies.UNKNOWN_PARAMETER)
        size = parameters.get("SIZE", "")
        if size.isdecimal() and int(size[:20]) > self.limits.message_bytes:
            raise Refused(replies.TOO_LARGE)
        is_utf8 = "SMTPUTF8" in parameters
        # Empty in reports of what could not be delivered; whether those may be sent, their From decides.
        self.envelope.mail_from = _address(address, replies.BAD_SENDER, is_utf8=is_utf8) if address else ""
        self.envelope.smtp_utf8 = is_utf8
        return replies.SENDER_OK

    def _rcpt(self, argument: str) -> str:
        if self.envelope.mail_from is None:
            raise Refused(replies.NEED_MAIL)
        address, parameters = path(argument, "TO:")
        if parameters:
            raise Refused(replies.UNKNOWN_PARAMETER)
        if len(self.envelope.rcpt_tos) >= self.limits.recipients:
            raise Refused(replies.TOO_MANY_RECIPIENTS)
        checked = _address(address, replies.BAD_ADDRESS, is_utf8=self.envelope.smtp_utf8)
        self.envelope.rcpt_tos.append(checked)
        return replies.RECIPIENT_OK

    async def smtp_DATA(self, argument: str | None) -> None:  # noqa: N802
        if argument or not self.envelope.rcpt_tos:
            await self.push(replies.BAD_ARGUMENTS if argument else replies.NEED_RCPT)
            return
        self.is_in_hand = True
        try:
            await self.push(await self._taken())
        except FarTooMuch:
            self.hang_up(replies.TOO_MUCH)
        finally:
            self.is_in_hand = False
            self._set_rset_state()
        self._reset_timeout()
        if self.gateway.is_draining:
            self.hang_up(replies.CLOSING)

    async def _taken(self) -> str:
        try:
            return await self._message()
        finally:
            self.gateway.counts.in_hand_bytes -= self._kept_bytes
            self._kept_bytes = 0

    async def _message(self) -> str:
        """Read to the final dot, store, and return the reply."""
        await self.push("354 Send the message, and a dot on a line of its own at its end")
        self._reset_timeout(self.limits.data_s)
        try:
            data = await read_message(self._reader, self.limits.message_bytes, self._hold)
        except Refused as refused:
            return refused.reply
        self._reset_timeout(2 * self.limits.store_s)  # the answer comes sooner
        letter = Letter(self.envelope.mail_from, tuple(self.envelope.rcpt_tos), data)
        return await self.gateway.hand_over(self.who, letter)

    def _hold(self, size_bytes: int) -> bool:
        if self.gateway.counts.in_hand_bytes + size_bytes > self.limits.in_hand_bytes:
            return False
        self.gateway.counts.in_hand_bytes += size_bytes
        self._kept_bytes += size_bytes
        return True


def _address(text: str, refusal: str, *, is_utf8: bool) -> str:
    """The address as it is transmitted. Raises Refused."""
    try:
        checked = checked_address(text, "recipients")
    except MessageRefused:
        raise Refused(refusal) from None
    if not text.isascii() and not is_utf8:
        raise Refused(replies.NON_ASCII)
    return checked


def _decoded(line: str) -> str:
    try:
        return base64.b64decode("" if line == "=" else line, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused(replies.BAD_BASE64) from None
