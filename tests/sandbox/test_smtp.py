import base64
import json
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest

from sandbox.server import Sandbox
from sandbox.smtp.replies import SIZE_LIMIT_BYTES
from tests.sandbox.people import ARCHIVE, INVOICES, SAM, ULLA, Visitor, address, letter

Dial = Callable[..., smtplib.SMTP]
GINA = "gina.gmail@gmail.example"


@pytest.fixture
def dial(sandbox: Sandbox, sandbox_client) -> Iterator[Dial]:
    """Connect, with STARTTLS unless told otherwise; signs in when given an address and a password."""
    opened: list[smtplib.SMTP] = []
    tls = ssl.create_default_context(cafile=str(sandbox.ca_file))

    def go(user: str = "", password: str = "", *, starttls: bool = True) -> smtplib.SMTP:
        server = smtplib.SMTP("localhost", sandbox.starttls_port, "client.example", timeout=5)
        opened.append(server)
        server.ehlo()
        if starttls:
            server.starttls(context=tls)
            server.ehlo()
        if user:
            server.login(user, password)
        return server

    yield go
    for server in opened:
        server.close()


@pytest.fixture
def ulla(dial: Dial) -> smtplib.SMTP:
    return dial(ULLA, "Ulla-sails-1")


def said(reply: tuple[int, bytes]) -> str:
    return f"{reply[0]} {reply[1].decode()}"


def xoauth2(server: smtplib.SMTP, user: str, token: str) -> tuple[int, bytes]:
    text = f"user={user}\1auth=Bearer {token}\1\1"
    return server.docmd("AUTH", "XOAUTH2 " + base64.b64encode(text.encode()).decode())


def begin(server: smtplib.SMTP, sender: str = ULLA, to: str = "kunde@example.com") -> None:
    assert server.mail(sender)[0] == 250
    assert server.rcpt(to)[0] == 250


