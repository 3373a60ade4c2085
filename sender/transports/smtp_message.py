"""One message over one connection, so that it is always known how far it came (RFC 5321).

smtplib's `sendmail` is not used: it cannot tell a connection lost before the final dot from one lost after it.
"""

import re
from collections.abc import Callable, Iterator

from core.addresses import readable
from sender.mime import Frozen, with_ascii_domains
from sender.transports.base import Outcome, Phase, RecipientResult, SendResult
from sender.transports.smtp_connection import SmtpConnection, described, said
from sender.transports.smtp_talk import Talk

_BLOCK_BYTES = 65_536
_LAST_BYTES = 16_000  # fewer than one TLS record holds: the other side gets all of them, or none
_STAGE = "smtp_mail"
_DOT = re.compile(rb"\r\n\.")  # looking for it costs a fifth of replacing it where there is none


class Submission:
    """`was_cut_off` after `run`: the server ended the connection before it answered anything.

    `was_signed_out`: it answered MAIL as if nobody had signed in (RFC 4954 section 6), as when a token has ended.
    """

    def __init__(self, connection: SmtpConnection, frozen: Frozen) -> None:
        self.connection = connection
        self.frozen = frozen if connection.has_extn("smtputf8") else with_ascii_domains(frozen)
        self.phase = Phase.ENVELOPE
        self.recipients: list[RecipientResult] = []
        self._last = b""  # of the content, with the final dot
        self.was_cut_off = self.was_signed_out = False

    def run(self, before_handover: Callable[[], None]) -> SendResult:
        if lacking := _what_the_server_lacks(self.connection, self.frozen):
            return self._result(Outcome.REFUSED, lacking)
        if not self.frozen.recipients:
            return self._nobody()
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
        """MAIL, every RCPT and DATA. None when the content is wanted, by at least one recipient."""
        talk = Talk(self.connection, self._commands())
        self.was_cut_off = True
        code, text = self._answer_to_mail(talk)
        self.was_cut_off = code == 421
        self.was_signed_out = code in (530, 535)
        if not 200 <= code < 300:
            return self._turned_away(talk, self._stopped(code, text))
        for address in self.frozen.recipients:
            code, text = talk.next_reply()
            if code == 421 or code < 0:
                return self._stopped(code, text)
            self.recipients.append(RecipientResult(address, _outcome(code), str(code), said(code, text)))
        if not any(each.outcome is Outcome.ACCEPTED for each in self.recipients):
            return self._turned_away(talk, self._nobody())
        code, text = talk.next_reply()
        return None if code == 354 else self._stopped(code, text)

    def _commands(self) -> Iterator[str]:
        if self.connection.in_transaction:
            yield "RSET"
        parameters = " ".join(_mail_parameters(self.connection, self.frozen))
        yield f"MAIL FROM:<{self.frozen.envelope_from}>{parameters}"
        for address in self.frozen.recipients:
            yield f"RCPT TO:<{address}>"
        yield "DATA"

    def _answer_to_mail(self, talk: Talk) -> tuple[int, bytes]:
        if self.connection.in_transaction:
            code, text = talk.next_reply()
            if code != 250:
                return 421, text
        self.connection.in_transaction = True
        return talk.next_reply()

    def _turned_away(self, talk: Talk, result: SendResult) -> SendResult:
        """`result`, with the connection left ready for the next message if that can be had."""
        if self.connection.sock is not None:
            try:
                self.connection.in_transaction = not talk.abandon()
            except OSError:
                self.connection.close()
        return result

    def _content(self) -> SendResult | None:
        """The message up to its end, which goes with the final dot. None when it went out and nobody objected."""
        self.phase = Phase.CONTENT
        body = _dot_stuffed(self.frozen.mime)
        end = max(len(body) - _LAST_BYTES, 0)
        self._last = body[end:] + b".\r\n"
        view = memoryview(body)
        for start in range(0, end, _BLOCK_BYTES):
            block = view[start : min(start + _BLOCK_BYTES, end)]
            self.connection.write(block, self.connection.settings.limits.block_s)
        early = self.connection.early_reply()
        if early is None:
            return None
        self.connection.close()  # it would take the next command for a line of this message
        return self._stopped(*early)

    def _handed_over(self) -> SendResult:
        limits = self.connection.settings.limits
        try:
            self.connection.write(self._last, limits.block_s)
            code, text = self.connection.reply_within(limits.final_reply_s)
        except OSError as error:
            self.connection.close()
            return self._result(Outcome.UNKNOWN, described(error))
        self.connection.in_transaction = False  # RFC 5321 section 4.1.1.4: no RSET is needed after it
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
    limit = connection.most_bytes
    if 0 < limit < frozen.size_bytes:
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


def _dot_stuffed(mime: bytes) -> bytes:
    """The message as sent after DATA (RFC 5321 section 4.5.2)."""
    body = mime.replace(b"\r\n.", b"\r\n..") if _DOT.search(mime) else mime
    body = b"." + body if body.startswith(b".") else body
    return body if body.endswith(b"\r\n") else body + b"\r\n"
