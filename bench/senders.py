"""Devices that speak SMTP, each over one kept connection to the gateway: `python -m bench.senders --port N …`.

Ready-made bytes by smtplib, as `bench.raw`; each client is a thread. Prints one line of JSON.
"""

import argparse
import json
import smtplib
import socket
import ssl
import threading
import time

from bench.letters import letters
from bench.raw import SENDER, cpu_s, plainly

BEFORE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--size", type=int, default=10_000)
    options = parser.parse_args()
    everybody = threading.Barrier(options.clients + 1)
    threads = [
        threading.Thread(target=_client, args=(options, number, everybody))
        for number in range(options.clients)
    ]
    for thread in threads:
        thread.start()
    everybody.wait()
    began, cpu_before = time.monotonic(), cpu_s()
    everybody.wait()
    took = {"seconds": time.monotonic() - began, "cpu_s": cpu_s() - cpu_before}
    print(json.dumps(took | {"before": BEFORE * options.clients}))


def _client(options: argparse.Namespace, number: int, everybody: threading.Barrier) -> None:
    count = BEFORE + options.messages // options.clients
    made = list(letters(count, options.size, f"client{number}"))
    tls = ssl.create_default_context(cafile=options.ca)
    with smtplib.SMTP_SSL("localhost", options.port, "client.example", context=tls) as server:
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.login(SENDER, options.key)
        server.ehlo()
        for letter in made[:BEFORE]:
            plainly(server, letter)
        everybody.wait()
        for letter in made[BEFORE:]:
            plainly(server, letter)
        everybody.wait()


if __name__ == "__main__":
    main()
