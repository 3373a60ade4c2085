"""Getting ready: address, TLS and sign-in, and each way they fail."""

import base64
import socket

import pytest
import trustme

from sender.mime import compose
from sender.transports.base import Outcome, Phase, TransportError
from sender.transports.smtp import SmtpSettings, SmtpTransport
from tests.sender.messages import DATE, SENDER
from tests.sender.stub_servers import DROP, StubSmtp

PASSWORD = "kept-secret-ÄÖ"


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(ca, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


def settings_for(server, bundle, **changes):
    options = {"security": "starttls", "username": "ulla@nordic.example", "secret": PASSWORD, "timeout_s": 5}
    return SmtpSettings("127.0.0.1", server.port, ca_bundle=bundle, **(options | changes))


def failure(settings):
    transport = SmtpTransport(settings)
    with pytest.raises(TransportError) as caught:
        transport.open()
    transport.close()
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_starttls_then_a_password_then_goodbye(ca, bundle):
    with StubSmtp(ca) as server:
        with SmtpTransport(settings_for(server, bundle)):
            pass
        verbs = [command.split()[0] for command in server.commands]
        assert verbs == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]
        answer = base64.b64decode(server.commands[3].removeprefix("AUTH PLAIN "))
        assert answer == f"\0ulla@nordic.example\0{PASSWORD}".encode()


def test_implicit_tls_never_asks_for_starttls(ca, bundle):
    with (
        StubSmtp(ca, implicit_tls=True) as server,
        SmtpTransport(settings_for(server, bundle, security="tls")),
    ):
        assert [command.split()[0] for command in server.commands] == ["EHLO", "AUTH"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "EHLO [127.0.0.1]"),
        ("mail.postroom.example", "EHLO mail.postroom.example"),
        ("mail.bücher.example", "EHLO mail.xn--bcher-kva.example"),
    ],
)
def test_the_name_of_this_machine_is_not_told(ca, bundle, given, told):
    with StubSmtp(ca) as server, SmtpTransport(settings_for(server, bundle, ehlo_name=given)):
        assert server.commands[0] == told


def test_login_is_used_where_plain_is_not_offered(ca, bundle):
    replies = {"AUTH": "334 VXNlcm5hbWU6", "dWxs": "334 UGFzc3dvcmQ6", "DWXS": "334 UGFzc3dvcmQ6"}
    secret = base64.b64encode(PASSWORD.encode()).decode()
    replies[secret[:4].upper() + secret[4:]] = "235 ok"
    with StubSmtp(ca, replies) as server:
        server.features = ["STARTTLS", "AUTH LOGIN"]
        with SmtpTransport(settings_for(server, bundle)):
            assert server.commands[3] == "AUTH LOGIN"


def test_xoauth2_sends_the_token(ca, bundle):
    forced = []
    with StubSmtp(ca) as server:
        token = lambda force: forced.append(force) or "t.o.k"  # noqa: E731
        with SmtpTransport(settings_for(server, bundle, authentication="xoauth2", secret=token)):
            answer = base64.b64decode(server.commands[3].removeprefix("AUTH XOAUTH2 "))
    assert answer == b"user=ulla@nordic.example\x01auth=Bearer t.o.k\x01\x01"
    assert forced == [False]


def test_a_refused_token_is_replaced_once_and_no_more(ca, bundle):
    forced = []
    with StubSmtp(ca, {"AUTH": "535 5.7.3 Authentication unsuccessful"}) as server:
        server.features = ["STARTTLS", "AUTH XOAUTH2"]
        token = lambda force: forced.append(force) or f"token-{force}"  # noqa: E731
        error = failure(settings_for(server, bundle, authentication="xoauth2", secret=token))
        asked = [command for command in server.commands if command.startswith("AUTH ")]
    assert forced == [False, True]
    assert len(set(asked)) == 2
    assert (error.stage, error.smtp_code) == ("smtp_auth", 535)


def test_an_xoauth2_refusal_is_answered_by_an_empty_line_and_decoded(ca, bundle):
    reason = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
    with StubSmtp(ca, {"AUTH": f"334 {reason}", "": "250 ok"}) as server:
        server.replies[""] = "535 5.7.3 Authentication unsuccessful"
        server.replies["EHLO"] = "250-stub\r\n250-STARTTLS\r\n250 AUTH XOAUTH2"
        error = failure(settings_for(server, bundle, authentication="xoauth2", secret="t"))
        assert server.commands[-1] == ""
    assert (error.stage, error.smtp_code) == ("smtp_auth", 535)
    assert '"status":"400"' in error.reply


def test_a_missing_token_is_told_as_such(ca, bundle):
    def token(force):
        raise TransportError(stage="token", reply="AADSTS700082")

    with StubSmtp(ca) as server:
        error = failure(settings_for(server, bundle, authentication="xoauth2", secret=token))
    assert (error.stage, error.phase) == ("token", Phase.SIGN_IN)