def data(server: smtplib.SMTP, raw: bytes) -> str:
    """DATA without smtplib's repairs: dots are doubled, nothing else changes."""
    assert server.docmd("DATA")[0] == 354
    server.send(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    return said(server.getreply())


def test_a_message_is_stored_byte_for_byte(ulla, sandbox_client):
    raw = letter(Bcc="kept@example.com") + b".dot\r\n..two\r\n\xc3\xa5 8-bit \xff\r\n" + b"x" * 5000 + b"\r\n"
    begin(ulla)
    ulla.rcpt("hidden@example.com")
    reply = data(ulla, raw)
    assert reply.startswith("250 2.0.0 OK ")
    (mail,) = sandbox_client.mail()
    assert sandbox_client.raw(mail.id) == sandbox_client.sent_copy(mail.id) == raw
    assert (mail.via, mail.mailbox, mail.mail_from) == ("smtp", ULLA, ULLA)
    assert mail.recipients == {"kunde@example.com": "to", "hidden@example.com": "bcc"}


def test_smtplib_sends_as_it_always_does(ulla, sandbox_client):
    assert ulla.sendmail(ULLA, ["kunde@example.com"], letter()) == {}
    assert len(sandbox_client.mail(to="kunde@example.com")) == 1


def test_implicit_tls_works(sandbox: Sandbox, sandbox_client):
    tls = ssl.create_default_context(cafile=str(sandbox.ca_file))
    with smtplib.SMTP_SSL("localhost", sandbox.tls_port, "client.example", timeout=5, context=tls) as server:
        server.login(ULLA, "Ulla-sails-1")
        server.sendmail(ULLA, ["kunde@example.com"], letter())
    assert len(sandbox_client.mail()) == 1


def test_the_relay_takes_any_sender_without_a_sign_in(sandbox: Sandbox, sandbox_client):
    with smtplib.SMTP("localhost", sandbox.relay_port, "client.example", timeout=5) as server:
        server.ehlo()
        assert not server.has_extn("starttls")
        assert not server.has_extn("auth")
        server.sendmail("", ["kunde@example.com"], letter("printer@cellar.example"))
    (mail,) = sandbox_client.mail()
    assert (mail.via, mail.mailbox, mail.mail_from) == ("relay", "", "")


def test_features_differ_before_and_after_tls(dial: Dial):
    plain = dial(starttls=False)
    assert plain.has_extn("starttls")
    assert not plain.has_extn("auth")
    secure = dial()
    assert not secure.has_extn("starttls")
    assert secure.esmtp_features["auth"].split() == ["LOGIN", "PLAIN", "XOAUTH2"]
    assert secure.esmtp_features["size"] == str(SIZE_LIMIT_BYTES)
    assert {"8bitmime", "pipelining", "dsn", "enhancedstatuscodes", "smtputf8"} <= set(secure.esmtp_features)
    assert "chunking" not in secure.esmtp_features


def test_sending_needs_tls_and_a_sign_in(dial: Dial):
    assert said(dial(starttls=False).mail(ULLA)).startswith("530 5.7.0")
    assert said(dial(starttls=False).docmd("AUTH", "PLAIN AAAA")).startswith("530 5.7.0")
    assert said(dial().mail(ULLA)).startswith("530 5.7.57 Client not authenticated")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_both_password_mechanisms_work(dial: Dial, mechanism):
    server = dial()
    server.user, server.password = ULLA, "Ulla-sails-1"
    method = server.auth_plain if mechanism == "PLAIN" else server.auth_login
    assert server.auth(mechanism, method)[0] == 235


@pytest.mark.parametrize(
    ("user", "password", "reply"),
    [
        (ULLA, "wrong", "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect"),
        ("ghost@nordicfreight.example", "x", "535 5.7.139 Authentication unsuccessful, the user credentials"),
        (address("olaf.smtpoff"), "Olaf-sails-1", "SmtpClientAuthentication is disabled for the Mailbox"),
        ("clara.cautious@cautious.example", "Clara-sails-1", "is disabled for the Tenant"),
        (address("mia.mfa"), "Mia-sails-1", "the request did not meet the criteria"),
        (address("boris.blocked"), "Boris-sails-1", "535 5.7.139"),
        (address("nora.nomailbox"), "Nora-sails-1", "535 5.7.3 Authentication unsuccessful"),
        (INVOICES, "", "535 5.7.139"),
        (GINA, "wrong", "5.7.8 Username and Password not accepted"),
        (GINA, "Gina-sails-1", "534 5.7.9 Application-specific password required"),
    ],
)
def test_passwords_are_refused_in_the_servers_own_words(dial: Dial, user, password, reply):
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        dial(user, password)
    assert reply in said((refused.value.smtp_code, refused.value.smtp_error))


def test_gmail_takes_the_app_password(dial: Dial, sandbox_client):
    dial(GINA, "abcdefghijklmnop").sendmail(GINA, ["kunde@example.com"], letter(GINA))
    assert sandbox_client.mail()[0].mailbox == GINA


def test_a_token_signs_in_the_person_and_the_mailboxes_he_may_open(dial: Dial, visitor: Visitor):
    token = visitor.access_token(SAM, visitor.url("/outlook/SMTP.Send"))
    assert xoauth2(dial(), SAM, token)[0] == 235
    server = dial()
    assert xoauth2(server, INVOICES, token)[0] == 235
    begin(server, INVOICES)
    assert data(server, letter(INVOICES)).startswith("250")


def test_an_app_token_signs_in_any_mailbox_of_its_directory(dial: Dial, visitor: Visitor):
    token = visitor.app_token("outlook")
    assert xoauth2(dial(), ULLA, token)[0] == 235
    assert xoauth2(dial(), "una.user@balticship.example", token)[0] == 334


def test_an_app_without_the_permission_or_outside_its_scope_signs_in_nowhere(dial: Dial, visitor: Visitor):
    assert xoauth2(dial(), ULLA, visitor.app_token("outlook", ARCHIVE))[0] == 334
    assert xoauth2(dial(), address("paula.private"), visitor.app_token("outlook"))[0] == 334


@pytest.mark.parametrize(
    "case", ["garbage", "graph", "no smtp", "other person", "on behalf alone", "no mailbox"]
)
def test_a_wrong_token_gets_a_challenge_and_then_535(dial: Dial, visitor: Visitor, case):
    outlook = visitor.url("/outlook/SMTP.Send")
    user, token = {
        "garbage": lambda: (ULLA, "garbage"),
        "graph": lambda: (ULLA, visitor.access_token()),
        "no smtp": lambda: (ULLA, visitor.access_token(ULLA, visitor.url("/outlook/IMAP.AccessAsUser.All"))),
        "on behalf alone": lambda: (INVOICES, visitor.access_token(address("della.delegate"), outlook)),
        "other person": lambda: (ULLA, visitor.access_token(SAM, outlook)),
        "no mailbox": lambda: (
            address("nora.nomailbox"),
            visitor.access_token(address("nora.nomailbox"), outlook),
        ),
    }[case]()
    server = dial()
    code, challenge = xoauth2(server, user, token)
    assert code == 334
    assert json.loads(base64.b64decode(challenge))["status"] == "400"
    assert said(server.docmd("")).startswith("535 5.7.3 Authentication unsuccessful")
    assert server.noop()[0] == 250


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("XOAUTH2 " + base64.b64encode(b"user=x").decode(), "501 5.5.4"),
        ("XOAUTH2 !!!", "501 5.5.2"),
        ("PLAIN " + base64.b64encode(b"a\0b").decode(), "501 5.5.4"),
        ("CRAM-MD5", "504 5.7.4"),
        ("", "504 5.7.4"),
    ],
)
def test_broken_sign_ins_are_named(dial: Dial, argument, reply):
    assert said(dial().docmd("AUTH", argument)).startswith(reply)


