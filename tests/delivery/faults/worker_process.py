"""What a worker process of these tests does; imported once, and then forked from."""

import importlib

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

django.setup()

import sender.management.commands.worker  # noqa: E402, F401 - everything that a worker needs


def run(
    database: dict, facts: dict[str, object], changes: dict[str, object], threads: int, until_empty: bool
) -> None:
    connections.settings["default"].update(database)
    if hasattr(connections._connections, "default"):  # made while this was imported, perhaps for another
        del connections["default"]
    for name, value in facts.items():
        setattr(settings, name, value)
    for place, value in changes.items():
        *module, name = place.split("__")
        setattr(importlib.import_module(".".join(module)), name, value)
    call_command("worker", threads=threads, until_empty=until_empty)