@pytest.mark.parametrize(
    ("replies", "stage", "code", "words"),
    [
        ({"GREETING": "554 5.7.1 go away"}, "smtp_connect", 554, "go away"),
        ({"GREETING": "421 4.3.2 busy"}, "smtp_connect", 421, "busy"),
        ({"GREETING": "SSH-2.0-OpenSSH_9.2"}, "smtp_connect", None, "SSH-2.0"),
        ({"GREETING": "\x15\x03\x01\x00\x02\x02"}, "smtp_connect", None, ""),
        ({"GREETING": "220-" + "\r\n220-".join("x" * 300)}, "smtp_connect", None, "no end"),
        ({"GREETING": "x" * 20_000}, "smtp_connect", None, "too long"),
        ({"GREETING": DROP}, "smtp_connect", None, "unexpectedly closed"),
        ({"EHLO": DROP}, "smtp_connect", None, "unexpectedly closed"),
        ({"EHLO": "501 bad name"}, "smtp_connect", 501, "bad name"),
        ({"EHLO": "250 no features"}, "smtp_tls", None, "does not offer STARTTLS"),
        ({"STARTTLS": "454 4.7.0 not now"}, "smtp_tls", 454, "not now"),
        ({"STARTTLS": "220 go on\r\n250 injected"}, "smtp_tls", None, "ahead of TLS"),
        ({"STARTTLS": DROP}, "smtp_tls", None, "unexpectedly closed"),
        (
            {"AUTH": "535-5.7.8 Username and\r\n535 5.7.8 Password"},
            "smtp_auth",
            535,
            "Username and\n5.7.8 Pass",
        ),
        ({"AUTH": "432 4.3.2 Concurrent connections limit exceeded"}, "smtp_auth", 432, "Concurrent"),
        ({"AUTH": DROP}, "smtp_auth", None, "unexpectedly closed"),
    ],
)
def test_each_failure_names_its_stage_and_the_servers_words(ca, bundle, replies, stage, code, words):
    with StubSmtp(ca, replies) as server:
        error = failure(settings_for(server, bundle))
    assert (error.stage, error.smtp_code) == (stage, code)
    assert words in error.reply
    assert not any(command.startswith("AUTH") for command in server.commands) or stage == "smtp_auth"


def test_without_a_method_both_know_the_password_is_not_sent(ca, bundle):
    with StubSmtp(ca) as server:
        server.features = ["STARTTLS", "AUTH GSSAPI NTLM"]
        error = failure(settings_for(server, bundle))
    assert error.stage == "smtp_auth"
    assert "It offers: GSSAPI NTLM" in error.reply
    assert not any(command.startswith("AUTH") for command in server.commands)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_authority_is_refused(bundle, security):
    with StubSmtp(trustme.CA(), implicit_tls=security == "tls") as server:
        error = failure(settings_for(server, bundle, security=security))
    assert (error.stage, error.phase) == ("smtp_tls", Phase.TLS)
    assert "certificate verify failed" in error.reply


def test_a_certificate_of_another_host_is_refused(ca, bundle, monkeypatch):
    monkeypatch.setattr("sender.transports.smtp_connection.open_socket", lambda _h, port, timeout_s: (
        socket.create_connection(("127.0.0.1", port), timeout_s)))  # fmt: skip
    with StubSmtp(ca) as server:
        settings = SmtpSettings(
            "mail.example", server.port, username="u", secret="p", ca_bundle=bundle, timeout_s=5
        )
        error = failure(settings)
    assert error.stage == "smtp_tls"
    assert "Hostname mismatch" in error.reply


def test_tls_to_a_server_without_it_is_told_as_a_tls_problem(ca, bundle):
    with StubSmtp(ca) as server:
        error = failure(settings_for(server, bundle, security="tls"))
    assert error.stage == "smtp_tls"


def test_nothing_is_dialled_to_sign_in_without_tls(ca):
    with StubSmtp(ca) as server:
        error = failure(settings_for(server, None, security="none"))
        assert server.connections == 0
    assert error.stage == "smtp_auth"


def test_a_private_address_the_operator_has_not_opened_is_refused(ca, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    with StubSmtp(ca) as server:
        error = failure(settings_for(server, None))
        assert server.connections == 0
    assert error.stage == "smtp_connect"
    assert error.reply.startswith("OutgoingRefused: ")


def test_a_host_that_does_not_exist_is_a_connecting_problem():
    error = failure(SmtpSettings("mail..example", 587))
    assert (error.stage, error.phase) == ("smtp_connect", Phase.CONNECT)
    assert error.reply.startswith("gaierror: ")


def test_a_silent_server_is_left_after_the_time_limit(ca):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(SmtpSettings("127.0.0.1", silent.getsockname()[1], timeout_s=0.1))
    assert error.stage == "smtp_connect"
    assert "timed out" in error.reply


def test_an_old_relay_that_knows_only_helo_is_used_where_nothing_secret_is_sent(ca):
    with StubSmtp(ca, {"EHLO": "502 5.5.2 not implemented"}) as server:
        with SmtpTransport(settings_for(server, None, security="none", authentication="none")):
            pass
        assert [command.split()[0] for command in server.commands] == ["EHLO", "HELO", "QUIT"]


def test_the_secret_is_not_in_the_settings_representation():
    assert PASSWORD not in repr(SmtpSettings("mail.example", 587, secret=PASSWORD))


@pytest.mark.parametrize(
    "reply", ["530 5.7.57 Client not authenticated to send mail", "535 5.7.3 Unsuccessful"]
)
def test_a_sign_in_that_ended_between_two_messages_is_made_anew_once(ca, bundle, reply):
    notes, letter = [], compose(sender=SENDER, to=["a@customer.example"], text="Hello", date=DATE)
    with StubSmtp(ca, {"MAIL": ["250 ok", reply, "250 ok", reply, reply]}) as server:
        settings = settings_for(server, bundle, authentication="xoauth2", secret=lambda _force: "t.o.k")
        with SmtpTransport(settings) as transport:
            outcomes = [transport.send(letter, lambda: notes.append(1)).outcome for _ in range(3)]
        asked = [command for command in server.commands if command.startswith("AUTH ")]
    assert outcomes == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REFUSED], "a second 530 in a row is told"
    assert (len(asked), len(notes)) == (3, 2)