def test_a_sign_in_can_be_cancelled_and_not_repeated(dial: Dial, ulla):
    server = dial()
    assert server.docmd("AUTH", "LOGIN")[0] == 334
    assert said(server.docmd("*")).startswith("501 5.7.0")
    assert said(ulla.docmd("AUTH", "LOGIN")).startswith("503 5.5.1")


def test_the_fourth_connection_of_a_mailbox_is_turned_away(dial: Dial):
    three = [dial(ULLA, "Ulla-sails-1") for _ in range(3)]
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        dial(ULLA, "Ulla-sails-1")
    assert said((refused.value.smtp_code, refused.value.smtp_error)).startswith("432 4.3.2 Concurrent")
    assert dial(SAM, "Sam-sails-1").noop()[0] == 250
    three[0].quit()
    assert dial(ULLA, "Ulla-sails-1").noop()[0] == 250


def test_the_rate_limit_is_switched_on_by_a_fault(ulla, sandbox_client):
    sandbox_client.add_fault("smtp.rate", per_minute=2)
    for _ in range(2):
        ulla.sendmail(ULLA, ["kunde@example.com"], letter())
    assert said(ulla.mail(ULLA)).startswith("421 4.4.2")


def test_envelope_and_header_sender_must_be_the_mailbox(ulla):
    assert said(ulla.mail(SAM)).startswith("550 5.7.60")
    begin(ulla)
    assert data(ulla, letter(SAM)).startswith("554 5.2.252 SendAsDenied")


def test_a_delegate_sends_on_behalf_of_a_mailbox_with_its_own_envelope(dial: Dial, sandbox_client):
    della = address("della.delegate")
    server = dial(della, "Della-sails-1")
    assert said(server.mail(INVOICES)).startswith("550 5.7.60")
    begin(server, della)
    assert data(server, letter(INVOICES)).startswith("250")
    (mail,) = sandbox_client.mail()
    assert sandbox_client.raw(mail.id) == f"Sender: {della}\r\n".encode() + letter(INVOICES)


