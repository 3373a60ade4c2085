"""A company's mail breaks while a worker runs: its admin hears of it by another way, and when it is over."""

import threading
import time
from datetime import timedelta

import pytest
import trustme
from django.core import mail
from django.db import connections

from alarms import looking, telling
from alarms.models import Alarm, WorkerSeen
from mailsettings.models import SmtpServer
from sender import actions
from sender.models import SendingMailbox
from sender.worker import Worker
from tests.sender.helpers import hand_over, state_of
from tests.sender.stub_servers import StubSmtp

LONGEST_S = 60
NOT_NOW = "530 5.7.57 Client not authenticated to send mail"


@pytest.fixture
def running(transactional_db, world, monkeypatch):
    """A worker whose threads for alarms look often and tell at once."""
    monkeypatch.setattr(looking, "QUICK_S", 0.1)
    monkeypatch.setattr(telling, "POLL_S", 0.1)
    monkeypatch.setattr(telling, "GATHER", timedelta(0))
    monkeypatch.setattr(telling, "QUIET", timedelta(0))
    worker = Worker(threads=2)

    def run() -> None:
        worker.run()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield worker
    worker.stop()
    thread.join(LONGEST_S)
    assert not thread.is_alive()


def wait_for(happened) -> None:
    ends_at = time.monotonic() + LONGEST_S
    while not happened():
        assert time.monotonic() < ends_at, "it did not happen"
        time.sleep(0.05)


def letters(words: str) -> list[mail.EmailMessage]:
    return [letter for letter in mail.outbox if words in letter.subject]


def test_a_broken_way_is_told_by_another_and_so_is_its_end(world, running):
    with StubSmtp(trustme.CA(), {"MAIL": NOT_NOW}) as server:
        SmtpServer.objects.create(
            company=world.company, host="127.0.0.1", port=server.port, security="none", authentication="none"
        )
        message = hand_over(world.user)
        wait_for(lambda: letters("needs attention."))
        assert (letters("needs attention.")[0].to, server.messages) == ([world.admin.user.email], [])
        assert Alarm.objects.get(closed_at=None).company == world.company
        server.replies["MAIL"] = "250 2.1.0 ok"
        actions.wake(SendingMailbox.objects.get())
        wait_for(lambda: letters("This is over"))
        wait_for(lambda: state_of(message) == "sent")
    assert not Alarm.objects.filter(closed_at=None).exists()
    assert len(mail.outbox) == 2
    assert WorkerSeen.objects.count() == 1
