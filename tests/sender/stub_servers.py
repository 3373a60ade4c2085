"""Small servers on loopback that answer as they are told: for the faults that a well-made server does not have."""

import base64
import socket
import socketserver
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

DROP = "drop"  # as a reply: end the connection without one


class _Running:
    """Serves in a thread of its own, between `with` and its end."""

    daemon_threads = False
    allow_reuse_address = True

    def __enter__(self):
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A client that left in the middle is what the tests do."""


class StubSmtp(_Running, socketserver.ThreadingTCPServer):
    """Answers each command with 250, or with the reply of the longest key in `replies` that it starts with.

    Keys: "GREETING", a command's beginning ("RCPT TO:<a@"), "CONTENT" (within a message) and "." (the final
    dot). A reply is text, DROP, or a list of them used up one by one.
    """

    features = ("SIZE 5000000", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH LOGIN PLAIN XOAUTH2")

    def __init__(self, ca: trustme.CA, replies: dict | None = None, *, implicit_tls: bool = False) -> None:
        self.replies = {"GREETING": "220 stub ready", "DATA": "354 go on", ".": "250 2.0.0 taken"}
        self.replies |= {"QUIT": "221 bye", "AUTH": "235 2.7.0 welcome", "STARTTLS": "220 go on"}
        for key, reply in (replies or {}).items():
            self.replies[key] = list(reply) if isinstance(reply, list) else reply
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self.connections = 0
        self.implicit_tls = implicit_tls
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1", "localhost").configure_cert(self.tls)
        super().__init__(("127.0.0.1", 0), _SmtpConversation)

    def reply_to(self, command: str) -> str:
        keys = [key for key in self.replies if command.startswith(key)]
        if not keys:
            return (
                "250-stub\r\n250-" + "\r\n250-".join(self.features) + "\r\n250 HELP"
                if command[:4] == "EHLO"
                else "250 ok"
            )
        reply = self.replies[max(keys, key=len)]
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        return reply


class _SmtpConversation(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self):
        self.server.connections += 1
        self.recipients = 0
        if self.server.implicit_tls:
            self._begin_tls()
        if not self._say("GREETING"):
            return
        while line := self.rfile.readline():
            command = line.decode().rstrip("\r\n")
            command = command[:4].upper() + command[4:]
            self.server.commands.append(command)
            reply = self._say(command)
            if not reply or command == "QUIT":
                return
            if command == "STARTTLS":
                self._begin_tls()
            if command[:4] in ("MAIL", "RSET"):
                self.recipients = 0
            self.recipients += command[:4] == "RCPT" and reply[0] == "2"
            if command == "DATA" and reply.startswith("354") and not self._take_message():
                return

    def _begin_tls(self):
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")

    def _say(self, command: str) -> str:
        """What was said; "" when it was nothing."""
        reply = self.server.reply_to(command)
        if reply == DROP:
            return ""
        self.request.sendall(reply.encode() + b"\r\n")
        return reply

    def _take_message(self) -> bool:
        if self.server.replies.get("CONTENT") == DROP:
            return False
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b"."))
        if not self.recipients:
            self.request.sendall(b"554 5.5.1 No valid recipients\r\n")
            return True
        self.server.messages.append(b"".join(lines))
        return bool(self._say("."))

    def finish(self):
        self.rfile.close()
        self.request.close()


class StubGraph(_Running, ThreadingHTTPServer):
    """Answers POSTs with `answers` one by one, the last for ever: (status, headers, body), or DROP."""

    def __init__(self, answers: list | None = None) -> None:
        self.answers = answers or [(202, {}, b"")]
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.kept: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), GraphCall)

    def __exit__(self, *error):
        """Also ends the connections that the client keeps, as nobody waits for those."""
        for connection in list(self.kept):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().__exit__(*error)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[bytes]:
        return [base64.b64decode(body) for _path, _headers, body in self.requests]


class GraphCall(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def setup(self):
        super().setup()
        self.server.connections += 1
        self.server.kept.add(self.connection)

    def finish(self):
        self.server.kept.discard(self.connection)
        super().finish()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            self.close_connection = True
            return
        self.server.requests.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == DROP:
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in {**headers, "request-id": "r-1", "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args):
        """Quiet."""