@pytest.mark.parametrize(
    ("command", "argument", "reply"),
    [
        ("RCPT", "TO:<no-domain>", "501 5.1.3"),
        ("RCPT", "TO:<a b@example.com>", "501 5.1.3"),
        ("RCPT", "TO:<>", "501 5.1.3"),
        ("RCPT", "TO:<nobody@example.com>", "550 5.1.10"),
        ("RCPT", "TO:<later@example.com>", "450 4.7.1"),
        ("RCPT", "TO:<a@example.com> SPEED=9", "555 5.5.4"),
        ("RCPT", "TO:<å@example.com>", "553 5.6.7"),
        ("MAIL", "FROM:<ulla.user@nordicfreight.example>", "503 5.5.2"),
        ("DATA", "", "503 5.5.2"),
    ],
)
def test_commands_are_checked(ulla, command, argument, reply):
    ulla.mail(ULLA)
    ulla.command_encoding = "utf-8"
    assert said(ulla.docmd(command, argument)).startswith(reply)


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("FROM:<nonsense", "501 5.1.7"),
        ("TO:<a@example.com>", "501 5.1.7"),
        (f"FROM:<{ULLA}> SPEED=9", "555 5.5.4"),
        (f"FROM:<{ULLA}> SIZE=37748737", "552 5.3.4"),
        (f"FROM:<{ULLA}> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x", "250 2.1.0"),
    ],
)
def test_the_senders_command_is_checked(ulla, argument, reply):
    assert said(ulla.docmd("MAIL", argument)).startswith(reply)


