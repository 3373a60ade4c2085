"""What is said on the wire: features, the order of commands, what is refused and why."""

import pytest

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from mailsettings.models import CompanyMailSettings, FromPolicy
from sender.models import OutboxMessage
from tests.gateway.client import MESSAGE, in_base64
from tests.gateway.conftest import BOB


def stored() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.order_by("id"))


def test_a_signed_in_program_hands_a_message_over(door):
    with door.signed_in() as client:
        assert client.mail().startswith("250 2.0.0 OK: taken as ")
        assert client("QUIT").startswith("221")
        assert client.reply() == ""
    (message,) = stored()
    assert (message.membership, message.submitted_by) == (door.world.user, "SMTP: Printer")
    assert [each.address for each in message.recipients.all()] == ["rita@recipient.example"]


def test_what_was_sent_is_what_is_stored(door):
    dots = MESSAGE + "..two dots\r\n...\r\n"
    with door.signed_in() as client:
        client.mail(dots)
    assert stored()[0].content.unseal().endswith(b"One truck, please.\r\n.two dots\r\n..\r\n")


@pytest.mark.parametrize("is_tls", [True, False])
def test_it_says_what_it_can(door, is_tls):
    with door.client(is_tls=is_tls, is_encrypted=False) as client:
        features = client("EHLO client.example").replace("250-", "").replace("250 ", "").split("\n")
    sign_in = "AUTH PLAIN LOGIN" if is_tls else "STARTTLS"
    expected = ["SIZE 41943040", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", sign_in]
    assert features == ["mail.alpha.example", *expected]


def test_nothing_but_starttls_goes_in_clear(door):
    with door.client(is_encrypted=False) as client:
        client("EHLO client.example")
        plain = in_base64(f"\0{BOB}\0{door.secret}")
        for command in (f"AUTH PLAIN {plain}", "AUTH LOGIN", f"MAIL FROM:<{BOB}>"):
            assert client(command) == "530 5.7.0 Encrypt the connection first (STARTTLS)"


def test_nobody_relays_without_signing_in(door):
    with door.client() as client:
        client("EHLO client.example")
        assert client.mail().startswith("530 5.7.0 Sign in first")
        assert client("RCPT TO:<rita@recipient.example>").startswith("503")
        assert client("DATA").startswith("503")
    assert stored() == []


def test_commands_sent_ahead_in_clear_are_not_heeded_after_starttls(door):
    """https://www.kb.cert.org/vuls/id/555316"""
    with door.client(is_encrypted=False) as client:
        client("EHLO client.example")
        client.send("STARTTLS\r\nEHLO injected.example\r\n")
        assert client.reply().startswith("220")
        client._encrypt()
        assert client(f"MAIL FROM:<{BOB}>").startswith("503 5.5.1 Send EHLO first")
        assert client("EHLO client.example").startswith("250-mail.alpha.example")
        assert client("STARTTLS").startswith("503")


@pytest.mark.parametrize("user_name", [BOB, "BOB@people.example", "Alpha", "alpha@anything.example"])
def test_the_user_name_is_a_person_or_the_company(door, user_name):
    with door.client(is_tls=True) as client:
        assert client.login(user_name, door.secret).startswith("235")
        assert client.mail().startswith("250")
    assert stored()[0].membership == door.world.user


@pytest.mark.parametrize("around", ["{} ", " {}", "{}\r\n", "\t{}"])
def test_a_key_pasted_with_spaces_around_it_is_known(door, around):
    with door.client(is_tls=True) as client:
        assert client.login(BOB, around.format(door.secret)).startswith("235")


def test_auth_login_in_all_its_forms(door):
    user, secret = in_base64(BOB), in_base64(door.secret)
    for first, asked in (("AUTH LOGIN", True), (f"auth login {user}", False)):
        with door.client() as client:
            client("EHLO client.example")
            reply = client(first)
            if asked:
                assert reply == "334 VXNlcm5hbWU6"
                reply = client(user)
            assert reply == "334 UGFzc3dvcmQ6"
            assert client(secret).startswith("235")
            assert client(first).startswith("503 5.5.1 Already signed in")


def test_auth_plain_without_initial_response(door):
    with door.client() as client:
        client("EHLO client.example")
        assert client("AUTH PLAIN") == "334 "
        assert client(in_base64(f"\0{BOB}\0{door.secret}")).startswith("235")


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ("*", "501 5.7.0"),
        ("no base64!", "501 5.5.2"),
        (in_base64("only one part"), "501 5.5.4"),
        ("/w==", "501 5.5.2"),
        (in_base64("\0\0"), "535 5.7.8"),
        (in_base64("\0bob@people.example\0pmk_0_x"), "535 5.7.8"),
        (in_base64("\0a\0b\0c"), "501 5.5.4"),
    ],
)
def test_a_sign_in_that_cannot_be_read_is_refused_and_the_next_works(door, answer, reply):
    with door.client() as client:
        client("EHLO client.example")
        client("AUTH PLAIN")
        assert client(answer).startswith(reply)
        assert client.login(BOB, door.secret).startswith("235")


