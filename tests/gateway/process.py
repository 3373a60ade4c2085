"""The gateway as a process with its settings in the environment, and a client in the middle of a message."""

import re
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from gateway.server import Ports
from tests.gateway.client import MESSAGE, Client
from tests.gateway.conftest import BOB
from tests.processes import running
from tests.sender.helpers import open_relay


@contextmanager
def started(settings_of, processes: int):
    """(the process, its ports); of several processes it is the one that started the others."""
    settings_of()
    with running("smtpgateway", "--processes", str(processes)) as process:
        line = until(process, "gateway started")
        yield process, Ports(*(int(re.search(rf" {name}=(\d+)", line)[1]) for name in ("starttls", "tls")))


def until(process: Popen, words: str) -> str:
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return line
    raise AssertionError(f"ended without saying {words!r}:\n{seen}")


def secret_for(world) -> str:
    open_relay(world.user)
    return keys.make(world.company, "Printer", [Scope.SEND], actor=COMMAND_LINE)[1]


def in_data(ports: Ports, ca_file: Path, secret: str) -> Client:
    client = Client(ports, ca_file, is_tls=True)
    client.login(BOB, secret)
    for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
        client(command)
    client.send(MESSAGE)
    return client