def test_dsn_parameters_are_taken(ulla):
    assert ulla.mail(ULLA)[0] == 250
    assert ulla.rcpt("a@example.com", ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;a@example.com"])[0] == 250


def test_what_ehlo_leaves_out_is_refused_at_mail(ulla, sandbox_client):
    sandbox_client.add_fault("smtp.lacks", reply="SMTPUTF8")
    ulla.ehlo()
    assert not ulla.has_extn("smtputf8")
    ulla.command_encoding = "utf-8"
    assert said(ulla.docmd("MAIL", f"FROM:<{ULLA}> SMTPUTF8")).startswith("555 5.5.4")
    assert ulla.mail(ULLA)[0] == 250
    assert ulla.rcpt("jānis@example.com")[0] == 553


def test_smtputf8_addresses_are_taken_when_announced(ulla, sandbox_client):
    ulla.command_encoding = "utf-8"
    assert ulla.mail(ULLA, ["SMTPUTF8"])[0] == 250
    assert ulla.rcpt("jānis@example.com")[0] == 250
    assert data(ulla, letter(to="jānis@example.com")).startswith("250")
    assert sandbox_client.mail(to="jānis@example.com")[0].recipients == {"jānis@example.com": "to"}


def test_bare_line_feeds_are_refused(ulla, sandbox_client):
    begin(ulla)
    assert data(ulla, letter() + b"bare\nline\r\n").startswith("550 5.6.11")
    assert sandbox_client.mail() == []
    begin(ulla)
    assert data(ulla, letter()).startswith("250")


def test_too_big_a_message_is_refused_after_the_dot(ulla):
    begin(ulla)
    line = b"x" * 998 + b"\r\n"
    assert data(ulla, letter() + line * (SIZE_LIMIT_BYTES // 1000 + 1)).startswith("552 5.3.4")


def test_pipelined_commands_are_answered_in_order(ulla):
    ulla.send(f"MAIL FROM:<{ULLA}>\r\nRCPT TO:<nobody@example.com>\r\nRCPT TO:<a@example.com>\r\n")
    assert [ulla.getreply()[0] for _ in range(3)] == [250, 550, 250]


def test_rset_forgets_the_transaction_and_keeps_the_sign_in(ulla):
    begin(ulla)
    assert ulla.rset()[0] == 250
    begin(ulla)


@pytest.mark.parametrize(
    ("where", "reply"),
    [("smtp.mail", "451 4.7.0 Busy"), ("smtp.rcpt", "452 4.2.2 Full"), ("smtp.data", "550 5.7.1 No"),
     ("smtp.eod", "550 5.7.1 Spam message rejected")],
)  # fmt: skip
def test_any_reply_can_be_ordered(ulla, sandbox_client, where, reply):
    sandbox_client.add_fault(where, reply=reply, times=1)
    code, text = reply.split(" ", 1)
    with pytest.raises(smtplib.SMTPException) as refused:
        ulla.sendmail(ULLA, ["kunde@example.com"], letter())
    assert code in str(refused.value)
    assert text in str(refused.value)
    ulla.rset()  # smtplib forgets it when DATA itself is refused
    assert ulla.sendmail(ULLA, ["kunde@example.com"], letter()) == {}
    assert len(sandbox_client.mail()) == 1


def test_one_recipient_can_be_singled_out(ulla, sandbox_client):
    sandbox_client.add_fault("smtp.rcpt", reply="451 4.2.0 Later", recipient="b@example.com")
    refused = ulla.sendmail(ULLA, ["a@example.com", "b@example.com"], letter())
    assert refused == {"b@example.com": (451, b"4.2.0 Later")}


def test_one_mailboxs_sign_in_can_be_singled_out(dial: Dial, sandbox_client):
    reply = "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."
    sandbox_client.add_fault("smtp.auth", reply=reply, mailbox=ULLA)
    with pytest.raises(smtplib.SMTPAuthenticationError, match="basic authentication is disabled"):
        dial(ULLA, "Ulla-sails-1")
    assert dial(SAM, "Sam-sails-1").noop()[0] == 250


def test_a_greeting_can_be_a_refusal(dial: Dial, sandbox_client):
    sandbox_client.add_fault("smtp.connect", reply="421 4.3.2 Service not active", times=1)
    with pytest.raises(smtplib.SMTPConnectError, match="Service not active"):
        dial()
    assert dial().noop()[0] == 250


@pytest.mark.parametrize(
    "where",
    ["smtp.connect", "smtp.ehlo", "smtp.starttls", "smtp.auth", "smtp.mail", "smtp.rcpt", "smtp.data"],
)
def test_the_connection_can_be_cut_at_every_step(dial: Dial, sandbox_client, where):
    sandbox_client.add_fault(where, action="drop", times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        dial(ULLA, "Ulla-sails-1").sendmail(ULLA, ["kunde@example.com"], letter())
    assert sandbox_client.mail() == []


@pytest.mark.parametrize(("action", "kept"), [("drop_before", 0), ("drop_after", 1)])
def test_after_the_dot_a_cut_connection_leaves_it_open(ulla, sandbox_client, action, kept):
    sandbox_client.add_fault("smtp.eod", action=action, times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        ulla.sendmail(ULLA, ["kunde@example.com"], letter())
    assert len(sandbox_client.mail()) == kept


def test_silence_ends_in_the_clients_timeout(ulla, sandbox_client):
    sandbox_client.add_fault("smtp.eod", action="hang", seconds=30, store=True, times=1)
    ulla.sock.settimeout(0.2)
    with pytest.raises((smtplib.SMTPServerDisconnected, socket.timeout)):
        ulla.sendmail(ULLA, ["kunde@example.com"], letter())
    assert len(sandbox_client.mail()) == 1


def test_a_connection_whose_token_ended_is_signed_out(ulla, sandbox_client):
    sandbox_client.add_fault("smtp.again", times=1, reply="530 5.7.57 Client not authenticated to send mail")
    begin(ulla)
    assert data(ulla, letter()).startswith("250")
    for _ in range(2):
        assert said(ulla.mail(ULLA)).startswith("530 5.7.57 Client not authenticated")
    ulla.login(ULLA, "Ulla-sails-1")
    begin(ulla)
