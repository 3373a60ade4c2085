"""One message after another over SMTP, and what each reply makes of it."""

import select
import threading
from dataclasses import replace

import pytest
import trustme

from sender.mime import compose, freeze_raw
from sender.transports import smtp_connection
from sender.transports.base import Outcome, Phase, TransportError
from sender.transports.smtp import SmtpSettings, SmtpTransport
from sender.transports.smtp_connection import TimeLimits
from sender.transports.smtp_socket import is_possible
from tests.sender.messages import DATE, PLAIN, SENDER, TOP
from tests.sender.stub_servers import DROP, StubSmtp

A, B, C = "a@customer.example", "b@customer.example", "c@customer.example"


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture(autouse=True, params=[False, True], ids=["one by one", "pipelined"])
def pipelining(request, monkeypatch):
    """Everything here must come to the same whether or not the server takes several commands at once."""
    if request.param:
        monkeypatch.setattr(StubSmtp, "features", (*StubSmtp.features, "PIPELINING"))
    return request.param


def relay(server, **changes):
    options = {"security": "none", "authentication": "none", "timeout_s": 5} | changes
    return SmtpTransport(SmtpSettings("127.0.0.1", server.port, **options))


def letter(to=(A, B, C), text="Hello"):
    return compose(sender=SENDER, to=to, subject="s", text=text, date=DATE)


def send(server, frozen=None, **changes):
    """(result, how often the handover was noted)."""
    notes = []
    with relay(server, **changes) as transport:
        return transport.send(frozen or letter(), lambda: notes.append(1)), len(notes)


@pytest.mark.parametrize(
    ("replies", "outcome", "phase", "code", "noted"),
    [
        ({"MAIL": "451 4.3.0 later"}, Outcome.DEFERRED, Phase.ENVELOPE, 451, 0),
        ({"MAIL": "530 5.7.57 not authenticated"}, Outcome.REFUSED, Phase.ENVELOPE, 530, 0),
        ({"MAIL": "421 4.4.2 bye"}, Outcome.DEFERRED, Phase.ENVELOPE, 421, 0),
        ({"MAIL": DROP}, Outcome.DEFERRED, Phase.ENVELOPE, None, 0),
        ({"MAIL": "354 odd"}, Outcome.DEFERRED, Phase.ENVELOPE, 354, 0),
        ({"MAIL": "nonsense"}, Outcome.DEFERRED, Phase.ENVELOPE, None, 0),
        ({"RCPT": "550 5.1.1 nobody"}, Outcome.REFUSED, Phase.ENVELOPE, 550, 0),
        ({"RCPT": "450 4.2.0 greylisted"}, Outcome.DEFERRED, Phase.ENVELOPE, 450, 0),
        ({"RCPT": "421 4.3.2 closing"}, Outcome.DEFERRED, Phase.ENVELOPE, 421, 0),
        ({"RCPT": DROP}, Outcome.DEFERRED, Phase.ENVELOPE, None, 0),
        ({"DATA": "554 5.5.1 no"}, Outcome.REFUSED, Phase.ENVELOPE, 554, 0),
        ({"DATA": "452 4.3.1 full"}, Outcome.DEFERRED, Phase.ENVELOPE, 452, 0),
        ({"DATA": "250 odd"}, Outcome.DEFERRED, Phase.ENVELOPE, 250, 0),
        ({".": "250 2.0.0 taken"}, Outcome.ACCEPTED, Phase.HANDED_OVER, 250, 1),
        ({".": "554 5.6.0 content"}, Outcome.REFUSED, Phase.HANDED_OVER, 554, 1),
        ({".": "432 4.3.2 limit"}, Outcome.DEFERRED, Phase.HANDED_OVER, 432, 1),
        ({".": "421 4.3.0 closing"}, Outcome.DEFERRED, Phase.HANDED_OVER, 421, 1),
        ({".": "354 odd"}, Outcome.UNKNOWN, Phase.HANDED_OVER, None, 1),
        ({".": "garbage"}, Outcome.UNKNOWN, Phase.HANDED_OVER, None, 1),
        ({".": DROP}, Outcome.UNKNOWN, Phase.HANDED_OVER, None, 1),
    ],
)
def test_every_answer_at_every_phase_has_its_meaning(ca, replies, outcome, phase, code, noted):
    with StubSmtp(ca, replies) as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, result.smtp_code, notes) == (outcome, phase, code, noted)
    assert result.reply
    assert [item.address for item in result.recipients] == [A, B, C]
    assert {item.outcome for item in result.recipients} == {outcome}


