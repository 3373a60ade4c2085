"""The receivers of docs/webhooks.md, as they stand there."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener
from webhooks import delivering, secrets, spreading
from webhooks.kinds import TEST, EventKind
from webhooks.models import Delivery

TEXT = (project.BASE_DIR / "docs/webhooks.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.M | re.S))
LONGEST_S = 30
BODY = '{"type":"message.sent","data":{"kind":"Sąskaita"}}'

# What comes after an example, so that it says of each five arguments whether they are genuine.
CALLED_BY_NODE = """
const given = process.argv.slice(2);
for (let at = 0; at < given.length; at += 5) console.log(isGenuine(...given.slice(at, at + 5)) ? "yes" : "no");
"""
CALLED_BY_PHP = """
foreach (array_chunk(array_slice($argv, 1), 5) as $each) {
    echo is_genuine(...$each) ? "yes\\n" : "no\\n";
}
"""
CALLED_BY_CSHARP = """
static class Program
{
    static void Main(string[] given)
    {
        for (var at = 0; at < given.Length; at += 5)
            Console.WriteLine(Webhook.IsGenuine(
                given[at], given[at + 1], given[at + 2], given[at + 3], given[at + 4]) ? "yes" : "no");
    }
}
"""


@pytest.fixture
def example(world):
    """The receiver in Python, running; (process, endpoint)."""
    endpoint, secret = listener(world.company, "https://changed.example/", (EventKind.MESSAGE_ACCEPTED,))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint.url = f"http://127.0.0.1:{port}/"
    endpoint.save()
    process = subprocess.Popen(
        [sys.executable, "-c", BLOCKS["python"]],
        env=os.environ | {"POSTROOM_SIGNING_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    _wait_for(port)
    yield process, endpoint
    process.kill()
    process.communicate()


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + LONGEST_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < ends_at, "the example does not start"
            time.sleep(0.05)


def test_the_receiver_in_python_takes_an_event_once(world, example):
    process, endpoint = example
    hand_over(world.user, idempotency_key="order-4711")
    spreading.spread(timezone.now())
    delivering.turn(endpoint.pk)
    Delivery.objects.update(state="waiting", due_at=timezone.now())
    delivering.turn(endpoint.pk)
    assert Delivery.objects.get().state == "delivered"
    process.terminate()
    assert process.stdout.read() == "message.accepted order-4711\n"


def test_the_receiver_in_python_refuses_what_another_secret_signed(world, example):
    _process, endpoint = example
    endpoint.delete()
    other, _secret = listener(world.company, endpoint.url, (EventKind.MESSAGE_ACCEPTED,))
    hand_over(world.user)
    spreading.spread(timezone.now())
    delivering.turn(other.pk)
    assert Delivery.objects.get().status == 400


def test_every_kind_of_event_is_told():
    told = set(re.findall(r"`([a-z]+\.[a-z]+)`", TEXT))
    assert {kind.value for kind in EventKind} | {TEST} <= told


def _by_node(folder: Path) -> list[object]:
    (folder / "example.mjs").write_text(BLOCKS["js"] + CALLED_BY_NODE, "utf-8")
    return ["node", folder / "example.mjs"]


def _by_php(folder: Path) -> list[object]:
    (folder / "example.php").write_text(BLOCKS["php"] + CALLED_BY_PHP, "utf-8")
    return ["php", folder / "example.php"]


def _by_csharp(folder: Path) -> list[object]:
    (folder / "example.cs").write_text(BLOCKS["csharp"] + CALLED_BY_CSHARP, "utf-8")
    command = ["mcs", f"-out:{folder / 'example.exe'}", folder / "example.cs"]
    subprocess.run(command, check=True, timeout=60)
    return ["mono", folder / "example.exe"]


def _deliveries() -> dict[str, tuple[list[str], bool]]:
    """Each by what it is: secret, id, timestamp, signatures and body, and whether it is to be believed."""
    mine, other, now = secrets.make(), secrets.make(), timezone.now()

    def signed(secret: str, at: object) -> list[str]:
        return [str(int(at.timestamp())), Webhook(secret).sign("evt-1", at, BODY)]

    good, old = signed(mine, now), signed(mine, now - timedelta(minutes=6))
    ahead = signed(mine, now + timedelta(minutes=6))
    return {
        "genuine": ([mine, "evt-1", *good, BODY], True),
        "on the day of a new secret": (
            [mine, "evt-1", good[0], f"{signed(other, now)[1]} {good[1]}", BODY],
            True,
        ),
        "another secret": ([mine, "evt-1", *signed(other, now), BODY], False),
        "another body": ([mine, "evt-1", *good, BODY.replace("sent", "lost")], False),
        "another id": ([mine, "evt-2", *good, BODY], False),
        "another time": ([mine, "evt-1", str(int(good[0]) + 1), good[1], BODY], False),
        "old": ([mine, "evt-1", *old, BODY], False),
        "from ahead": ([mine, "evt-1", *ahead, BODY], False),
        "no headers": ([mine, "", "", "", BODY], False),
        "no signature that could be one": ([mine, "evt-1", good[0], "v1,!! v1, v2,x ž", BODY], False),
        "no time that could be one": ([mine, "evt-1", "soon", good[1], BODY], False),
    }


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(
            program, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed")
        )
        for name, program in (("node", _by_node), ("php", _by_php), ("mcs", _by_csharp))
    ],
)
def test_the_other_languages_believe_what_is_genuine_and_nothing_else(program, tmp_path):
    deliveries = _deliveries()
    given = [each for arguments, _is_genuine in deliveries.values() for each in arguments]
    command = [*program(tmp_path), *given]
    said = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    found = dict(zip(deliveries, (line == "yes" for line in said.stdout.splitlines()), strict=True))
    assert found == {name: is_genuine for name, (_arguments, is_genuine) in deliveries.items()}
