"""An SMTP server that speaks as Exchange Online does (RFC 5321; AUTH RFC 4954; DSN parameters RFC 3461).

Commands whose replies matter are written here; aiosmtpd gives the connection, STARTTLS and the reading of DATA.
"""

import asyncio
import base64
import binascii
import collections
import json
import re
from typing import Never

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox import letters
from sandbox.context import Context
from sandbox.faults import Fault
from sandbox.misbehave import FOREVER_S, linger
from sandbox.smtp import login, replies, submission
from sandbox.world import Person

_PATH = re.compile(r"<([^<>]*)>(?:\s+(.*))?|([^\s<>]+)(?:\s+(.*))?")
_MAIL_PARAMETERS = {"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"}
_BUSY = "451 4.7.0 Temporary server error. Please try again later"
_RCPT_PARAMETERS = {"NOTIFY", "ORCPT"}


class _AfterTheDot:
    """aiosmtpd asks a handler for its reply to the final dot; the protocol knows it."""

    async def handle_DATA(self, server: "SandboxSMTP", session: Session, envelope: Envelope) -> str:  # noqa: N802
        return await server.end_of_data(envelope)


class SandboxSMTP(SMTP):
    """One connection. `relay`: no TLS, no sign-in, any sender, as an old server in the cellar."""

    line_length_limit = 1 << 20
    command_size_limit = 16 << 10
    command_size_limits = collections.defaultdict(lambda: 16 << 10)

    def __init__(self, context: Context, *, tls_context=None, secure: bool = False, relay: bool = False):
        super().__init__(
            _AfterTheDot(),
            data_size_limit=None,
            enable_SMTPUTF8=True,
            hostname=replies.HOST,
            ident=replies.banner(),
            tls_context=tls_context,
            loop=asyncio.get_running_loop(),
        )
        self._context = context
        self._secure, self._relay = secure, relay
        self.person: Person | None = None
        self._lacking: set[str | None] = set()  # what EHLO left out, and MAIL refuses
        self._has_sent = False

    @property
    def _is_secure(self) -> bool:
        return self._secure or self._tls_protocol is not None

    async def _handle_client(self) -> None:
        self._context.requests["smtp.session"] += 1
        if await self._met("smtp.connect"):
            self.transport.close()
        else:
            await super()._handle_client()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._context.smtp_open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._context.smtp_open.discard(self)
        super().connection_lost(error)

    def _sign_in(self, person: Person) -> bool:
        """Three connections a mailbox, the fourth is turned away."""
        if sum(each.person == person for each in self._context.smtp_open) >= replies.CONNECTIONS_LIMIT:
            return False
        self.person = person
        return True

    async def _met(self, where: str, recipient: str | None = None) -> bool:
        """Whether a fault took the place of the ordinary reply."""
        return await self._carry_out(self._context.faults.take(where, self._mailbox, recipient))

    @property
    def _mailbox(self) -> str | None:
        return self.person.address if self.person else None

    async def _carry_out(self, fault: Fault | None) -> bool:
        await linger(fault)
        if fault is None or not fault.acts:
            return False
        if fault.drops:
            await self._cut(fault)
        await self.push(fault.reply or _BUSY)
        if (fault.reply or "").startswith("421"):
            self.transport.close()
        return True

    async def _cut(self, fault: Fault) -> Never:
        if fault.action == "hang":
            await asyncio.sleep(fault.seconds or FOREVER_S)
        if self.transport is not None:
            self.transport.abort()
        raise asyncio.CancelledError

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        await self._hello(hostname, extended=False)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        await self._hello(hostname, extended=True)

    async def _hello(self, hostname: str, *, extended: bool) -> None:
        if not hostname:
            await self.push(replies.BAD_ARGUMENTS)
        elif not await self._met("smtp.ehlo"):
            self._set_rset_state()
            self.session.extended_smtp, self.session.host_name = extended, hostname
            lines = [f"{replies.HOST} Hello [127.0.0.1]", *(self._features() if extended else [])]
            marks = ["-"] * (len(lines) - 1) + [" "]
            await self.push("\r\n".join(f"250{mark}{line}" for mark, line in zip(marks, lines, strict=True)))

    def _features(self) -> list[str]:
        features = [f"SIZE {replies.SIZE_LIMIT_BYTES}", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES"]
        if self.tls_context and not self._is_secure:
            features.append("STARTTLS")
        if self._is_secure:
            features.append("AUTH LOGIN PLAIN XOAUTH2")
        lacks = self._context.faults.take("smtp.lacks")
        self._lacking = {lacks.reply} if lacks else set()
        return [each for each in (*features, "8BITMIME", "SMTPUTF8") if each not in self._lacking]

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if self._is_secure or not self.tls_context:
            await self.push("503 5.5.2 STARTTLS is not offered here")
        elif not await self._met("smtp.starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if not await self._may_authenticate(arg):
            return
        self._context.requests["smtp.auth"] += 1
        mechanism, _, first = arg.partition(" ")
        try:
            person = await self._mechanisms()[mechanism.upper()](first.strip())
        except login.SignInRefused as refused:
            if refused.challenge:
                await self._ask(json.dumps({"status": "400", "schemes": "Bearer", "scope": refused.scope}))
            await self.push(refused.reply)
            return
        if await self._carry_out(self._context.faults.take("smtp.auth", person.address)):
            return
        await self.push(replies.AUTH_OK if self._sign_in(person) else replies.CONCURRENT)

    async def _may_authenticate(self, arg: str | None) -> bool:
        problem = ""
        if not self.session.host_name:
            problem = replies.NEED_EHLO
        elif not self._is_secure:
            problem = replies.NEED_STARTTLS if self.tls_context else replies.UNKNOWN_MECHANISM
        elif self.person:
            problem = replies.TOO_LATE_AUTH
        elif not arg or arg.split(" ")[0].upper() not in self._mechanisms():
            problem = replies.UNKNOWN_MECHANISM
        if problem:
            await self.push(problem)
        return not problem

    def _mechanisms(self) -> dict:
        return {"PLAIN": self._plain, "LOGIN": self._login, "XOAUTH2": self._xoauth2}

    async def _plain(self, first: str) -> Person:
        parts = _decoded(first or await self._ask("")).split(b"\0")
        if len(parts) != 3:
            raise login.SignInRefused(replies.BAD_ARGUMENTS)
        return login.by_password(self._context, *(part.decode("utf-8", "replace") for part in parts[1:]))

    async def _login(self, first: str) -> Person:
        user = _decoded(first or await self._ask("Username:"))
        password = _decoded(await self._ask("Password:"))
        return login.by_password(
            self._context, user.decode("utf-8", "replace"), password.decode("utf-8", "replace")
        )

    async def _xoauth2(self, first: str) -> Person:
        return login.by_token(self._context, _decoded(first or await self._ask("")))

    async def _ask(self, challenge: str) -> str:
        """Send a challenge and read the client's line; a lone `*` ends the exchange (RFC 4954 section 4)."""
        await self.push("334 " + base64.b64encode(challenge.encode()).decode())
        line = (await self._reader.readuntil(b"\r\n")).strip().decode("ascii", "replace")
        if line == "*":
            raise login.SignInRefused("501 5.7.0 Authentication cancelled")
        return line

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        address, parameters = _path(arg or "", "FROM:")
        refusal = self._refuse_mail(address, parameters)
        if refusal:
            await self.push(refusal)
        elif not await self._met_again() and not await self._met("smtp.mail"):
            self.envelope.mail_from, self.envelope.smtp_utf8 = address, "SMTPUTF8" in parameters
            await self.push(replies.OK_SENDER)

    async def _met_again(self) -> bool:
        """Faults of a connection that is kept for several messages."""
        fault = self._context.faults.take("smtp.again", self._mailbox) if self._has_sent else None
        if fault and (fault.reply or "").startswith("530"):
            self.person = None
        return await self._carry_out(fault)

    def _refuse_mail(self, address: str | None, parameters: dict[str, str]) -> str:
        if not self.session.host_name:
            return replies.NEED_EHLO
        if not self._relay and self.person is None:
            return replies.NOT_AUTHENTICATED if self._is_secure else replies.NEED_STARTTLS
        if self.envelope.mail_from is not None:
            return replies.NESTED_MAIL
        if address is None or (address and not letters.is_address(address)):
            return replies.BAD_SENDER
        if not set(parameters) <= _MAIL_PARAMETERS - self._lacking:
            return replies.UNKNOWN_PARAMETER
        if not address.isascii() and "SMTPUTF8" not in parameters:
            return replies.NON_ASCII
        size = parameters.get("SIZE", "")
        if size.isdigit() and int(size) > replies.SIZE_LIMIT_BYTES:
            return replies.TOO_BIG
        return submission.refuse_sender(self._context, self.person, address)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        address, parameters = _path(arg or "", "TO:")
        if self.envelope.mail_from is None:
            await self.push(replies.NEED_MAIL)
        elif not address or not letters.is_address(address):
            await self.push(replies.BAD_ADDRESS)
        elif not set(parameters) <= _RCPT_PARAMETERS:
            await self.push(replies.UNKNOWN_PARAMETER)
        elif not await self._met("smtp.rcpt", address):
            await self.push(self._rcpt(address))

    def _rcpt(self, address: str) -> str:
        local = address.rpartition("@")[0].casefold()
        if not address.isascii() and not self.envelope.smtp_utf8:
            return replies.NON_ASCII
        if local in ("nobody", "later"):
            return replies.UNKNOWN_RECIPIENT if local == "nobody" else replies.GREYLISTED
        if len(self.envelope.rcpt_tos) >= replies.RECIPIENTS_LIMIT:
            return replies.TOO_MANY_RECIPIENTS
        self.envelope.rcpt_tos.append(address)
        return replies.OK_RECIPIENT

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not self.envelope.rcpt_tos:
            await self.push(replies.NEED_RCPT)
        elif not await self._met("smtp.data"):
            await super().smtp_DATA(arg)

    async def end_of_data(self, envelope: Envelope) -> str:
        """The reply to the final dot; a message answered with 250 is committed."""
        refusal = submission.refuse_content(self.person, envelope.content)
        if refusal:
            return refusal
        self._has_sent = True
        fault = self._context.faults.take("smtp.eod", self._mailbox)
        await linger(fault)
        if fault is None or not fault.acts:
            return replies.queued(submission.store(self._context, self.person, envelope))
        if fault.stores:
            submission.store(self._context, self.person, envelope)
        if fault.drops:
            await self._cut(fault)
        return fault.reply or _BUSY


def _decoded(line: str) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise login.SignInRefused(replies.BAD_BASE64) from None


def _path(arg: str, keyword: str) -> tuple[str | None, dict[str, str]]:
    """(address, parameters) of `FROM:<a@b> SIZE=1`; address None when there is no path at all."""
    match = _PATH.fullmatch(arg[len(keyword) :].strip()) if arg.upper().startswith(keyword) else None
    if not match:
        return None, {}
    address = match[1] if match[1] is not None else match[3]
    words = (match[2] or match[4] or "").split()
    return address, {word.partition("=")[0].upper(): word.partition("=")[2] for word in words}
