"""Real workers killed at each phase of a send: nothing is lost, nothing is sent twice."""

import json
import signal
import threading

import pytest
import trustme

from mailsettings.models import Security
from sender.models import MailboxSlot
from tests.processes import manage, running
from tests.sender.helpers import hand_over, let_lapse, open_relay, state_of
from tests.sender.stub_servers import StubSmtp

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


class PausingSmtp(StubSmtp):
    """Stops before its answer to the first command that starts with `at`, and lets the test act meanwhile."""

    def __init__(self, ca: trustme.CA, at: str) -> None:
        super().__init__(ca)
        self.at = at
        self.reached, self.go_on = threading.Event(), threading.Event()

    def reply_to(self, command: str) -> str:
        if command.startswith(self.at) and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(20)
        return super().reply_to(command)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def send_and_kill(world, server: PausingSmtp, **relay: object):
    """Start a worker on one message, kill it while the server pauses, and let a second worker finish."""
    open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)
    message = hand_over(world.user)
    with running("worker") as worker:
        assert server.reached.wait(20)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        server.go_on.set()
    assert state_of(message) == ("sending" if server.at == "." else "waiting")
    let_lapse()
    done = manage("worker", "--until-empty")
    assert done.returncode == 0, done.stdout + done.stderr
    return message


@pytest.mark.parametrize("phase", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
def test_killed_before_the_point_of_no_return_the_message_is_sent_once(world, ca, phase):
    with PausingSmtp(ca, phase) as server:
        message = send_and_kill(world, server)
        assert state_of(message) == "sent"
        assert len(server.messages) == 1
        assert [attempt.outcome for attempt in message.attempts.all()] == ["deferred", "accepted"]


def test_killed_between_the_final_dot_and_the_answer_it_is_unknown_and_not_sent_again(world, ca):
    with PausingSmtp(ca, ".") as server:
        message = send_and_kill(world, server)
        assert (state_of(message), message.cause) == ("unknown", "unknown_outcome")
        assert len(server.messages) == 1


def test_the_first_signal_finishes_the_message_being_sent(world, ca):
    with PausingSmtp(ca, "RCPT") as server:
        open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)
        first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
        with running("worker") as worker:
            assert server.reached.wait(20)
            worker.send_signal(signal.SIGTERM)
            assert any("Finishing the messages being sent" in line for line in worker.stdout)
            server.go_on.set()
            assert worker.wait(20) == 0
    assert (state_of(first), state_of(second)) == ("sent", "waiting")
    assert not MailboxSlot.objects.exclude(owner="").exists()
    assert not second.is_next


def test_a_worker_that_ends_by_itself_tells_what_it_did(world, ca):
    with StubSmtp(ca, {"RCPT TO:<gone@": "550 5.1.1 unknown"}) as server:
        open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)
        hand_over(world.user)
        hand_over(world.user, to=("gone@recipient.example",))
        done = manage("worker", "--until-empty", "--json")
    assert json.loads(done.stdout) == {"accepted": 1, "deferred": 0, "refused": 1, "failed": 0, "unknown": 0}


def test_two_workers_share_a_mailbox_without_sending_anything_twice(world, ca):
    with StubSmtp(ca) as server:
        open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)
        messages = [hand_over(world.user, subject=f"Order {number}") for number in range(30)]
        with running("worker", "--until-empty") as one, running("worker", "--until-empty") as two:
            assert (one.wait(60), two.wait(60)) == (0, 0)
        assert {state_of(message) for message in messages} == {"sent"}
        assert len(server.messages) == 30
        assert len({message.split(b"Message-ID: ")[1].split(b"\r\n")[0] for message in server.messages}) == 30
