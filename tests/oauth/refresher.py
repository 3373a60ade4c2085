"""A process of its own that asks for access tokens in several threads at once (see test_refresh_processes).

`prepare` reads what to store from standard input as JSON, fills a fresh database and prints the connection's id;
`run ID THREADS` says "ready", waits for a line, then prints one JSON list with a short hash of each thread's token.
"""

# ruff: noqa: E402 - Django has to be set up before models are imported

import hashlib
import json
import sys
from threading import Barrier, Thread

import django

django.setup()

from django.core.management import call_command
from django.db import connections

from accounts.audit import COMMAND_LINE
from core.clock import now
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp
from oauth import tokens
from oauth.models import Connection, TokenCache
from tests.factories import make_company, make_member


def prepare() -> None:
    facts = json.load(sys.stdin)
    call_command("migrate", verbosity=0)
    company = make_company("NordicFreight")
    member = make_member(company)
    MicrosoftApp.objects.create(
        company=company, cloud="sandbox", tenant_id=facts["tenant_id"], client_id=facts["client_id"]
    )
    credentials.store(company, CredentialKind.CLIENT_SECRET, facts["secret"], actor=COMMAND_LINE)
    connection = Connection.objects.create(
        company=company,
        membership=member,
        client_id=facts["client_id"],
        tenant_id=facts["tenant_id"],
        object_id=facts["object_id"],
        address=member.user.email,
        scopes=facts["scopes"],
        connected_at=now(),
        refreshed_at=now(),
    )
    cache = TokenCache(connection=connection)
    cache.seal(facts["cache"].encode())
    cache.save()
    print(connection.pk)


def run(connection_id: str, threads: int) -> None:
    found: list[str] = []
    barrier = Barrier(threads)

    def ask() -> None:
        connection = Connection.objects.get(pk=connection_id)
        barrier.wait()
        token = tokens.access_token(connection)
        found.append(hashlib.sha256(token.encode()).hexdigest()[:8])
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
    prepare() if sys.argv[1] == "prepare" else run(sys.argv[2], int(sys.argv[3]))
