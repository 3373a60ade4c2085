"""`manage.py rotatekeys`: encrypt everything anew under the first of ENCRYPTION_KEYS."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand

from core import crypto
from core.rotation import Progress, rotate


class Command(BaseCommand):
    help = (
        "Encrypt all stored values anew under the newest key. May be stopped and started again, and run beside "
        "the portal. Exit code 0: nothing is left under an older key; 1: something is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, json: bool, **_options: object) -> None:
        tables = rotate(self._report)
        self.stdout.write(as_json(tables) if json else as_text(tables))
        if any(table.left for table in tables):
            sys.exit(1)

    def _report(self, progress: Progress) -> None:
        self.stderr.write(f"{progress.table}: {progress.rotated} encrypted anew")


def as_json(tables: list[Progress]) -> str:
    return json.dumps(
        {"key": crypto.newest_key_id(), "tables": [asdict(table) for table in tables]}, indent=2
    )


def as_text(tables: list[Progress]) -> str:
    lines = [f"{table.table}: {table.rotated} encrypted anew, {table.left} left" for table in tables]
    for table in tables:
        lines += [f"{table.table}: cannot be read: {row}" for row in table.unreadable]
    if any(table.unreadable for table in tables):
        lines.append(
            "Values that cannot be read need their old key in ENCRYPTION_KEYS, or are lost: set them anew."
        )
    if not any(table.left for table in tables):
        lines.append(
            f"Everything is under {crypto.newest_key_id()}. Older keys may be taken out of ENCRYPTION_KEYS."
        )
    return "\n".join(lines)
