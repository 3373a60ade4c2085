"""`manage.py`: what keeps a command from running is a sentence and exit code 2, not a traceback."""

import sqlite3
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.core.management.base import BaseCommand, SystemCheckError
from django.db import DatabaseError, OperationalError, connection

from core.schema import SchemaAhead, SchemaBehind, check_schema

COULD_NOT_RUN = 2


class CheckedCommand(BaseCommand):
    """One whose exit code 1 says something of its own: a faulty installation ends it with 2."""

    def check(self, *args: object, **options: object) -> None:
        try:
            super().check(*args, **options)
        except SystemCheckError as error:
            error.returncode = COULD_NOT_RUN
            raise


def run(arguments: list[str]) -> None:
    """Ends the process with exit code 2 where settings or database are at fault; `--traceback` shows all of it."""
    try:
        execute_from_command_line(arguments)
    except (ImproperlyConfigured, DatabaseError) as error:
        is_settings = isinstance(error, ImproperlyConfigured)
        sentence = f"The settings are wrong: {error}" if is_settings else said_of(error)
        if not sentence or "--traceback" in arguments:
            raise
        print(sentence, file=sys.stderr)
        sys.exit(COULD_NOT_RUN)


def said_of(error: DatabaseError) -> str:
    """What to do about a database that is away, locked or of another version; empty for a fault of our own."""
    try:
        check_schema()
    except (SchemaBehind, SchemaAhead) as wrong:
        return str(wrong)
    except DatabaseError:
        pass  # it is away
    cause = error.__cause__
    is_our_sql = isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode == sqlite3.SQLITE_ERROR
    if is_our_sql or not isinstance(error, OperationalError):
        return ""
    place = f" ({connection.settings_dict['NAME']})" if connection.vendor == "sqlite" else ""
    return f"The database could not be used: {str(error).strip()}{place}"
