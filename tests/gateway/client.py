"""A client that speaks line by line, so that a test says exactly what goes over the wire."""

import base64
import socket
import ssl
from pathlib import Path

from gateway.server import Ports

MESSAGE = (
    "From: Bob <bob@people.example>\r\nTo: rita@recipient.example\r\nSubject: Order 1\r\n"
    "Message-ID: <order-1@people.example>\r\n\r\nOne truck, please.\r\n"
)


class Client:
    """Greeted, and encrypted unless said otherwise. `said` is the greeting."""

    def __init__(self, ports: Ports, ca_file: Path, *, is_tls: bool, is_encrypted: bool = True) -> None:
        self.context = ssl.create_default_context(cafile=ca_file)
        self.socket = socket.create_connection(("127.0.0.1", ports.tls if is_tls else ports.starttls), 30)
        self.socket.settimeout(30)
        if is_tls:
            self._encrypt()
        else:
            self.file = self.socket.makefile("rb")
        self.said = self.reply()
        if is_encrypted and not is_tls and self.said.startswith("220"):
            assert self("STARTTLS").startswith("220")
            self._encrypt()

    def _encrypt(self) -> None:
        self.socket = self.context.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __call__(self, line: str) -> str:
        self.send(line + "\r\n")
        return self.reply()

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def reply(self) -> str:
        """All lines of the next reply; "" when the connection was closed."""
        lines = []
        while line := self.file.readline():
            lines.append(line.decode().rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def login(self, user_name: str, secret: str) -> str:
        self("EHLO client.example")
        return self(f"AUTH PLAIN {in_base64(chr(0).join(['', user_name, secret]))}")

    def mail(self, message: str | bytes = MESSAGE, *to: str, sender: str = "bob@people.example") -> str:
        """The reply to the final dot, or the first refusal."""
        commands = [
            f"MAIL FROM:<{sender}>",
            *(f"RCPT TO:<{each}>" for each in to or ("rita@recipient.example",)),
        ]
        for command in [*commands, "DATA"]:
            reply = self(command)
            if reply[0] not in "23":
                return reply
        self.send(message)
        return self(".")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
