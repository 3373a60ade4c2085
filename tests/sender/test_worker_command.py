"""`manage.py worker` as a process: what it does on a signal, what it prints, and the codes that it ends with.

What becomes of the mail when it is killed: tests/delivery/faults.
"""

import json
import signal
import threading

import pytest
import trustme

from mailsettings.models import Security
from sender.models import MailboxSlot, SendingMailbox
from tests.processes import manage, running
from tests.sender.helpers import hand_over, let_lapse, open_relay, state_of
from tests.sender.stub_servers import StubSmtp

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


class PausingSmtp(StubSmtp):
    """Stops before its answer to the first RCPT, and lets the test act meanwhile."""

    def __init__(self, ca: trustme.CA) -> None:
        super().__init__(ca)
        self.reached, self.go_on = threading.Event(), threading.Event()

    def reply_to(self, command: str) -> str:
        if command.startswith("RCPT") and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(20)
        return super().reply_to(command)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def relay(world, server: StubSmtp) -> None:
    open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)


def test_the_first_signal_finishes_the_message_being_sent(world, ca):
    with PausingSmtp(ca) as server:
        relay(world, server)
        first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
        with running("worker") as worker:
            assert server.reached.wait(20)
            worker.send_signal(signal.SIGTERM)
            assert any("Finishing the messages being sent" in line for line in worker.stdout)
            server.go_on.set()
            assert worker.wait(20) == 0
    assert (state_of(first), state_of(second)) == ("sent", "waiting")
    assert not MailboxSlot.objects.exclude(owner="").exists()


def test_the_second_signal_stops_at_once_and_the_message_is_settled_later(world, ca):
    with PausingSmtp(ca) as server:
        relay(world, server)
        message = hand_over(world.user)
        with running("worker") as worker:
            assert server.reached.wait(20)
            worker.send_signal(signal.SIGTERM)
            assert any("Finishing the messages being sent" in line for line in worker.stdout)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 128 + signal.SIGTERM
        server.go_on.set()
        let_lapse()
        assert manage("worker", "--until-empty").returncode == 0
    assert (state_of(message), len(server.messages)) == ("sent", 1)


def test_a_worker_that_ends_by_itself_tells_what_it_did(world, ca):
    with StubSmtp(ca, {"RCPT TO:<gone@": "550 5.1.1 unknown"}) as server:
        relay(world, server)
        hand_over(world.user)
        hand_over(world.user, to=("gone@recipient.example",))
        done = manage("worker", "--until-empty", "--json")
    assert json.loads(done.stdout) == {"accepted": 1, "deferred": 0, "refused": 1, "failed": 0, "unknown": 0}


def test_a_worker_that_ends_by_itself_finds_mail_that_no_mailbox_knows_of(world, ca):
    """As after an upgrade from tables that did not have the mailbox's time yet."""
    with StubSmtp(ca) as server:
        relay(world, server)
        message = hand_over(world.user)
        SendingMailbox.objects.update(next_due_at=None)
        assert manage("worker", "--until-empty").returncode == 0
    assert state_of(message) == "sent"


def test_a_worker_says_by_its_exit_code_that_it_was_called_wrongly():
    assert manage("worker", "--threads", "0").returncode == 2
    assert manage("worker", "--until-doomsday").returncode == 2