@pytest.mark.parametrize(
    ("commands", "last"),
    [
        (["AUTH"], "504 5.5.4"),
        (["AUTH CRAM-MD5"], "504 5.5.4"),
        (["EHLO"], "501 5.5.4"),
        (["MAIL FROM"], "501 5.5.4"),
        (["MAIL FROM:nobody"], "553 5.1.7"),
        (["MAIL FROM:<bob@people.example> SIZE=99999999"], "552 5.3.4"),
        (["MAIL FROM:<bob@people.example> BODY=BINARYMIME"], "555 5.5.4"),
        (["MAIL FROM:<bob@people.example> RET=FULL"], "555 5.5.4"),
        (["MAIL FROM:<bob@people.example>", "MAIL FROM:<bob@people.example>"], "503 5.5.1"),
        (["RCPT TO:<rita@recipient.example>"], "503 5.5.1"),
        (["MAIL FROM:<bob@people.example>", "DATA"], "503 5.5.1"),
        (["MAIL FROM:<>", "RCPT TO:<>"], "553 5.1.3"),
        (["MAIL FROM:<>", "RCPT TO:rita"], "553 5.1.3"),
        (["MAIL FROM:<>", "RCPT TO:<rita@recipient.example> NOTIFY=NEVER"], "555 5.5.4"),
        (["MAIL FROM:<>", "RCPT TO:<žanna@recipient.example>"], "553 5.6.7"),
        (["MAIL FROM:<> SMTPUTF8", "RCPT TO:<žanna@recipient.example>"], "250 2.1.5"),
        (["MAIL FROM:<> BODY=8bitmime SIZE=100 AUTH=<>"], "250 2.1.0"),
        (["MAIL FROM: <bob@people.example>", "RCPT TO:<@old.example:rita@recipient.example>"], "250 2.1.5"),
        (["VRFY rita"], "252"),
        (["EXPN all"], "502"),
        (["WHAT"], "500"),
        (["NOOP anything"], "250"),
        (["RSET"], "250"),
        (["HELP"], "214"),
    ],
)
def test_each_command_has_its_answer(door, commands, last):
    with door.client() as client:
        client.login(BOB, door.secret) if commands[0][:4] not in ("AUTH", "EHLO") else client("HELO x")
        for command in commands:
            reply = client(command)
        assert reply.startswith(last)
    assert stored() == []


def test_a_whole_session_may_be_sent_at_once(door):
    """RFC 2920."""
    with door.signed_in() as client:
        commands = f"MAIL FROM:<{BOB}>\r\nRCPT TO:<rita@recipient.example>\r\nRCPT TO:<nonsense>\r\nDATA\r\n"
        client.send(commands)
        assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "553", "354"]
        client.send(MESSAGE + f".\r\nMAIL FROM:<{BOB}>\r\nRSET\r\nQUIT\r\n")
        assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "250", "221"]
    assert len(stored()) == 1


def test_addresses_and_headers_may_have_any_letters(door):
    with door.signed_in() as client:
        assert client(f"MAIL FROM:<{BOB}> SMTPUTF8 BODY=8BITMIME").startswith("250")
        assert client("RCPT TO:<žanna@exämple.example>").startswith("250")
        client("DATA")
        client.send(MESSAGE.replace("Order 1", "Žāvēta zivs"))
        assert client(".").startswith("250")
    (message,) = stored()
    assert message.subject == "Žāvēta zivs"
    assert [each.address for each in message.recipients.all()] == ["žanna@xn--exmple-cua.example"]


def test_a_lone_dot_between_bare_line_feeds_ends_nothing(door):
    """Servers differ about it, and a second message could be smuggled in: CVE-2023-51764."""
    smuggled = MESSAGE + "text\n.\r\nMAIL FROM:<x@y.example>\r\nmore\r\n"
    with door.signed_in() as client:
        assert client.mail(smuggled).startswith("250")
    (message,) = stored()
    assert b"text\r\n.\r\nMAIL FROM:<x@y.example>\r\nmore" in message.content.unseal()


