"""`manage.py smtpgateway`: take mail from programs and devices that speak SMTP."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from core.long_running import FAILED, MISUSED, LongRunningCommand, stop_on_signals
from gateway.limits import Limits
from gateway.server import CannotStart, Gateway, Ports
from gateway.settings import port_of


class Command(LongRunningCommand):
    help = (
        "Takes mail by SMTP from who signs in with an API key, and puts it into the outbox. The first Ctrl-C (or "
        "SIGTERM) finishes the messages being received; a second one stops at once. SIGHUP reads the certificate "
        "anew. Exit code 0: stopped as asked; 1: an error of its own, start it again; 2: wrong options or "
        "settings; 130 or 143: stopped at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=8, help="messages stored at once (default 8)")

    def handle(self, *args: object, **options: object) -> None:
        if options["threads"] < 1:
            raise CommandError("--threads must be at least 1.", returncode=MISUSED)
        try:
            gateway = _from_settings(options["threads"])
            sentence = "Finishing the messages being received; a second signal stops at once."
            stop_on_signals(gateway.stop, sentence)
            gateway.run()
        except CannotStart as error:
            raise CommandError(str(error), returncode=MISUSED if error.is_lasting else FAILED) from None


def _from_settings(threads: int) -> Gateway:
    """Raises CannotStart."""
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
        threads=threads,
        limits=Limits(message_bytes=settings.GATEWAY_MAX_MB * 1024 * 1024),
    )
