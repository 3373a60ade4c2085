"""The examples of docs/gateway.md run as they are written, but for host, port and key."""

import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from gateway import replies
from sender.models import OutboxMessage
from tests.gateway.client import MESSAGE
from tests.gateway.conftest import BOB

DOCUMENT = (settings.BASE_DIR / "docs" / "gateway.md").read_text("utf-8")


def example(door, language: str) -> str:
    text = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[1]
    port = str(door.gateway.ports.starttls)
    for written, here in (
        ("mail.firm.example", "localhost"),
        ("587", port),
        ("pmk_…", door.secret),
        ("ulla.user@nordicfreight.example", BOB),
    ):
        assert written in text
        text = text.replace(written, here)
    return text


def run(door, command: list[str], folder: Path) -> None:
    trusted = {"SSL_CERT_FILE": str(door.ca_file), "CURL_CA_BUNDLE": str(door.ca_file)}
    done = subprocess.run(
        command, cwd=folder, env=os.environ | trusted, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_python_example_sends(door, tmp_path):
    run(door, [sys.executable, "-c", example(door, "python")], tmp_path)
    message = OutboxMessage.objects.get()
    assert (message.subject, message.membership) == ("Order 1", door.world.user)


def test_the_curl_example_sends(door, tmp_path):
    (tmp_path / "message.eml").write_text(MESSAGE, newline="")
    run(door, ["sh", "-c", example(door, "sh")], tmp_path)
    assert OutboxMessage.objects.get().message_id == "<order-1@people.example>"


def test_each_reply_that_asks_for_patience_is_explained():
    codes = {reply[:9] for name, reply in vars(replies).items() if name.isupper() and isinstance(reply, str)}
    temporary = {code.strip() for code in codes if code[0] == "4"}
    explained = set(re.findall(r"`(\d{3} \d\.\d\.\d)", DOCUMENT)) | {"421 4.7.0"}
    assert temporary - explained == set()
