"""A process of its own that asks for an access token in several threads at once (see test_concurrency).

Says "ready", waits for a line, then prints one JSON list with the token each thread got.
"""

# ruff: noqa: E402 - Django has to be set up before models are imported

import json
import sys
from threading import Thread

import django

django.setup()

from django.db import connections

from oauth import tokens
from oauth.models import Connection


def main(threads: int) -> None:
    found: list[str] = []

    def ask() -> None:
        found.append(tokens.access_token(Connection.objects.get()))
        connections.close_all()

    workers = [Thread(target=ask) for _ in range(threads)]
    print("ready", flush=True)
    sys.stdin.readline()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
