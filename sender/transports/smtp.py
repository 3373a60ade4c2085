"""Sending by SMTP, command by command, so that it is always known how far a message came (RFC 5321).

smtplib's `sendmail` is not used: it cannot tell a connection lost before the final dot from one lost after it.
"""

from collections.abc import Callable, Iterator

from core.addresses import readable
from sender.mime import Frozen, with_ascii_domains
from sender.transports.base import Outcome, Phase, RecipientResult, SendResult, Transport
from sender.transports.smtp_connection import SmtpConnection, SmtpSettings, connect, described, said

__all__ = ["SmtpSettings", "SmtpTransport"]

_BLOCK_BYTES = 65_536
_STAGE = "smtp_mail"


class SmtpTransport(Transport):
    """One connection, kept for several messages; made anew after the server ended it."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.provider = settings.provider
        self.label = f"{settings.host}:{settings.port}"
        self._connection: SmtpConnection | None = None
        self._is_fresh = False

    def open(self) -> None:
        self.close()
        self._connection = connect(self.settings)
        self._is_fresh = True

    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        return _Submission(self._ready(), frozen).run(before_handover)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.say_goodbye()

    def _ready(self) -> SmtpConnection:
        """The connection, in a clean state; a dropped or refusing one is replaced. Raises TransportError."""
        if not (self._is_fresh and self._is_connected()) and not self._is_reset():
            self.open()
        self._is_fresh = False
        return self._connection

    def _is_connected(self) -> bool:
        return self._connection is not None and self._connection.sock is not None

    def _is_reset(self) -> bool:
        if not self._is_connected():
            return False
        try:
            return self._connection.docmd("RSET")[0] == 250
        except OSError:
            return False


class _Submission:
    """One message over one connection."""

    def __init__(self, connection: SmtpConnection, frozen: Frozen) -> None:
        self.connection = connection
        self.frozen = frozen if connection.has_extn("smtputf8") else with_ascii_domains(frozen)
        self.phase = Phase.ENVELOPE
        self.recipients: list[RecipientResult] = []

    def run(self, before_handover: Callable[[], None]) -> SendResult:
        if lacking := _what_the_server_lacks(self.connection, self.frozen):
            return self._result(Outcome.REFUSED, lacking)
        try:
            ended = self._envelope() or self._content()
        except OSError as error:
            self.connection.close()
            return self._result(Outcome.DEFERRED, described(error))
        if ended is not None:
            return ended
        try:
            before_handover()
        except BaseException:
            self.connection.close()  # without the dot the server drops what it got
            raise
        self.phase = Phase.HANDED_OVER
        return self._handed_over()

    def _envelope(self) -> SendResult | None:
        """MAIL and every RCPT. None when at least one recipient was taken."""
        parameters = " ".join(_mail_parameters(self.connection, self.frozen))
        code, text = self.connection.docmd(f"MAIL FROM:<{self.frozen.envelope_from}>{parameters}")
        if not 200 <= code < 300:
            return self._stopped(code, text)
        for address in self.frozen.recipients:
            code, text = self.connection.docmd(f"RCPT TO:<{address}>")
            if code == 421 or code < 0:
                return self._stopped(code, text)
            self.recipients.append(RecipientResult(address, _outcome(code), str(code), said(code, text)))
        return None if any(r.outcome is Outcome.ACCEPTED for r in self.recipients) else self._nobody()

    def _content(self) -> SendResult | None:
        """DATA and the message without the final dot. None when all of it went out and nobody objected."""
        code, text = self.connection.docmd("DATA")
        if code != 354:
            return self._stopped(code, text)
        self.phase = Phase.CONTENT
        for block in _dot_stuffed(self.frozen.mime):
            self.connection.send(block)
        early = self.connection.early_reply()
        return self._stopped(*early) if early else None

    def _handed_over(self) -> SendResult:
        try:
            self.connection.send(b".\r\n")
            code, text = self.connection.final_reply()
        except OSError as error:
            self.connection.close()
            return self._result(Outcome.UNKNOWN, described(error))
        if 200 <= code < 300:
            return self._result(Outcome.ACCEPTED, said(code, text), code)
        if not 400 <= code < 600:
            self.connection.close()
            return self._result(Outcome.UNKNOWN, said(code, text))
        return self._stopped(code, text)

    def _stopped(self, code: int, text: bytes) -> SendResult:
        """What a reply that ends the transaction means; after 421 or one out of turn the connection is over."""
        if code == 421 or not 400 <= code < 600:
            self.connection.close()
        outcome = Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED
        return self._result(outcome, said(code, text), code)

    def _nobody(self) -> SendResult:
        """Every recipient was turned away. One that may be tried again keeps the message alive."""
        if not self.recipients:
            return self._result(Outcome.REFUSED, "5.1.3 The message has no recipient left to send to.")
        deferred = [result for result in self.recipients if result.outcome is Outcome.DEFERRED]
        first = (deferred or self.recipients)[0]
        return self._result(first.outcome, first.reply, int(first.code))

    def _result(self, outcome: Outcome, reply: str, code: int = -1) -> SendResult:
        """Recipients taken at RCPT share the message's outcome, those turned away there keep their own."""
        number = code if code > 0 else None
        asked = {result.address: result for result in self.recipients}
        shared = {
            address: RecipientResult(address, outcome, str(number or ""), reply)
            for address in self.frozen.recipients
            if address not in asked or asked[address].outcome is Outcome.ACCEPTED
        }
        recipients = tuple((asked | shared)[address] for address in self.frozen.recipients)
        return SendResult(outcome, self.phase, _STAGE, reply, smtp_code=number, recipients=recipients)


def _outcome(code: int) -> Outcome:
    """Of one recipient."""
    if 200 <= code < 300:
        return Outcome.ACCEPTED
    return Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED


def _what_the_server_lacks(connection: SmtpConnection, frozen: Frozen) -> str:
    """Why this message cannot go to this server, told before anything is sent; "" when it can."""
    limit = connection.esmtp_features.get("size", "")
    if limit.isdigit() and 0 < int(limit) < frozen.size_bytes:
        return f"5.3.4 The message has {frozen.size_bytes} bytes, the server takes at most {limit}."
    if frozen.needs_utf8_address and not connection.has_extn("smtputf8"):
        address = next(one for one in (frozen.envelope_from, *frozen.recipients) if not one.isascii())
        whose = "sender's" if address == frozen.envelope_from else "recipient's"
        return (
            f"5.6.7 The {whose} address {readable(address)} has letters other than ASCII before its @, and the "
            f"server {connection.settings.host} does not take those (SMTPUTF8)."
        )
    if frozen.is_8bit and not connection.has_extn("8bitmime"):
        return (
            "5.6.3 The server does not take 8-bit text (8BITMIME); encode it as quoted-printable or base64."
        )
    return ""


def _mail_parameters(connection: SmtpConnection, frozen: Frozen) -> Iterator[str]:
    yield ""
    if connection.has_extn("size"):
        yield f"SIZE={frozen.size_bytes}"
    if frozen.is_8bit:
        yield "BODY=8BITMIME"
    if frozen.needs_smtputf8 and connection.has_extn("smtputf8"):
        yield "SMTPUTF8"


def _dot_stuffed(mime: bytes) -> Iterator[memoryview]:
    """The message as sent after DATA (RFC 5321 section 4.5.2), in blocks that each have the time limit."""
    body = mime.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    body = body if body.endswith(b"\r\n") else body + b"\r\n"
    view = memoryview(body)
    for start in range(0, len(view), _BLOCK_BYTES):
        yield view[start : start + _BLOCK_BYTES]
