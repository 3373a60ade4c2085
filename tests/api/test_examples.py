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
IMPLICIT = ("System", "System.IO", "System.Net.Http", "System.Threading.Tasks")  # usings of a .NET project


def _php(text: str, folder: Path) -> list[object]:
    (folder / "example.php").write_text(text, "utf-8")
    return ["php", folder / "example.php"]


def _csharp(text: str, folder: Path) -> list[object]:
    """Mono's compiler knows C# 7: what stands at the top level goes into a class, and nothing is disposed of."""
    named = [line for line in text.splitlines() if re.fullmatch(r"using [\w.]+;", line)]
    usings = [*named, *(f"using {name};" for name in IMPLICIT)]
    body = "\n".join(line for line in text.splitlines() if line not in named).replace("using var", "var")
    main = "static int Main() { return Run().GetAwaiter().GetResult(); }"
    program = f"class Example {{ {main} static async Task<int> Run() {{\n{body}\n}} }}"
    (folder / "example.cs").write_text("\n".join([*usings, program]), "utf-8")
    compiled = folder / "example.exe"
    command = ["mcs", "-r:System.Net.Http.dll", f"-out:{compiled}", folder / "example.cs"]
    subprocess.run(command, check=True, timeout=60)
    return ["mono", compiled]


COMMANDS = {
    "sh": lambda text, _folder: ["sh", "-e", "-c", text],
    "python": lambda text, _folder: [sys.executable, "-c", text],
    "php": _php,
    "csharp": _csharp,
}
PROGRAMS = {"php": "php", "csharp": "mcs"}


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
        command = COMMANDS[kind](text, tmp_path)
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


@pytest.mark.parametrize("kind", PROGRAMS)
def test_the_other_languages_say_the_same_as_curl(kind):
    (text,) = [text for found, text in BLOCKS if found == kind]
    for said in ("POSTROOM_URL", "/api/v1/messages", "POSTROOM_KEY", "Bearer", "order-4711", "order.json"):
        assert said in text


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed")
        )
        for kind, name in PROGRAMS.items()
    ],
)
def test_the_other_languages_hand_over_the_same_order(run, kind):
    (text,) = [text for found, text in BLOCKS if found == kind]
    first, again = json.loads(run(kind, text)), json.loads(run(kind, text))
    assert first["id"] == again["id"]
    assert OutboxMessage.objects.get().subject == "Order 4711"
