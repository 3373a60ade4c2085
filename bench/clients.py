"""Programs that ask the portal, each over one kept connection: `python -m bench.clients --port N …`.

As little as can be done in Python, so that the server is measured and not its clients. Prints one line of JSON.
"""

import argparse
import asyncio
import json
import time

from bench.letters import text
from bench.raw import RECIPIENT, SENDER, cpu_s

HOST = "127.0.0.1"
BEFORE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--key", help="POST a message of this size with the API key")
    parser.add_argument("--cookie", help="or GET the empty view in this session")
    options = parser.parse_args()
    request = post(options.key, options.size) if options.key else get(options.cookie)
    print(json.dumps(asyncio.run(_measured(options, request))))


def post(key: str, size: int) -> bytes:
    body = json.dumps({"as": SENDER, "to": [RECIPIENT], "subject": "Order", "text": text(size)}).encode()
    head = [
        "POST /api/v1/messages HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def get(cookie: str) -> bytes:
    return f"GET /bare/empty/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()


async def _measured(options: argparse.Namespace, request: bytes) -> dict:
    """Each client asks a few times before, so that the server's processes have made what they keep."""
    connections = [await asyncio.open_connection(HOST, options.port) for _ in range(options.clients)]
    each = options.requests // options.clients
    await asyncio.gather(*(_ask(*connection, request, BEFORE) for connection in connections))
    began, cpu_before = time.monotonic(), cpu_s()
    took = await asyncio.gather(*(_ask(*connection, request, each) for connection in connections))
    seconds, cpu = time.monotonic() - began, cpu_s() - cpu_before
    for _reader, writer in connections:
        writer.close()
    all_of_them = sorted(one for times in took for one in times)
    p95_ms = all_of_them[int(len(all_of_them) * 0.95)] * 1_000
    return {"seconds": seconds, "cpu_s": cpu, "before": BEFORE * options.clients, "p95_ms": p95_ms}


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, times: int
) -> list[float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        writer.write(request)
        await _answer(reader)
        took.append(time.perf_counter() - began)
    return took


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 20"):
        raise SystemExit(f"The portal said {body!r}.")


if __name__ == "__main__":
    main()
