"""Commands that run until they are stopped: how signals stop them, and the exit codes they have in common."""

import os
import signal
from collections.abc import Callable
from types import FrameType

from django.core.management.base import BaseCommand, CommandError, SystemCheckError
from django.db import OperationalError

from core.schema import SchemaAhead, SchemaBehind, check_schema

FAILED, MISUSED = 1, 2  # to be started again; wrong options or settings, which starting again does not mend


class LongRunningCommand(BaseCommand):
    def check(self, *args: object, **options: object) -> None:
        try:
            super().check(*args, **options)
        except SystemCheckError as error:
            raise CommandError(str(error), returncode=MISUSED) from None
        try:
            check_schema()
        except SchemaBehind as error:
            raise CommandError(str(error), returncode=FAILED) from None
        except SchemaAhead as error:
            raise CommandError(str(error), returncode=MISUSED) from None
        except OperationalError:
            pass  # a database that is away is waited for


def stop_on_signals(stop: Callable[[], None], sentence: str) -> None:
    """The first SIGINT or SIGTERM calls `stop` and says the sentence; a second one ends the process at once."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, _stop_now)
        signal.signal(signal.SIGTERM, _stop_now)
        stop()
        # Not the command's stderr: a signal may come in the middle of another write.
        os.write(2, f"{sentence}\n".encode())

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)


def _stop_now(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)
