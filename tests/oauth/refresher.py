"""A process of its own that asks for an access token in several threads at once (see test_concurrency).

Says "ready", waits for a line, then prints one JSON list with the token each thread got.
Its first word is the number of threads; the second may be "app", for the token of the app itself.
"""

# ruff: noqa: E402 - Django has to be set up before models are imported

import json
import sys
from collections.abc import Callable
from threading import Thread

import django

django.setup()

from django.db import connections

from accounts.models import Company
from oauth import app_tokens, tokens
from oauth.models import Connection, Resource


def of_person() -> str:
    return tokens.access_token(Connection.objects.get())


def of_app() -> str:
    return app_tokens.app_token(Company.objects.get(microsoft_app__isnull=False), Resource.GRAPH)


def main(threads: int, token_of: Callable[[], str]) -> None:
    found: list[str] = []

    def ask() -> None:
        found.append(token_of())
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
    main(int(sys.argv[1]), of_app if sys.argv[2:] == ["app"] else of_person)
