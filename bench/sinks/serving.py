"""Running a sink: its port on the first line, then its books for each line of input; ends with its input."""

import asyncio
import json
import ssl
import sys
from collections.abc import Callable

from bench.sinks.books import Books

try:
    from uvloop import run
except ImportError:  # only `make bench` installs it
    from asyncio import run


def serve(protocol: Callable[[Books], asyncio.Protocol], certificate: str) -> None:
    """`certificate` is a PEM file with key and chain."""
    run(_serve(protocol, certificate))


async def _serve(protocol: Callable[[Books], asyncio.Protocol], certificate: str) -> None:
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    books = Books()
    server = await loop.create_server(lambda: protocol(books), "127.0.0.1", 0, ssl=tls, backlog=1_024)
    _print({"port": server.sockets[0].getsockname()[1]})
    while await loop.run_in_executor(None, sys.stdin.readline):
        _print(books.told())
    server.close()


def _print(facts: dict) -> None:
    print(json.dumps(facts), flush=True)
