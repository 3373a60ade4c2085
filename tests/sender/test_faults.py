"""Real workers while the world around them fails: what is lost (nothing), doubled (nothing), and goes on by itself."""

import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
import trustme
from django.db import OperationalError, connection
from django.utils import timezone

from mailsettings.models import Security
from sender import leases, outbox
from sender.models import Content, MailboxSlot, OutboxMessage, SendingMailbox
from tests.processes import manage, running
from tests.sender.helpers import hand_over, let_lapse, open_relay, state_of, take_slot
from tests.sender.stub_servers import DROP, StubSmtp
from tests.sender.test_kill import PausingSmtp

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


class database_away:  # noqa: N801 - used like a function
    """PostgreSQL ends all other connections; SQLite is locked by somebody."""

    def __enter__(self) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            return
        self.other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=20)
        self.other.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_error: object) -> None:
        if connection.vendor == "sqlite":
            self.other.rollback()
            self.other.close()


class Moody(StubSmtp):
    """Now and then ends the connection, puts off, or says something that is no reply."""

    moods = ("421 4.3.2 closing", "450 4.2.1 greylisted", "something else", DROP)

    def __init__(self, ca: trustme.CA, seed: int) -> None:
        super().__init__(ca)
        self._random, self._lock = random.Random(seed), threading.Lock()
        self.without_an_answer = 0

    def reply_to(self, command: str) -> str:
        """What it took, it never denies: only then do its books tell the truth."""
        with self._lock:
            if self._random.random() > 0.04:
                return super().reply_to(command)
            self.without_an_answer += command == "."
            return self._random.choice(self.moods[2 if command == "." else 0 :])


def relay(world, server: StubSmtp) -> None:
    open_relay(world.user, host="127.0.0.1", port=server.port, security=Security.NONE)


def freeze(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


def until(is_so, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_second_signal_stops_at_once_and_the_message_is_settled_later(world, ca):
    with PausingSmtp(ca, "RCPT") as server:
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


def test_a_worker_says_by_its_exit_code_that_it_was_called_wrongly():
    assert manage("worker", "--threads", "0").returncode == 2
    assert manage("worker", "--until-doomsday").returncode == 2


@pytest.mark.parametrize("phase", ["EHLO", "."])
def test_the_database_goes_away_in_the_middle_and_comes_back(world, ca, phase):
    with PausingSmtp(ca, phase) as server:
        relay(world, server)
        messages = [hand_over(world.user, subject=f"Order {number}") for number in range(3)]
        with running("worker") as worker:
            assert server.reached.wait(20)
            with database_away():
                server.go_on.set()
                time.sleep(1)
            until(lambda: {state_of(message) for message in messages} == {"sent"}, seconds=60)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0
    assert len(server.messages) == 3


@pytest.mark.parametrize("phase", ["MAIL", "DATA"])
def test_a_worker_that_slept_past_its_lease_hands_nothing_over(world, ca, phase):
    with PausingSmtp(ca, phase) as server:
        relay(world, server)
        message = hand_over(world.user)
        with running("worker") as sleeper:
            assert server.reached.wait(20)
            freeze(sleeper)
            let_lapse()
            assert manage("worker", "--until-empty").returncode == 0
            assert state_of(message) == "sent"
            sleeper.send_signal(signal.SIGCONT)
            server.go_on.set()
            sleeper.send_signal(signal.SIGTERM)
            assert sleeper.wait(20) == 0
    assert (state_of(message), len(server.messages)) == ("sent", 1)


def test_a_worker_that_slept_past_its_lease_still_tells_what_it_was_answered(world, ca):
    with PausingSmtp(ca, ".") as server:
        relay(world, server)
        message = hand_over(world.user)
        with running("worker") as sleeper:
            assert server.reached.wait(20)
            freeze(sleeper)
            let_lapse()
            leases.recover()
            assert state_of(message) == "unknown"
            server.go_on.set()
            sleeper.send_signal(signal.SIGCONT)
            until(lambda: state_of(message) == "sent")
    assert len(server.messages) == 1


def test_nothing_is_stored_when_the_disk_is_full(world):
    hand_over(world.user)
    size = 3_000_000
    with disk_full(), pytest.raises(OperationalError):
        hand_over(world.user, subject="Order 2", text="x" * size)
    assert OutboxMessage.objects.count() == Content.objects.count() == 1
    hand_over(world.user, subject="Order 2", text="x" * size)


@contextmanager
def disk_full():
    """The database may not grow; PostgreSQL only says so."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION no_room() RETURNS trigger AS "
                "$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$ "
                "LANGUAGE plpgsql"
            )
            cursor.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON sender_content EXECUTE FUNCTION no_room()"
            )
            try:
                yield
            finally:
                cursor.execute("DROP FUNCTION no_room CASCADE")
        else:
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {pages}")
            try:
                yield
            finally:
                cursor.execute("PRAGMA max_page_count = 1073741823")


def test_a_clock_that_was_an_hour_ahead_keeps_no_message_and_no_slot(world):
    message = hand_over(world.user)
    ahead = timezone.now() + timedelta(hours=1)
    OutboxMessage.objects.update(submitted_at=ahead, due_at=ahead)
    outbox.look_again(message.mailbox_id)
    take_slot(message)
    MailboxSlot.objects.update(until=ahead)
    outbox.sweep(timezone.now())
    assert leases.recover() == 1
    message.refresh_from_db()
    assert message.due_at <= timezone.now()


def test_a_clock_that_jumps_ahead_takes_no_slot_from_a_worker_that_lives(world, ca):
    with PausingSmtp(ca, "DATA") as server:
        relay(world, server)
        message = hand_over(world.user)
        with running("worker") as worker:
            assert server.reached.wait(20)
            let_lapse()
            until(lambda: MailboxSlot.objects.get(owner__gt="").until > timezone.now())
            server.go_on.set()
            until(lambda: state_of(message) == "sent")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0
    assert [attempt.outcome for attempt in message.attempts.all()] == ["accepted"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_faults_and_kills_over_hundreds_of_messages_leave_the_books_right(world, ca, seed):
    """Whatever happens, each message is at the server once, or not known; and those are no more than were cut."""
    kills, chance = 0, random.Random(seed)
    with Moody(ca, seed) as server:
        relay(world, server)
        for number in range(300):
            hand_over(world.user, subject=f"Order {number}")
        for _ in range(60):
            if not OutboxMessage.objects.filter(state__in=("waiting", "sending")).exists():
                break
            time_passes()
            with running("worker", "--until-empty", "--threads", "4") as worker:
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(chance.uniform(0.5, 0.9) if kills < 8 else 30)
                kills += worker.poll() is None
    states = Counter(OutboxMessage.objects.values_list("state", flat=True))
    arrived = Counter(message.split(b"Message-ID: ")[1].split(b"\r\n")[0] for message in server.messages)
    sent = OutboxMessage.objects.filter(state="sent").values_list("message_id", flat=True)
    assert set(states) <= {"sent", "unknown"}
    assert set(arrived.values()) == {1}
    assert all(message_id.encode() in arrived for message_id in sent)
    assert states["unknown"] <= server.without_an_answer + 4 * kills


def time_passes() -> None:
    """What was put off is due, and what a killed worker held is free."""
    let_lapse()
    OutboxMessage.objects.waiting().update(due_at=timezone.now())
    SendingMailbox.objects.update(paused_until=None, next_due_at=timezone.now())
