"""How much one client can take: of connections, sign-ins, recipients, bytes, time."""

import logging
import socket
import threading
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError

from accounts.audit import COMMAND_LINE
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from gateway import failures, handing_over
from gateway.limits import Counts, Limits, counted_as
from sender.models import OutboxMessage
from tests.gateway.client import MESSAGE, Client, in_base64
from tests.gateway.conftest import BOB


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("It did not come to that within half a minute.")


def send_without_end(client: Client, piece: bytes) -> None:
    while True:
        client.send(piece)


def test_one_connection_too_many_from_an_address_is_told_so(open_door):
    door = open_door(connections_per_address=2)
    with door.client(), door.client() as second:
        with door.client() as third:
            assert third.said.startswith("421 4.7.0 Too many connections")
            assert third.reply() == ""
        with pytest.raises(OSError):
            door.client(is_tls=True)
        second("QUIT")
        assert second.reply() == ""
    wait_until(lambda: not door.gateway.connections)
    with door.client() as another:
        assert another.said.startswith("220")


def test_a_connection_that_never_makes_tls_is_counted_and_ended(open_door):
    door = open_door(connections_per_address=1, sign_in_s=1, goodbye_s=0.1)
    with socket.create_connection(("127.0.0.1", door.gateway.ports.tls), 30) as waiting:
        assert waiting.recv(100) == b""
    wait_until(lambda: not door.gateway.connections)
    with door.client(is_tls=True) as client:
        assert client.said.startswith("220")


def test_failed_sign_ins_are_counted_by_all_gateways_together(open_door):
    first, second = open_door(failures_per_address=2), open_door(failures_per_address=2)
    with first.client() as client:
        for _ in range(2):
            assert client.login(BOB, "pmk_0_wrong").startswith("535")
    with second.client() as client:
        assert client.login(BOB, second.secret).startswith("454 4.7.0")
    failures.forget("127.0.0.1")
    with second.client() as client:
        assert client.login(BOB, second.secret).startswith("235")


def test_a_good_sign_in_forgets_the_failed_ones(open_door):
    door = open_door(failures_per_address=3)
    for secret in ("pmk_0_wrong", door.secret):
        with door.client() as client:
            client.login(BOB, secret)
    assert failures.count("127.0.0.1") == 0


def test_a_key_has_so_many_connections(open_door):
    door = open_door(connections_per_key=1)
    with door.signed_in() as first, door.client() as second:
        assert second.login(BOB, door.secret).startswith("454 4.7.0 Too many connections use this API key")
        first("QUIT")
        first.reply()
        assert second.login(BOB, door.secret).startswith("235")


def test_wrong_keys_end_the_connection_and_then_shut_the_address_out(open_door):
    door = open_door(failures_per_connection=2, failures_per_address=4)
    for _ in range(2):
        with door.client() as client:
            assert client.login(BOB, "pmk_0_wrong").startswith("535")
            assert client.login(BOB, "pmk_0_wrong").startswith("535")
            assert client.reply().startswith("421 4.7.0")
            assert client.reply() == ""
    with door.client() as client:
        assert client.said.startswith("421 4.7.0 Too many failed sign-ins")


def test_a_right_key_forgets_the_wrong_ones_before(open_door):
    door = open_door(failures_per_address=3)
    for _ in range(2):
        for _ in range(2):
            with door.client() as client:
                assert client.login(BOB, "wrong").startswith("535")
        door.signed_in().close()


def test_why_a_key_is_refused_is_told_to_who_has_it(door):
    company = door.world.company
    _key, reading = keys.make(company, "Reader", [Scope.READ], actor=COMMAND_LINE)
    with door.client() as client:
        assert client.login(BOB, reading) == "535 5.7.8 This API key may not hand over messages"
        assert client.login("carol@people.example", door.secret).startswith("535 5.7.8 The user name must be")
    keys.revoke(door.key, COMMAND_LINE)
    with door.client() as client:
        assert client.login(BOB, door.secret) == "535 5.7.8 This API key was revoked or has ended"


