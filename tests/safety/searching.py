"""Everything the product leaves behind, in one heap: answers, log lines, printed text, rows, the database's file."""

import logging
import subprocess
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.safety import canaries


@dataclass
class Search:
    """Collects while a test runs; `assert_clean` then reads all of it. `parts` are (where, content)."""

    logs: dict[str, StringIO]
    printed: object  # pytest's capfd
    parts: list[tuple[str, bytes]] = field(default_factory=list)
    # Addresses that answers lead to at the sign-in server; the state has to stand in them.
    leaving_for: str = "https://"

    def client(self, **options: object) -> "WatchedClient":
        return WatchedClient(self, **options)

    def saw(self, where: str, content: str | bytes) -> None:
        self.parts.append((where, content.encode() if isinstance(content, str) else content))

    def saw_response(self, where: str, response: HttpResponse) -> None:
        self.saw(where, response.getvalue())
        for name, value in response.items():
            if not (name == "Location" and value.startswith(self.leaving_for)):
                self.saw(f"{where} {name}", value)

    def everything(self) -> list[tuple[str, bytes]]:
        out, err = self.printed.readouterr()
        self.saw("stdout", out)
        self.saw("stderr", err)
        lines = [(f"log, {name}", stream.getvalue().encode()) for name, stream in self.logs.items()]
        return [*self.parts, *lines, *rows(), *database_files()]

    def assert_clean(self, *more: str) -> None:
        """None of the canaries, nor of these further secrets, can be read anywhere."""
        heap = self.everything()
        looked_at = [(where, canaries.found_in(content, (*canaries.ALL, *more))) for where, content in heap]
        leaks = [(where, found) for where, found in looked_at if found]
        assert not leaks, f"in clear: {leaks}"


class WatchedClient(Client):
    """A browser whose every answer is searched; errors become pages, as for visitors."""

    def __init__(self, search: Search, **options: object) -> None:
        super().__init__(raise_request_exception=False, **options)
        self.search = search

    def request(self, **request: object) -> HttpResponse:
        response = super().request(**request)
        self.search.saw_response(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}", response)
        return response


def rows() -> list[tuple[str, bytes]]:
    """Every value of every column of every table as the database holds it; sessions also opened."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found += [
                    (f"{table}.{name}", _as_bytes(value)) for name, value in zip(names, row, strict=True)
                ]
    opened = [repr(session.get_decoded()) for session in Session.objects.all()]
    return found + [("an opened session", text.encode()) for text in opened]


def database_files() -> list[tuple[str, bytes]]:
    """The raw bytes of SQLite's files, where deleted values linger; nothing for a database server.

    Read by another process: closing a file drops all locks that this process holds on it (POSIX), SQLite's too
    (https://www.sqlite.org/howtocorrupt.html section 2.2).
    """
    if connection.vendor != "sqlite":
        return []
    main = Path(connection.settings_dict["NAME"])
    return [(path.name, _bytes_of(path)) for path in main.parent.glob(f"{main.name}*")]


def _bytes_of(path: Path) -> bytes:
    return subprocess.run(["cat", str(path)], capture_output=True, check=False).stdout


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def handler_of(stream: StringIO) -> logging.StreamHandler:
    """The product's own handler, as `portal.logs.configure` has just made it, writing to the stream."""
    (handler,) = logging.getLogger().handlers
    handler.setStream(stream)
    return handler
