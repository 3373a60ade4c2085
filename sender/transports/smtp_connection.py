"""An SMTP connection up to the sign-in: guarded address, verified TLS, no way around either.

https://www.rfc-editor.org/rfc/rfc5321, RFC 3207 (STARTTLS), RFC 4954 (AUTH).
"""

import select
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from django.conf import settings as installation

from core.net import OutgoingRefused, ascii_host, open_socket, tls_context
from core.redact import forms_of, hide_forms
from sender.transports.base import TransportError
from sender.transports.smtp_auth import EXCHANGES, plain_response, xoauth2_response
from sender.transports.smtp_socket import is_possible, when_possible

_MAX_REPLY_LINES = 200
_MAX_LINE_BYTES = 16_384
_GOODBYE_TIMEOUT_S = 5
_MOST_REMEMBERED = 20  # replies


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds for one block of the content, and for the answer to the final dot: RFC 5321 section 4.5.3.2.

    For MAIL, RCPT and DATA it advises minutes as well. There the company's own limit holds: to give up before the dot
    costs another try and never makes a double, while a server that hangs would keep a slot, and what it took.
    """

    block_s: float = 180
    final_reply_s: float = 600  # giving up earlier makes doubles


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`secret` is a password, or for XOAUTH2 a token or what fetches one (its argument: force a new one).

    `timeout_s` is for each answer until the content is asked for. A connection is not used again when it was idle for
    `max_idle_s` or is older than `max_age_s`.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    authentication: Literal["none", "password", "xoauth2"] = "password"
    username: str = ""
    secret: str | Callable[[bool], str] = field(default="", repr=False)
    timeout_s: float = 60
    limits: TimeLimits = TimeLimits()
    max_idle_s: float = 60
    max_age_s: float = field(default_factory=lambda: installation.SMTP_CONNECTION_S)
    ehlo_name: str = ""  # the address literal of this end when empty
    ca_bundle: Path | None = None
    provider: str = "other"


def connect(settings: SmtpSettings) -> "SmtpConnection":
    """A connection that is greeted, secured and signed in as `settings` say. Raises TransportError."""
    if settings.authentication != "none" and settings.security == "none":
        raise TransportError(stage="smtp_auth", reply="Signing in without TLS is refused by the portal.")
    connection = SmtpConnection(settings)
    try:
        connection.greet()
        if settings.security == "starttls":
            connection.start_tls()
        if settings.authentication != "none":
            connection.sign_in()
    except BaseException:
        connection.close()
        raise
    return connection


class SmtpConnection(smtplib.SMTP):
    """smtplib's commands over a guarded socket; replies are read here, within one time limit for the whole."""

    def __init__(self, settings: SmtpSettings) -> None:
        super().__init__(local_hostname="localhost", timeout=settings.timeout_s)
        self.settings = settings
        self.command_encoding = "utf-8"  # addresses are ASCII unless SMTPUTF8 was agreed
        self._unread = bytearray()
        self._opened_at = self._used_at = time.monotonic()
        self.is_fresh = True  # no message went over it yet
        self.in_transaction = False  # a MAIL was said that no final dot ended
        self._told: tuple[str, ...] = ()  # forms of what the server knows by now and must not say back
        self._replies: dict[bytes, tuple[int, bytes]] = {}  # as they were read, by their line

    def greet(self) -> None:
        with failing_at("smtp_connect"):
            code, text = self.connect(self.settings.host, self.settings.port)
            if code == 220:
                self._name_ourselves()
                code, text = self._say_hello()
        if code not in (220, 250):
            raise TransportError(stage="smtp_connect", reply=said(code, text), smtp_code=_number(code))

    @property
    def most_bytes(self) -> int:
        """What the server announced of a message's size, in up to twenty digits (RFC 1870); 0: no limit."""
        announced = self.esmtp_features.get("size", "")
        return int(announced) if announced.isascii() and announced.isdigit() and len(announced) <= 20 else 0

    def start_tls(self) -> None:
        """Never skipped: a server (or somebody between) that does not offer it gets nothing."""
        if not self.has_extn("starttls"):
            raise TransportError(stage="smtp_tls", reply="The server does not offer STARTTLS.")
        with failing_at("smtp_tls"):
            code, text = self.docmd("STARTTLS")
            if code != 220:
                raise TransportError(stage="smtp_tls", reply=said(code, text), smtp_code=_number(code))
            if self._unread:  # would be read as if it had come protected
                raise TransportError(stage="smtp_tls", reply="The server sent text ahead of TLS.")
            self.sock = self._protected(self.sock)
            code, text = self.ehlo()
        if code != 250:
            raise TransportError(stage="smtp_connect", reply=said(code, text), smtp_code=_number(code))

    def sign_in(self) -> None:
        """A refused token is replaced by a fresh one once: it may have been withdrawn, or a right added since."""
        secret = self.settings.secret
        fetch = secret if callable(secret) else None
        method = self._mechanism()
        code, text = self._try_to_sign_in(method, fetch(False) if fetch else secret)
        if code == 535 and fetch:
            code, text = self._try_to_sign_in(method, fetch(True))
        if code != 235:
            raise TransportError(stage="smtp_auth", reply=said(code, text), smtp_code=_number(code))

    def _mechanism(self) -> str:
        offered = self.esmtp_features.get("auth", "").upper().split()
        wanted = {"password": ("PLAIN", "LOGIN"), "xoauth2": ("XOAUTH2",)}[self.settings.authentication]
        method = next((name for name in wanted if name in offered), None)
        if method is None:
            reply = f"The server does not offer AUTH {' or '.join(wanted)}. It offers: {' '.join(offered) or 'none'}."
            raise TransportError(stage="smtp_auth", reply=reply)
        return method

    def _try_to_sign_in(self, method: str, secret: str) -> tuple[int, bytes]:
        name = self.settings.username
        self._told += forms_of(plain_response(name, secret), xoauth2_response(name, secret), secret)
        self._replies.clear()
        with failing_at("smtp_auth"):
            return EXCHANGES[method](self, name, secret)

    def say_goodbye(self) -> None:
        self.timeout = _GOODBYE_TIMEOUT_S
        with suppress(OSError):
            self.docmd("QUIT")
        self.close()

    @property
    def is_worn(self) -> bool:
        """Too old, or idle for too long, to trust it with another message."""
        now = time.monotonic()
        settings = self.settings
        return now - self._opened_at > settings.max_age_s or now - self._used_at > settings.max_idle_s

    @property
    def pipelines(self) -> bool:
        """Whether the server takes several commands at once (RFC 2920)."""
        return "pipelining" in self.esmtp_features

    def send(self, s: bytes | str) -> None:
        """What smtplib's own commands are sent with."""
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        self.write(data, self.settings.timeout_s)

    def write(self, data: bytes | memoryview, limit_s: float) -> None:
        """Raises OSError; the connection is closed then."""
        sock, deadline = self._open_socket(), time.monotonic() + limit_s
        try:
            while data:
                sent = when_possible(sock, partial(sock.send, data), select.POLLOUT, deadline)
                data = memoryview(data)[sent:]
        except OSError:
            self.close()
            raise

    def has_ended(self) -> bool:
        """Whether the server hung up, or said something while it was not asked, such as 421."""
        try:
            return bool(self._unread) or self._has_news()
        except OSError:
            return True

    def early_reply(self) -> tuple[int, bytes] | None:
        """What the server said without being asked, None when it is silent.

        Looked for before the final dot: a server that gave up in the middle of the content has refused for
        certain. Raises SMTPServerDisconnected when it is gone.
        """
        if not self._unread and not self._has_news():
            return None
        return self.reply_within(self.settings.timeout_s)

    def _has_news(self) -> bool:
        """Whether there is something to read; also a socket's end is. Waits for nothing."""
        sock = self._open_socket()
        if not is_possible(sock, select.POLLIN, 0):
            return False
        try:
            received = sock.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):  # TLS' own, such as a session ticket
            return False
        if not received:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        self._unread += received
        return True

    def getreply(self) -> tuple[int, bytes]:
        """(code, text without the codes); code -1 for what is no SMTP reply. Raises SMTPServerDisconnected.

        smtplib's own gives every line a new time limit and reads without end. What we signed in with is hidden:
        some servers repeat it in their refusal.
        """
        return self.reply_within(self.timeout)

    def close(self) -> None:
        super().close()
        self._unread.clear()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = open_socket(host, port, timeout_s=timeout)
        if self.settings.security != "tls":
            return sock
        with failing_at("smtp_tls"):
            return self._protected(sock)

    def _protected(self, sock: socket.socket) -> ssl.SSLSocket:
        context = tls_context(self.settings.ca_bundle)
        sock.settimeout(self.settings.timeout_s)  # for the handshake
        try:
            return context.wrap_socket(sock, server_hostname=ascii_host(self.settings.host))
        except OSError:
            sock.close()
            raise

    def _name_ourselves(self) -> None:
        """RFC 5321 section 4.1.4; the machine's own name is nobody's business."""
        if self.settings.ehlo_name:
            self.local_hostname = ascii_host(self.settings.ehlo_name)
        else:
            address = self.sock.getsockname()[0]
            self.local_hostname = f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def _say_hello(self) -> tuple[int, bytes]:
        code, text = self.ehlo()
        is_bare = self.settings.security == "none" and self.settings.authentication == "none"
        return self.helo() if 500 <= code < 600 and is_bare else (code, text)

    def reply_within(self, limit_s: float) -> tuple[int, bytes]:
        """As `getreply`, within this time."""
        deadline = time.monotonic() + limit_s
        if (known := self._known_reply(self._end_of_line(deadline))) is not None:
            return known
        texts: list[bytes] = []
        while len(texts) < _MAX_REPLY_LINES:
            line = self._read_line(deadline)
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
                return -1, self.without_secrets([*texts, line])
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                self._used_at = time.monotonic()
                reply = int(line[:3]), self.without_secrets(texts)
                if len(texts) == 1:
                    self._remember(line, reply)
                return reply
        self.close()
        raise smtplib.SMTPServerDisconnected("The server's reply has no end")

    def _known_reply(self, end: int) -> tuple[int, bytes] | None:
        """The reply of this one line if it was read before: servers say the same again and again."""
        reply = self._replies.get(bytes(self._unread[:end]))
        if reply is not None:
            del self._unread[: end + 1]
            self._used_at = time.monotonic()
        return reply

    def _remember(self, line: bytes, reply: tuple[int, bytes]) -> None:
        if len(self._replies) >= _MOST_REMEMBERED:
            self._replies.clear()
        self._replies[line + b"\r"] = reply

    def without_secrets(self, lines: list[bytes]) -> bytes:
        """The lines as one text in which nothing we signed in with can be read."""
        text = b"\n".join(lines)
        if not self._told:
            return text
        told = hide_forms(text.decode("utf-8", "surrogateescape"), self._told)
        return told.encode("utf-8", "surrogateescape")

    def _end_of_line(self, deadline: float) -> int:
        """Where it is in what was received."""
        while (end := self._unread.find(b"\n")) < 0:
            self._unread += self._received(deadline)
            if len(self._unread) > _MAX_LINE_BYTES:
                self.close()
                raise smtplib.SMTPServerDisconnected("The server's reply is too long")
        return end

    def _read_line(self, deadline: float) -> bytes:
        end = self._end_of_line(deadline)
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line.rstrip(b"\r")

    def _received(self, deadline: float) -> bytes:
        sock = self._open_socket()
        try:
            is_possible(sock, select.POLLIN, deadline - time.monotonic())  # to try it first costs more
            received = when_possible(sock, partial(sock.recv, 4096), select.POLLIN, deadline)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error
        if not received:
            self.close()
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return received

    def _open_socket(self) -> socket.socket:
        """One that never waits by itself: to give it the time of each answer costs a call to the system each time."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        if self.sock.gettimeout() != 0:
            self.sock.settimeout(0)
        return self.sock


def said(code: int, text: bytes) -> str:
    """A reply as one text, the way diagnosis reads it."""
    words = text.decode("utf-8", "replace")
    return words if code < 0 else f"{code} {words}"


def described(error: OSError) -> str:
    """What the system said of a broken connection."""
    return str(error) if isinstance(error, smtplib.SMTPException) else f"{type(error).__name__}: {error}"


def _number(code: int) -> int | None:
    return code if code > 0 else None


@contextmanager
def failing_at(stage: str) -> Iterator[None]:
    """Turns what the network does into a TransportError of this stage; smtplib's errors are OSErrors."""
    try:
        yield
    except OutgoingRefused as error:
        raise TransportError(stage=stage, reply=f"OutgoingRefused: {error}") from None
    except OSError as error:
        raise TransportError(stage=stage, reply=described(error)) from None
