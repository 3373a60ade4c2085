"""The receivers of docs/webhooks.md, as they stand there."""

import os
import re
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings as project
from django.utils import timezone

from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener
from webhooks import delivering, spreading
from webhooks.kinds import TEST, EventKind
from webhooks.models import Delivery

TEXT = (project.BASE_DIR / "docs/webhooks.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.M | re.S))
LONGEST_S = 30


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