def test_a_message_is_whole_however_it_comes_in_pieces(door):
    """The end may be cut anywhere; what lies beyond the reader's limit comes in several parts."""
    text = MESSAGE + ("..leading dot, then a bare\n.\nline feed\r\n" * 5_000)
    with door.signed_in() as client:
        for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
            client(command)
        client.send(text)
        client.socket.settimeout(0.2)
        for piece in (".", "\r"):
            client.send(piece)
            with pytest.raises(TimeoutError):
                client.socket.recv(1)
        client.socket.settimeout(30)
        client.send("\nNOOP\r\n")
        assert client.reply().startswith("250 2.0.0 OK: taken as")
        assert client.reply() == "250 2.0.0 OK"
    expected = (".leading dot, then a bare\r\n.\r\nline feed\r\n" * 5_000).encode()
    assert stored()[0].content.unseal().endswith(b"truck, please.\r\n" + expected)


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("\r\n", "554 5.6.0 The message is empty."),
        ("no header at all\r\n", "554 5.6.0"),
        ("", "554 5.6.0 The message is empty."),
        (MESSAGE + "x" * 999 + "\r\n", "554 5.6.0"),
        (MESSAGE + "x" * 200_000 + "\r\n", "554 5.6.0"),
        (MESSAGE + "\0\r\n", "554 5.6.0 The message contains NUL bytes"),
        ("From: carol@people.example\r\n" + MESSAGE, "550 5.7.60 From names more than one"),
        (MESSAGE.replace("bob@", "carol@"), "550 5.7.60 The API key may not send as carol@people.example."),
        (MESSAGE.replace("bob@", "mallory@"), "550 5.7.60"),
        (MESSAGE.replace("Bob <bob@people.example>", "Bob"), "554 5.6.0"),
        (MESSAGE.replace("Bob <bob", "carol@people.example, <bob"), "550 5.7.60"),
        (MESSAGE.replace("From: Bob", "From: Bob <carol@people.example>\r\nFrom: Bob"), "550 5.7.60"),
    ],
)
def test_a_message_that_cannot_go_is_refused_with_a_sentence_and_the_next_is_taken(door, message, reply):
    with door.signed_in() as client:
        assert client.mail(message).startswith(reply)
        assert stored() == []
        assert client.mail().startswith("250")


def test_without_from_the_message_is_of_who_signed_in(door):
    without = MESSAGE.partition("\r\n")[2]
    with door.signed_in() as client:
        assert client.mail(without, sender="root@printer.example").startswith("250")
    assert b"From: bob@people.example\r\n" in stored()[0].content.unseal()
    with door.signed_in("Alpha") as client:
        assert client.mail(without, sender="root@printer.example").startswith("550 5.7.60")
        assert client.mail(without.replace("order-1", "order-2"), sender=BOB).startswith("250")


def test_the_address_that_a_person_s_mail_leaves_with_may_stand_in_from(door):
    office = "office@alpha.example"
    CompanyMailSettings.objects.create(
        company=door.world.company, company_server_from=FromPolicy.MAILBOX, company_address=office
    )
    with door.signed_in() as client:
        assert client.mail(MESSAGE.replace("bob@people.example", office)).startswith("250")
        assert client.mail(MESSAGE.replace("bob@people.example", "boss@alpha.example")).startswith(
            "550 5.7.60"
        )
    with door.signed_in("Alpha") as client:
        assert client.mail(MESSAGE.replace("bob@people.example", office)).startswith("550 5.7.60")
    assert stored()[0].membership == door.world.user


def test_a_key_for_all_sends_as_whom_from_names_in_the_company_only(door):
    _key, secret = keys.make(door.world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE)
    with door.client() as client:
        client.login("Alpha", secret)
        assert client.mail(MESSAGE.replace("bob@", "carol@")).startswith("250")
        assert client.mail(MESSAGE.replace("bob@", "mallory@")).startswith("550 5.7.60")
    assert [message.membership for message in stored()] == [door.world.colleague]


def test_who_cannot_send_is_told_why(door):
    door.world.company.smtp_server.delete()
    with door.signed_in() as client:
        assert client.mail().startswith("550-5.7.1 ")
    assert stored() == []


def test_a_client_that_drops_before_the_final_dot_leaves_nothing(door):
    with door.signed_in() as client:
        for command in (f"MAIL FROM:<{BOB}>", "RCPT TO:<rita@recipient.example>", "DATA"):
            client(command)
        client.send(MESSAGE)
    with door.signed_in() as client:
        assert client("NOOP").startswith("250")
    assert stored() == []
