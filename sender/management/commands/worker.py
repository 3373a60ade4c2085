"""`manage.py worker`: send what is due."""

import json
from contextlib import suppress

from django.core.management.base import CommandError, CommandParser

from core.lean import be_lean
from core.long_running import MISUSED, LongRunningCommand, stop_on_signals
from core.net import tls_context
from sender.journal import JournalFailed
from sender.transports.base import Outcome
from sender.worker import Worker


class Command(LongRunningCommand):
    help = (
        "Sends what is due from the outbox until it is stopped. The first Ctrl-C (or SIGTERM) finishes the "
        "messages being sent; a second one stops at once, and what was under way is settled when its lease has "
        "lapsed. Exit code 0: stopped as asked, or nothing is due any more; 1: an error of its own, start it "
        "again; 2: wrong options or settings; 130 or 143: stopped at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=32, help="connections served at once (default 32)")
        parser.add_argument("--until-empty", action="store_true", help="end when nothing is due any more")
        parser.add_argument(
            "--json", action="store_true", help="at the end, print how many attempts came to what"
        )

    def handle(self, *args: object, **options: object) -> None:
        if options["threads"] < 1:
            raise CommandError("--threads must be at least 1.", returncode=MISUSED)
        with suppress(OSError):  # told when it is needed; 20 ms that the first messages would wait for
            tls_context()
        be_lean()
        worker = Worker(threads=options["threads"], until_empty=options["until_empty"])
        sentence = "Finishing the messages being sent; a second signal stops at once."
        stop_on_signals(worker.stop, sentence)
        try:
            worker.run()
        except JournalFailed as error:
            raise CommandError(f"{error} (JOURNAL_FOLDER)", returncode=MISUSED) from None
        if options["json"]:
            self.stdout.write(json.dumps({outcome: worker.outcomes[outcome] for outcome in Outcome}))
