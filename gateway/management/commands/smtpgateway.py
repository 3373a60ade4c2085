"""`manage.py smtpgateway`: take mail from programs and devices that speak SMTP."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from core.lean import be_lean
from core.long_running import FAILED, MISUSED, LongRunningCommand, stop_on_signals
from gateway import channel
from gateway.limits import Limits
from gateway.processes import Processes
from gateway.server import CannotStart, Gateway, Ports
from gateway.settings import port_of

MOST_ON_SQLITE = 4  # they take turns at writing
LEAST_THREADS = 2  # of one process, so that a sign-in need not wait for a message


class Command(LongRunningCommand):
    help = (
        "Takes mail by SMTP from who signs in with an API key, and puts it into the outbox. The first Ctrl-C (or "
        "SIGTERM) finishes the messages being received; a second one stops at once. SIGHUP reads the certificate "
        "anew. Exit code 0: stopped as asked; 1: an error of its own, start it again; 2: wrong options or "
        "settings; 130 or 143: stopped at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--processes", type=int, help="that share the work (default: one a core; on SQLite at most four)"
        )
        parser.add_argument(
            "--threads",
            type=int,
            default=8,
            help="messages stored at once by all processes together (default 8)",
        )

    def handle(self, *args: object, **options: object) -> None:
        count = _usual_processes() if options["processes"] is None else options["processes"]
        if min(options["threads"], count) < 1:
            raise CommandError("--processes and --threads must be at least 1.", returncode=MISUSED)
        if count > 1 and not channel.IS_POSSIBLE:
            raise CommandError("More than one of --processes needs Linux.", returncode=MISUSED)
        be_lean()
        try:
            gateway = _from_settings(options["threads"], count)
            if count > 1:
                gateway = Processes(gateway, count)
            sentence = "Finishing the messages being received; a second signal stops at once."
            stop_on_signals(gateway.stop, sentence)
            gateway.run()
        except CannotStart as error:
            raise CommandError(str(error), returncode=MISUSED if error.is_lasting else FAILED) from None


def _usual_processes() -> int:
    if not channel.IS_POSSIBLE:
        return 1
    cores = len(os.sched_getaffinity(0))
    return min(cores, MOST_ON_SQLITE) if connection.vendor == "sqlite" else cores


def _from_settings(threads: int, processes: int) -> Gateway:
    """One of so many processes. Raises CannotStart."""
    files = [settings.GATEWAY_CERTIFICATE, settings.GATEWAY_PRIVATE_KEY]
    if not all(files):
        sentence = (
            "Set GATEWAY_CERTIFICATE and GATEWAY_PRIVATE_KEY to the files of a certificate and its key."
        )
        raise CannotStart(sentence, is_lasting=True)
    ports = Ports(port_of("GATEWAY_STARTTLS_PORT"), port_of("GATEWAY_TLS_PORT"))
    if ports == Ports():
        raise CannotStart("GATEWAY_STARTTLS_PORT or GATEWAY_TLS_PORT must be a port.", is_lasting=True)
    return Gateway(
        settings.GATEWAY_HOST,
        ports,
        name=settings.GATEWAY_NAME,
        certificate=Path(files[0]),
        private_key=Path(files[1]),
        threads=max(threads // processes, LEAST_THREADS) if processes > 1 else threads,
        limits=_limits(processes),
    )


def _limits(processes: int) -> Limits:
    """Of the memory for messages that are on their way each process has its share; the rest is counted together."""
    largest, together = settings.GATEWAY_MAX_MB * 1024 * 1024, Limits().in_hand_bytes
    return Limits(message_bytes=largest, in_hand_bytes=max(together // processes, largest))
