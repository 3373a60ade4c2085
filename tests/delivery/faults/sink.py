"""A mail server on loopback that misbehaves where it is told to, and keeps books of what it took."""

import base64
import re
import socket
import socketserver
import ssl
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import trustme

PHASES = ("CONNECT", "EHLO", "STARTTLS", "TLS", "AUTH", "MAIL", "RCPT", "DATA", "CONTENT", "DOT")
PATIENCE_S = 30
_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(\S+)")
_REPLIES = {
    "CONNECT": "220 sink",
    "STARTTLS": "220 go on",
    "AUTH": "235 2.7.0 welcome",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 taken",
    "QUIT": "221 bye",
}


@dataclass
class Fault:
    """What happens instead of the usual answer: `reply`, or the connection ends, or nothing is ever said.

    A reply that `breaks_off` has no end of its line, and the connection ends. A message whose final dot came is
    `taken` or not, whatever is said about it.
    """

    reply: str = ""
    hangs: bool = False
    taken: bool = False
    breaks_off: bool = False

    @property
    def takes(self) -> bool:
        return self.taken or self.reply.startswith("250")

    @property
    def said(self) -> bytes:
        return self.reply.encode() + (b"" if self.breaks_off else b"\r\n")

    @property
    def is_definite(self) -> bool:
        """Whether who heard it knows what became of his message."""
        return self.reply[:1] in tuple("245") and not self.breaks_off


@dataclass
class Pause:
    """The answer is held back until `go_on`."""

    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


Key = tuple[str, int]  # phase, and the how manieth time it is reached, from 1


class Sink(socketserver.ThreadingTCPServer):
    """Serves between `with` and its end. `faults` and `pauses` say what happens where."""

    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        ca: trustme.CA | None = None,
        faults: dict[Key, Fault] | None = None,
        pauses: dict[Key, Pause] | None = None,
        *,
        pipelines: bool = True,
    ) -> None:
        self.faults, self.pauses, self.pipelines = faults or {}, pauses or {}, pipelines
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if ca else None
        if ca:
            ca.issue_cert("127.0.0.1", "localhost").configure_cert(self.tls)
        self.ends = threading.Event()
        self.changed = threading.Condition()  # of all that follows
        self.reached: Counter[str] = Counter()  # phases
        self.answered: Counter[str] = Counter()
        self.taken: Counter[tuple[str, str]] = Counter()  # (Message-ID, recipient)
        self.left_open = 0  # final dots without a definite answer
        self.talking = 0  # conversations under way
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)

    def __enter__(self):
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.ends.set()
        for pause in self.pauses.values():
            pause.go_on.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def messages(self) -> Counter[str]:
        """How often each Message-ID came, by the recipient who got it most often."""
        most: Counter[str] = Counter()
        for (message_id, _recipient), count in self.taken.items():
            most[message_id] = max(most[message_id], count)
        return most

    def at(self, phase: str) -> tuple[Fault | None, Pause | None]:
        """What to do, now that a conversation came to this phase."""
        with self.changed:
            self.reached[phase] += 1
            key = (phase, self.reached[phase])
            self.changed.notify_all()
        return self.faults.get(key), self.pauses.get(key)

    def take(self, message: bytes, recipients: list[str]) -> None:
        message_id = _MESSAGE_ID.search(message)[1].decode()
        with self.changed:
            for recipient in recipients:
                self.taken[message_id, recipient] += 1
            self.changed.notify_all()

    def wait_for(self, is_so) -> bool:
        """Until the books say so; False when they never do."""
        with self.changed:
            return self.changed.wait_for(is_so, PATIENCE_S)

    def handle_error(self, request, client_address):
        """A client that is gone in the middle is what the tests do."""


class _Over(Exception):
    """This conversation has ended."""


class _Conversation(socketserver.StreamRequestHandler):
    timeout = PATIENCE_S

    def handle(self):
        with self.server.changed:
            self.server.talking += 1
        try:
            with suppress(_Over, OSError):
                self._talk()
        finally:
            with self.server.changed:
                self.server.talking -= 1
                self.server.changed.notify_all()

    def _talk(self):
        self.recipients: list[str] = []
        self._answer("CONNECT")
        while line := self.rfile.readline():
            command = line.decode().rstrip("\r\n")
            verb = command[:8].upper() if command[:8].upper() == "STARTTLS" else command[:4].upper()
            reply = self._answer(verb, command)
            is_yes = reply[:1] in "23"
            if verb == "QUIT":
                return
            if verb == "STARTTLS" and is_yes:
                self._begin_tls()
            if verb in ("MAIL", "RSET"):
                self.recipients = []
            if verb == "RCPT" and is_yes:
                self.recipients.append(command.partition("<")[2].partition(">")[0])
            if verb == "DATA" and is_yes:
                self._take_message()

    def _answer(self, phase: str, command: str = "", message: bytes = b"") -> str:
        """The books first: a server that took a message may die before it says so."""
        fault, pause = self.server.at(phase)
        if message:
            self._enter(message, fault)
        if pause is not None:
            pause.reached.set()
            pause.go_on.wait(PATIENCE_S)
        fault = fault or Fault(self._usual(phase, command))
        reply = fault.reply
        if not reply:
            self._leave(fault)
        self.request.sendall(fault.said)
        if fault.breaks_off:
            raise _Over
        with self.server.changed:
            self.server.answered[phase] += 1
            self.server.changed.notify_all()
        return reply

    def _usual(self, phase: str, command: str) -> str:
        if phase == "EHLO":
            features = ["sink", "SIZE 50000000", "8BITMIME"]
            features += ["PIPELINING"] if self.server.pipelines else []
            if self.server.tls:
                features += ["AUTH PLAIN"] if isinstance(self.request, ssl.SSLSocket) else ["STARTTLS"]
            return "".join(f"250-{each}\r\n" for each in features) + "250 HELP"
        if phase == "AUTH" and not base64.b64decode(command.split(" ", 2)[2]):
            return "535 5.7.8 who?"
        if phase == "DATA" and not self.recipients:
            return "554 5.5.1 no valid recipients"
        return _REPLIES.get(phase, "250 ok")

    def _leave(self, fault: Fault) -> None:
        """Without a word: at once, or when the client has given up."""
        while fault.hangs and self.request.recv(65_536):
            pass
        raise _Over

    def _begin_tls(self) -> None:
        fault, _pause = self.server.at("TLS")
        if fault and fault.reply:  # no handshake
            self.request.sendall(f"{fault.reply}\r\n".encode())
            self._leave(Fault(hangs=True))
        if fault:
            self._leave(fault)
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")

    def _take_message(self) -> None:
        lines = [self.rfile.readline()]
        fault, pause = self.server.at("CONTENT")
        if pause is not None:
            pause.reached.set()
            pause.go_on.wait(PATIENCE_S)
        if fault:
            self._give_up(fault)
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Over
            lines.append(line.removeprefix(b"."))
        self._answer("DOT", message=b"".join(lines))

    def _give_up(self, fault: Fault) -> None:
        """In the middle of a message."""
        if fault.hangs:  # reads no further
            self.server.ends.wait(PATIENCE_S)
        elif fault.reply:
            self.request.sendall(fault.said)
            self._leave(Fault(hangs=not fault.breaks_off))
        raise _Over

    def _enter(self, message: bytes, fault: Fault | None) -> None:
        if not fault or fault.takes:
            self.server.take(message, self.recipients)
        if fault and not fault.is_definite:
            with self.server.changed:
                self.server.left_open += 1

    def finish(self):
        self.rfile.close()
        with suppress(OSError):
            self.request.close()
