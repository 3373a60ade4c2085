"""Workers are told at once, by whatever process; what they were not told they find by themselves."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from mailsettings.models import Security
from sender import outbox, wakeups
from sender.models import SendingMailbox
from sender.wakeups import Listener
from sender.worker import Worker
from tests.sender.helpers import hand_over, open_relay, state_of
from tests.sender.stub_servers import StubSmtp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(world):
    """Set whenever the word came; a listener runs meanwhile."""
    heard = threading.Event()
    listener = Listener(heard.set)
    listener.start()
    assert heard.wait(10)  # it listens
    heard.clear()
    yield heard
    listener.stop()
    listener.join()


def test_a_message_that_is_handed_over_is_heard_of(world, told):
    hand_over(world.user)
    assert told.wait(10)


def test_a_mailbox_that_is_known_to_be_due_is_not_told_again(world, monkeypatch):
    told = []
    monkeypatch.setattr(wakeups, "announce", lambda: told.append(1))
    for number in range(5):
        hand_over(world.user, subject=f"Order {number}")
    assert told == [1]


def test_a_listener_whose_connection_broke_listens_again(world, told, monkeypatch):
    mailbox = hand_over(world.user).mailbox
    assert told.wait(10)
    if connections["default"].vendor == "postgresql":
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    told.clear()
    SendingMailbox.objects.update(next_due_at=None)
    outbox.due(mailbox.pk, timezone.now())
    assert told.wait(10)


@pytest.fixture(scope="module")
def ca():
    import trustme

    return trustme.CA()


def test_a_worker_sends_what_comes_and_what_becomes_due_though_nobody_told_it(world, ca, monkeypatch):
    monkeypatch.setattr(wakeups, "announce", lambda: None)
    monkeypatch.setattr(Listener, "_to_sqlite", lambda self: self._stopped.wait(1))
    with StubSmtp(ca) as server:
        open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)
        worker = Worker(threads=2)
        thread = threading.Thread(target=lambda: (worker.run(), connections.close_all()))
        thread.start()
        soon = timezone.now() + timedelta(seconds=1)
        messages = [hand_over(world.user), hand_over(world.user, subject="Order 2", not_before=soon)]
        give_up_at = time.monotonic() + 30
        while {state_of(message) for message in messages} != {"sent"} and time.monotonic() < give_up_at:
            time.sleep(0.05)
        worker.stop()
        thread.join()
    assert [state_of(message) for message in messages] == ["sent", "sent"]
    assert messages[1].finished_at >= soon