def test_a_key_revoked_meanwhile_sends_nothing_more(door):
    with door.signed_in() as client:
        assert client.mail().startswith("250")
        keys.revoke(ApiKey.objects.get(), COMMAND_LINE)
        assert client.mail(MESSAGE.replace("order-1", "order-2")).startswith("535 5.7.8")
    assert OutboxMessage.objects.count() == 1


def test_more_recipients_than_one_message_may_have_are_left_for_the_next(open_door):
    door = open_door(recipients=100)
    with door.signed_in() as client:
        client(f"MAIL FROM:<{BOB}>")
        client.send("".join(f"RCPT TO:<r{number}@recipient.example>\r\n" for number in range(10_000)))
        codes = [client.reply()[:9] for _ in range(10_000)]
        assert codes == ["250 2.1.5"] * 100 + ["452 4.5.3"] * 9_900
        client("DATA")
        client.send(MESSAGE)
        assert client(".").startswith("250")
    assert OutboxMessage.objects.get().recipients.count() == 100


def test_a_message_that_is_too_large_is_refused_after_it_was_read(open_door):
    door = open_door(message_bytes=100_000)
    large = MESSAGE + ("x" * 70 + "\r\n") * 2_000
    with door.signed_in() as client:
        assert client.mail(large).startswith("552 5.3.4")
        assert client.mail().startswith("250")
    assert OutboxMessage.objects.count() == 1


def test_who_does_not_stop_sending_is_hung_up_on(open_door):
    door = open_door(message_bytes=1_000_000)
    with door.signed_in() as client:
        for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
            client(command)
        with pytest.raises(OSError):
            send_without_end(client, b"x" * 1_048_576)
    door.signed_in().close()
    assert not OutboxMessage.objects.exists()


def test_large_messages_of_all_together_have_a_limit(open_door):
    door, large = open_door(in_hand_bytes=400_000), ("x" * 70 + "\r\n") * 4_000
    with door.signed_in() as first, door.signed_in() as second:
        for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
            first(command)
        first.send(MESSAGE + large)
        wait_until(lambda: door.gateway.counts.in_hand_bytes > 150_000)
        assert second.mail(MESSAGE.replace("order-1", "order-2") + large).startswith("452 4.3.1")
        assert first(".").startswith("250")
        assert second.mail(MESSAGE.replace("order-1", "order-2") + large).startswith("250")
    assert door.gateway.counts.in_hand_bytes == 0


@pytest.mark.parametrize("said", ["", "EHLO client.example\r\n", "NOOP\r\n" * 50, "EH"])
def test_who_does_not_sign_in_in_time_is_hung_up_on(open_door, said):
    door = open_door(sign_in_s=1)
    with door.client(is_encrypted=False) as client:
        client.send(said)
        for _ in range(said.count("\r\n")):
            client.reply()
        assert client.reply().startswith("421 4.4.2")
        assert client.reply() == ""


def test_who_is_slow_with_a_message_is_hung_up_on_and_nothing_is_stored(open_door):
    door = open_door(data_s=1)
    with door.signed_in() as client:
        for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
            client(command)
        client.send(MESSAGE)
        assert client.reply().startswith("421 4.4.2")
    assert not OutboxMessage.objects.exists()


def test_who_falls_silent_after_signing_in_is_hung_up_on(open_door):
    door = open_door(idle_s=1)
    with door.signed_in() as client:
        assert client.reply().startswith("421 4.4.2")


def test_a_client_that_does_not_read_is_cut_off(open_door):
    door = open_door(idle_s=2, goodbye_s=0.1)
    with door.signed_in() as client, pytest.raises(OSError):
        send_without_end(client, b"NOOP\r\n" * 10_000)


def test_a_command_or_an_answer_without_end_is_refused(door):
    with door.client() as client:
        client.send("EHLO " + "x" * 100_000 + "\r\n")
        assert client.reply().startswith("500")
        client("EHLO client.example")
        client("AUTH PLAIN")
        client.send("x" * 70_000 + "\r\n")
        assert client.reply().startswith("501")
        assert client.reply().startswith("421")


