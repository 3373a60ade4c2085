"""The yardstick: smtplib sending ready-made bytes over one kept connection, and the same pipelined by hand.

`python -m bench.raw --port N --ca FILE --messages 1000 --size 10000 [--pipelined]` prints one line of JSON.
"""

import argparse
import json
import resource
import smtplib
import socket
import ssl
from collections.abc import Callable

from bench.letters import letters

SENDER, RECIPIENT = "raw@sender.example", "rita@recipient.example"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--pipelined", action="store_true")
    options = parser.parse_args()
    ready = list(letters(options.messages, options.size))
    tls = ssl.create_default_context(cafile=options.ca)
    with smtplib.SMTP_SSL("localhost", options.port, "client.example", context=tls) as server:
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.login(SENDER, "password")
        server.ehlo()
        send = pipelined if options.pipelined else plainly
        before = cpu_s()
        for letter in ready:
            send(server, letter)
        print(json.dumps({"cpu_s": cpu_s() - before}))


def cpu_s() -> float:
    """What this process used so far, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def plainly(server: smtplib.SMTP, letter: bytes) -> None:
    server.sendmail(SENDER, [RECIPIENT], letter)


def pipelined(server: smtplib.SMTP, letter: bytes) -> None:
    """As little as can be done in Python."""
    server.sock.sendall(
        b"MAIL FROM:<%b> SIZE=%d\r\nRCPT TO:<%b>\r\nDATA\r\n"
        % (SENDER.encode(), len(letter), RECIPIENT.encode())
    )
    _expect(server, b"250", b"250", b"354")
    server.sock.sendall(letter.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    _expect(server, b"250")


def _expect(server: smtplib.SMTP, *codes: bytes) -> None:
    read: Callable[[], bytes] = server.file.readline
    for code in codes:
        if not (line := read()).startswith(code):
            raise SystemExit(f"The sink said {line!r}.")


if __name__ == "__main__":
    main()