def test_a_refused_recipient_does_not_hold_up_the_others(ca):
    replies = {f"RCPT TO:<{A}>": "550 5.1.1 nobody", f"RCPT TO:<{B}>": "450 4.2.0 later"}
    with StubSmtp(ca, replies) as server:
        result, _notes = send(server)
        assert len(server.messages) == 1
    assert result.outcome is Outcome.ACCEPTED
    assert [(item.outcome, item.code, item.reply) for item in result.recipients] == [
        (Outcome.REFUSED, "550", "550 5.1.1 nobody"),
        (Outcome.DEFERRED, "450", "450 4.2.0 later"),
        (Outcome.ACCEPTED, "250", "250 2.0.0 taken"),
    ]


def test_when_the_content_is_refused_the_recipients_refused_before_keep_their_own_words(ca):
    with StubSmtp(ca, {f"RCPT TO:<{A}>": "550 5.1.1 nobody", ".": "451 4.3.0 later"}) as server:
        result, _notes = send(server)
    assert [item.outcome for item in result.recipients] == [
        Outcome.REFUSED,
        Outcome.DEFERRED,
        Outcome.DEFERRED,
    ]


def test_a_recipient_to_be_tried_again_keeps_the_message_alive(ca):
    with StubSmtp(ca, {"RCPT": "550 5.1.1 nobody", f"RCPT TO:<{B}>": "450 4.2.0 later"}) as server:
        result, notes = send(server)
    assert (result.outcome, result.smtp_code, notes) == (Outcome.DEFERRED, 450, 0)
    assert [item.outcome for item in result.recipients] == [
        Outcome.REFUSED,
        Outcome.DEFERRED,
        Outcome.REFUSED,
    ]


def test_the_parameters_of_mail_are_those_the_server_offers_and_the_message_needs(ca):
    eight_bit = freeze_raw(PLAIN.replace(b"Plain", "Žuvis".encode()), sender=SENDER, date=DATE)
    with StubSmtp(ca) as server:
        send(server, eight_bit)
        assert server.commands[1] == f"MAIL FROM:<{SENDER}> SIZE={len(eight_bit.mime)} BODY=8BITMIME SMTPUTF8"
        server.features = ["8BITMIME"]
        send(server, eight_bit)
        mails = [command for command in server.commands if command.startswith("MAIL")]
        assert mails[1] == f"MAIL FROM:<{SENDER}> BODY=8BITMIME"


def test_an_address_that_is_not_ascii_goes_as_utf8(ca):
    with StubSmtp(ca) as server:
        send(server, letter(["jörg@bücher.example"]))
        assert "RCPT TO:<jörg@xn--bcher-kva.example>" in server.commands


@pytest.mark.parametrize(
    ("features", "frozen", "words"),
    [
        (["SIZE 100"], letter(), "at most 100"),
        (["8BITMIME"], letter(["jörg@customer.example"]), "SMTPUTF8"),
        ([], freeze_raw(TOP + b"\r\n\xff\r\n", sender=SENDER, date=DATE), "8BITMIME"),
    ],
)
def test_what_the_server_cannot_take_is_refused_before_anything_is_sent(ca, features, frozen, words):
    with StubSmtp(ca) as server:
        server.features = ["HELP", *features]
        result, notes = send(server, frozen)
        assert not any(command.startswith("MAIL") for command in server.commands)
    assert (result.outcome, result.phase, notes) == (Outcome.REFUSED, Phase.ENVELOPE, 0)
    assert words in result.reply


@pytest.mark.parametrize("features", [["SIZE"], ["SIZE 0"], ["SIZE many"]])
def test_a_size_that_is_no_limit_does_not_limit(ca, features):
    with StubSmtp(ca) as server:
        server.features = features
        assert send(server)[0].outcome is Outcome.ACCEPTED


def test_dots_at_line_starts_arrive_and_do_not_end_the_message(ca):
    raw = b".X: header\r\n" + TOP + b"\r\n.\r\n..\r\n.hidden\r\nend .\r\n.\r\nlast"
    with StubSmtp(ca) as server:
        send(server, freeze_raw(raw, sender=SENDER, date=DATE))
        assert server.messages == [raw + b"\r\n"]


def verbs(server):
    return [command.split()[0].split(":")[0] for command in server.commands]