@pytest.mark.parametrize("trouble", [OperationalError("database or disk is full"), RuntimeError("a mistake")])
def test_what_cannot_be_stored_is_left_with_the_client(door, monkeypatch, trouble):
    def fail(*_arguments: object, **_options: object) -> None:
        raise trouble

    with door.signed_in() as client:
        with monkeypatch.context() as patch:
            patch.setattr(handing_over, "submit_unused", fail)
            assert client.mail().startswith("451 4.3.0")
        assert client.mail().startswith("250")
    assert OutboxMessage.objects.count() == 1


def test_a_database_that_does_not_answer_is_waited_for_only_so_long(open_door, monkeypatch):
    door, answers = open_door(store_s=0.5), threading.Event()
    original = handing_over.submit_unused

    def late(*arguments: object, **options: object) -> object:
        answers.wait(30)
        return original(*arguments, **options)

    with door.signed_in() as client:
        monkeypatch.setattr(handing_over, "submit_unused", late)
        assert client.mail().startswith("451 4.3.0")
        answers.set()
        assert client.mail().startswith("250 2.0.0 OK")
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("192.0.2.7", 5), "192.0.2.7"),
        (("2001:db8::7", 5, 0, 0), "2001:db8::/64"),
        (("::ffff:192.0.2.7", 5, 0, 0), "192.0.2.7"),
        (("fe80::1%eth0", 5, 0, 2), "fe80::/64"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_address_counts_as_its_owner(peer, address):
    assert counted_as(peer) == address


def test_addresses_that_failed_are_not_remembered_without_end():
    counts = Counts(Limits(failures_per_address=1))
    for number in range(20_000):
        counts.failed(f"address {number}")
    assert len(counts._failures) == 10_000
    assert counts.is_locked_out("address 19999")
    assert not counts.is_locked_out("address 0")


def test_pipelined_guesses_are_not_all_tried(open_door):
    door = open_door(failures_per_connection=2)
    with door.client() as client:
        client("EHLO client.example")
        client.send(f"AUTH PLAIN {in_base64(chr(0) + 'a' + chr(0) + 'b')}\r\n" * 100)
        replies = []
        while reply := client.reply():
            replies.append(reply[:3])
    assert replies == ["535", "535", "421"]


def test_bytes_that_are_no_commands_harm_nobody(door):
    garbage = [
        b"\xff\xfe\x00\r\n",
        b"MAIL FROM:<\xff@people.example>\r\n",
        b"MAIL FROM:<a\0b@people.example>\r\n",
        b"AUTH PLAIN \xff\xff\r\n",
        b"AUTH PLAIN " + in_base64("\0\udc80".encode("utf-8", "replace").decode()).encode() + b"\r\n",
        b"EHLO \xff\r\n",
        b"\r\n",
        b" \r\n",
    ]
    with door.client() as client:
        client("EHLO client.example")
        for line in garbage:
            client.send(line)
            assert client.reply()[0] in "25"
        assert client.login(BOB, door.secret).startswith("235")
        client.send(b"MAIL FROM:<\xff@people.example>\r\n")
        assert client.reply().startswith("553")
        assert (
            client.mail(b"From: \xff\xfe <bob@people.example>\r\nSubject: \xff\r\n\r\n\xff\0\r\n")[:3]
            == "554"
        )
        assert client.mail(b"Message-ID: <\xff>\r\nSubject: \xff\r\n\r\n\xff\r\n").startswith("250")
    assert OutboxMessage.objects.count() == 1


def test_commands_sent_ahead_that_are_none_are_hung_up_on_without_an_error(door, caplog):
    with door.client(is_tls=True) as client:
        client.login(BOB, door.secret)
        client.send(b"GET / HTTP/1.1\r\n" * 2_000)
        replies = []
        while reply := client.reply():
            replies.append(reply[:3])
        wait_until(lambda: not door.gateway.connections)
    assert replies == ["500"] * 4 + ["502"]
    assert [record.msg for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_user_name_of_any_letters_is_looked_up_and_no_more(door):
    for name in ("x" * 3_000, "\u202eBob", "a\tb", "ALPHA\n", "žanna@people.example", "'; --"):
        with door.client() as client:
            assert client.login(name, door.secret).startswith("535")
