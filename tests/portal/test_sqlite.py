"""SQLite as the settings open it."""

import sqlite3
from pathlib import Path

import pytest
from django.db import connection

ROWS, EACH = 9, 10_000_000  # bytes

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's files"),
]


def test_what_piled_up_behind_a_long_look_does_not_keep_the_disk_full():
    file = Path(connection.settings_dict["NAME"])
    beside = file.with_name(f"{file.name}-wal")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE much (content BLOB)")
        try:
            reader = sqlite3.connect(file, isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM much").fetchall()
            for _ in range(ROWS):
                cursor.execute("INSERT INTO much VALUES (zeroblob(%s))", [EACH])
            assert beside.stat().st_size > ROWS * EACH
            reader.close()
            cursor.execute("INSERT INTO much VALUES (1)")  # after it, all is put into the file
            cursor.execute("INSERT INTO much VALUES (2)")  # and this begins from the start
            assert beside.stat().st_size <= 64 * 1024 * 1024
        finally:
            cursor.execute("DROP TABLE much")
