"""The SQLite file that outlives the process. Every change is committed before anybody is answered."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id TEXT PRIMARY KEY, received_at REAL NOT NULL, via TEXT NOT NULL, mailbox TEXT NOT NULL,
    mail_from TEXT NOT NULL, message_id TEXT NOT NULL, subject TEXT NOT NULL,
    recipients TEXT NOT NULL, raw BLOB NOT NULL, sent_raw BLOB
);
CREATE TABLE IF NOT EXISTS code (
    hash TEXT PRIMARY KEY, issued_at REAL NOT NULL, redeemed INTEGER NOT NULL DEFAULT 0,
    person TEXT NOT NULL, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    scope TEXT NOT NULL, nonce TEXT NOT NULL, challenge TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refresh_token (
    hash TEXT PRIMARY KEY, issued_at REAL NOT NULL, person TEXT NOT NULL, client_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS consent (
    holder TEXT NOT NULL, client_id TEXT NOT NULL, resource TEXT NOT NULL, scope TEXT NOT NULL,
    PRIMARY KEY (holder, client_id, resource, scope)
);
CREATE TABLE IF NOT EXISTS revocation (person TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS redirect_uri (client_id TEXT NOT NULL, uri TEXT NOT NULL, PRIMARY KEY (client_id, uri));
CREATE TABLE IF NOT EXISTS certificate (client_id TEXT NOT NULL, pem TEXT NOT NULL, PRIMARY KEY (client_id, pem));
CREATE TABLE IF NOT EXISTS fault (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, remaining INTEGER);
"""


class State:
    """One connection, used by the server's loop thread only."""

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def run(self, sql: str, *values) -> sqlite3.Cursor:
        """Execute one statement; outside `transaction` it is committed at once."""
        return self._connection.execute(sql, values)

    def row(self, sql: str, *values) -> sqlite3.Row | None:
        return self._connection.execute(sql, values).fetchone()

    def rows(self, sql: str, *values) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield

    def close(self) -> None:
        self._connection.close()
