"""`manage.py apply FILE.toml`: companies, people and settings from a file."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError
from django.db import DatabaseError

from accounts.audit import COMMAND_LINE
from core.command_line import COULD_NOT_RUN, CheckedCommand, said_of
from core.errors import ConfigurationError
from mailsettings.apply.reading import read
from mailsettings.apply.report import Report
from mailsettings.apply.writing import write


class Command(CheckedCommand):
    help = (
        "Make companies, people and mail settings what FILE says; what it does not mention is left alone. "
        "Exit code 0: changed, or nothing to do; 1: errors in the file, nothing changed; 2: cannot run. "
        "docs/apply.md describes the file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a TOML file")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, file: Path, dry_run: bool, json: bool, **_options: object) -> None:
        report = Report(dry_run=dry_run)
        try:
            document = read(file, report)
            write(document, report, actor=COMMAND_LINE)
        except OSError as error:
            raise CommandError(
                f"{file} cannot be read: {error.strerror}.", returncode=COULD_NOT_RUN
            ) from None
        except ConfigurationError as error:
            raise CommandError(f"Nothing was changed: {error}", returncode=COULD_NOT_RUN) from None
        except DatabaseError as error:
            sentence = said_of(error) or str(error)
            raise CommandError(f"Nothing was changed. {sentence}", returncode=COULD_NOT_RUN) from None
        if report.errors:
            report.changes.clear()
        self.stdout.write(report.as_json() if json else report.as_text())
        if report.errors:
            sys.exit(1)
