"""The examples of docs/api.md, as they stand there, against a portal on a real port."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project

from accounts.audit import COMMAND_LINE
from accounts.models import Role
from api import keys
from api.scopes import Scope
from sender.models import OutboxMessage
from sender.reading import content_of
from tests.factories import make_company, make_member
from tests.sender.helpers import open_relay

BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```$", (project.BASE_DIR / "docs/api.md").read_text("utf-8"), re.M | re.S
)
ORDER = next(text for kind, text in BLOCKS if kind == "json")
INVOICES = next(text for kind, text in BLOCKS if kind == "ndjson")
RUN = [(kind, text) for kind, text in BLOCKS if kind in ("sh", "python") and "POSTROOM_URL=" not in text]
CHECKERS = {"php": ["php", "-l"]}  # what tells whether the others are well-formed, where it is there


@pytest.fixture
def run(transactional_db, live_server, settings, tmp_path):
    settings.PUBLIC_URL = live_server.url
    company = make_company("NordicFreight")
    ulla = make_member(company, Role.USER, "ulla", email="ulla.user@nordicfreight.example")
    open_relay(ulla)
    _key, secret = keys.make(company, "ERP", [Scope.SEND, Scope.READ], people=[ulla], actor=COMMAND_LINE)
    (tmp_path / "order.json").write_text(ORDER, "utf-8")
    (tmp_path / "invoices.ndjson").write_text(INVOICES, "utf-8")
    environment = os.environ | {"POSTROOM_URL": live_server.url, "POSTROOM_KEY": secret}

    def go(kind: str, text: str) -> str:
        command = ["sh", "-e", "-c", text] if kind == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return go


def test_each_example_of_curl_and_python_runs(run):
    said = [run(kind, text) for kind, text in RUN]
    assert len(said) == 5
    subjects = {message.subject for message in OutboxMessage.objects.all()}
    assert subjects == {"Order 4711", "Order 4712", "Invoice 4711", "Invoice 4712"}
    assert json.loads(said[0])["id"] in said[1]  # the same Idempotency-Key: the same message
    assert len(json.loads(said[-1])["messages"]) == 4
    content = content_of(OutboxMessage.objects.get(subject="Order 4711"))
    assert [(file.name, file.content) for file in content.files] == [("order.txt", b"One truck.")]


@pytest.mark.parametrize("kind", ["csharp", "php"])
def test_the_other_languages_do_the_same_as_curl(kind, tmp_path: Path):
    (text,) = [text for found, text in BLOCKS if found == kind]
    for said in ("POSTROOM_URL", "/api/v1/messages", "POSTROOM_KEY", "Bearer", "order-4711", "order.json"):
        assert said in text
    assert text.count("(") == text.count(")")
    assert text.count("{") == text.count("}")
    checker = CHECKERS.get(kind)
    if checker and shutil.which(checker[0]):
        (tmp_path / "example").write_text(text, "utf-8")
        subprocess.run([*checker, tmp_path / "example"], check=True, timeout=60)