def test_messages_share_a_connection(ca):
    with StubSmtp(ca) as server, relay(server) as transport:
        for _ in range(3):
            assert transport.send(letter([A]), lambda: None).outcome is Outcome.ACCEPTED
        assert verbs(server) == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3]
        assert server.connections == 1


@pytest.mark.parametrize(
    "replies",
    [
        {"MAIL": ["530 5.7.57 no", "250 ok"], "DATA": ["503 5.5.1 no", "354 go on"]},
        {"RCPT": ["550 5.1.1 nobody", "250 ok"], "DATA": ["503 5.5.1 no", "354 go on"]},
        {"DATA": ["452 4.3.1 full", "354 go on"]},
    ],
    ids=["MAIL", "RCPT", "DATA"],
)
def test_after_a_refused_envelope_the_connection_is_used_for_the_next_message(ca, replies, pipelining):
    if not pipelining and replies.keys() != {"DATA"}:
        replies = replies | {"DATA": "354 go on"}  # it is not said after a refusal
    with StubSmtp(ca, replies) as server, relay(server) as transport:
        assert transport.send(letter([A]), lambda: None).outcome is not Outcome.ACCEPTED
        assert transport.send(letter([B]), lambda: None).outcome is Outcome.ACCEPTED
        assert verbs(server)[-4:] == ["RSET", "MAIL", "RCPT", "DATA"]
        assert (server.connections, len(server.messages)) == (1, 1)


def test_a_content_that_is_wanted_for_nobody_is_ended_at_once_with_nothing_in_it(ca, pipelining):
    with StubSmtp(ca, {"RCPT": ["550 5.1.1 no", "250 ok"]}) as server, relay(server) as transport:
        notes = []
        result = transport.send(letter([A]), lambda: notes.append(1))
        assert (result.outcome, result.phase, result.smtp_code) == (Outcome.REFUSED, Phase.ENVELOPE, 550)
        assert (server.messages, notes) == ([], [])
        assert transport.send(letter([B]), lambda: None).outcome is Outcome.ACCEPTED
        assert (server.connections, len(server.messages)) == (1, 1)
        assert ("RSET" in verbs(server)) is (not pipelining)


def test_a_server_that_takes_recipients_after_it_refused_the_sender_is_hung_up_on(ca, pipelining):
    with StubSmtp(ca, {"MAIL": ["550 5.1.8 no", "250 ok"]}) as server, relay(server) as transport:
        assert transport.send(letter([A]), lambda: None).outcome is Outcome.REFUSED
        assert transport.send(letter([B]), lambda: None).outcome is Outcome.ACCEPTED
        assert (server.connections, len(server.messages)) == (2 if pipelining else 1, 1)


def test_hundreds_of_recipients_go_in_several_flights(ca, pipelining):
    many = [f"r{number}@customer.example" for number in range(250)]
    replies = {"RCPT TO:<r7@": "550 5.1.1 nobody", "RCPT TO:<r249@": "450 4.2.0 later"}
    with StubSmtp(ca, replies) as server:
        result, notes = send(server, letter(many))
        assert verbs(server).count("RCPT") == 250
    assert (result.outcome, notes) == (Outcome.ACCEPTED, 1)
    outcomes = [item.outcome for item in result.recipients]
    assert (outcomes[7], outcomes[249]) == (Outcome.REFUSED, Outcome.DEFERRED)
    assert outcomes.count(Outcome.ACCEPTED) == 248


def test_with_pipelining_the_envelope_is_one_flight(ca, pipelining, monkeypatch):
    flights = []
    write = smtp_connection.SmtpConnection.write
    monkeypatch.setattr(
        smtp_connection.SmtpConnection,
        "write",
        lambda self, data, limit_s: flights.append(bytes(data)) or write(self, data, limit_s),
    )
    with StubSmtp(ca) as server, relay(server) as transport:
        del flights[:]
        transport.send(letter(), lambda: None)
    assert len(flights[:-1]) == (2 if pipelining else 6)  # the last is QUIT


def test_a_flight_cut_short_is_deferred_and_nothing_was_noted(ca):
    with StubSmtp(ca, {f"RCPT TO:<{B}>": DROP}) as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, notes) == (Outcome.DEFERRED, Phase.ENVELOPE, 0)


def test_a_connection_idle_for_long_or_old_is_replaced_before_it_fails(ca):
    for limit in ("max_idle_s", "max_age_s"):
        with StubSmtp(ca) as server, relay(server, **{limit: 0}) as transport:
            for _ in range(2):
                assert transport.send(letter(), lambda: None).outcome is Outcome.ACCEPTED
            assert verbs(server).count("QUIT") == server.connections - 1
            assert server.connections >= 2


@pytest.mark.parametrize(
    "replies",
    [
        {"MAIL": ["250 ok", DROP, "250 ok"]},
        {"MAIL": ["250 ok", "421 4.4.2 idle", "250 ok"]},
        {"MAIL": ["421 4.4.2 bye", "250 ok"]},
        {"MAIL": ["451 4.3.0 later", "250 ok"], "RSET": DROP},
        {"MAIL": ["451 4.3.0 later", "250 ok"], "RSET": "421 4.4.2 idle"},
        {".": [DROP, "250 ok"]},
        {".": ["250 taken\r\n421 4.4.2 idle", "250 ok"]},
    ],
)
def test_a_connection_that_ended_is_made_anew_for_the_next_message(ca, replies):
    with StubSmtp(ca, replies) as server, relay(server) as transport:
        transport.send(letter(), lambda: None)
        assert transport.send(letter(), lambda: None).outcome is Outcome.ACCEPTED
        assert server.connections == 2


def test_when_no_new_connection_can_be_made_the_transport_says_so(ca):
    notes = []
    with (
        StubSmtp(ca, {"GREETING": ["220 hi", "421 4.3.2 too many"], "MAIL": ["250 ok", DROP]}) as server,
        relay(server) as transport,
    ):
        transport.send(letter(), lambda: None)
        with pytest.raises(TransportError) as caught:
            transport.send(letter(), lambda: notes.append(1))
    assert (caught.value.stage, caught.value.smtp_code, notes) == ("smtp_connect", 421, [])


def test_a_connection_lost_within_the_content_is_deferred(ca, monkeypatch):
    """The block is held back until the server is gone: the loss must be seen before the final dot."""
    gone = threading.Event()
    with StubSmtp(ca, {"CONTENT": DROP}) as server, relay(server) as transport:
        monkeypatch.setattr(server, "shutdown_request", _then(server.shutdown_request, gone))
        monkeypatch.setattr(smtp_connection.SmtpConnection, "write", _content_after(gone))
        notes = []
        result = transport.send(letter(), lambda: notes.append(1))
    assert (result.outcome, result.phase, notes) == (Outcome.DEFERRED, Phase.CONTENT, [])


def test_a_refusal_within_the_content_is_a_definite_one(ca):
    with StubSmtp(ca, {"DATA": "354 go on\r\n552 5.3.4 too big"}) as server, relay(server) as transport:
        notes = []
        result = transport.send(letter(), lambda: notes.append(1))
    assert (result.outcome, result.smtp_code, notes) == (Outcome.REFUSED, 552, [])


def _then(call, event):
    def done(*args):
        call(*args)
        event.set()

    return done


def _content_after(event):
    original = smtp_connection.SmtpConnection.write

    def send_block(self, block, limit_s):
        if isinstance(block, memoryview):
            assert event.wait(30)
            assert is_possible(
                self.sock, select.POLLIN, 30
            )  # the end has arrived, however busy the machine is
        original(self, block, limit_s)

    return send_block


def test_the_answer_to_the_final_dot_is_waited_for_within_its_own_limit(ca):
    release = threading.Event()

    class Slow(StubSmtp):
        def reply_to(self, command):
            if command == ".":
                release.wait(5)
            return super().reply_to(command)

    with Slow(ca) as server, relay(server, timeout_s=0.2) as transport:
        timer = threading.Timer(0.4, release.set)
        timer.start()
        assert transport.send(letter(), lambda: None).outcome is Outcome.ACCEPTED
        timer.join()


def test_a_server_silent_after_the_final_dot_leaves_the_outcome_unknown(ca):
    release = threading.Event()

    class Silent(StubSmtp):
        def reply_to(self, command):
            if command == ".":
                release.wait(5)
            return super().reply_to(command)

    with Silent(ca) as server:
        with relay(server, limits=TimeLimits(final_reply_s=0.1)) as transport:
            result = transport.send(letter(), lambda: None)
        release.set()
    assert (result.outcome, result.phase) == (Outcome.UNKNOWN, Phase.HANDED_OVER)
    assert "timed out" in result.reply


def test_an_envelope_without_recipients_is_refused_and_not_handed_over(ca):
    with StubSmtp(ca) as server:
        result, notes = send(server, replace(letter(), to=()))
    assert (result.outcome, result.recipients, notes) == (Outcome.REFUSED, (), 0)
