"""Passwords, tokens and a body on their way out, with servers that repeat what they were told."""

import base64
from io import StringIO
from types import SimpleNamespace

import pytest
import trustme
from django.core.management import CommandError, call_command
from django.urls import reverse

from mailsettings.models import SmtpServer
from oauth import tokens
from sender.mime import Frozen, freeze_raw
from sender.models import Attempt, OutboxMessage, SendingMailbox
from sender.services import Draft, RawMessage, submit
from sender.transports.base import TransportError
from sender.transports.graph import GraphSettings, GraphTransport
from sender.worker import Worker
from tests.accounts.sign_in import sign_in
from tests.safety import canaries
from tests.sender.messages import DATE, PLAIN, SENDER
from tests.sender.stub_servers import DROP, StubGraph, StubSmtp

TO, BCC = "rita@recipient.example", "bcc-canary@recipient.example"
PASSWORD = canaries.EMAIL_PASSWORD
IN_BASE64 = base64.b64encode(PASSWORD.encode()).decode()
PLAIN_IN_BASE64 = base64.b64encode(f"\0bob@people.example\0{PASSWORD}".encode()).decode()
NO_LOGIN = f"535 5.7.8 no such user and password: {PASSWORD} {IN_BASE64}"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def office(search, vault, settings, tmp_path, authority):
    """A user whose mail leaves with his e-mail password, by whatever server the test starts."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.EXTRA_CA_FILE = str(tmp_path / "ca.pem")
    vault.user.credentials.filter(kind="gmail_app_password").delete()

    def send(server: StubSmtp) -> OutboxMessage:
        SmtpServer.objects.update(port=server.port)
        draft = Draft(
            to=[TO], bcc=[BCC], subject="Order 1", text=canaries.BODY, html=f"<p>{canaries.BODY}</p>"
        )
        message = submit(vault.user, draft, submitted_by="test")
        Worker(threads=1, until_empty=True).run()
        message.refresh_from_db()
        return message

    return SimpleNamespace(send=send, search=search, vault=vault, authority=authority)


def as_command(answer: str) -> str:
    """An answer of AUTH LOGIN as the stub notes it: in base64, the first four letters made large."""
    encoded = base64.b64encode(answer.encode()).decode()
    return encoded[:4].upper() + encoded[4:]


def look_at(office, message: OutboxMessage) -> str:
    """Every page about the message and its person, by everybody who may see it; the user's own page of it."""
    pages = ["overview", "outbox", "profile", "test-send", "people", "audit"]
    for role in ("admin", "support", "user"):
        browser = sign_in(office.search.client(), getattr(office.vault, role))
        for name in pages:
            assert browser.get(reverse(name, args=["Alpha"])).status_code < 500
        browser.get(reverse("person", args=["Alpha", office.vault.user.pk]))
        browser.get(reverse("message-status", args=["Alpha", message.pk]))
        shown = browser.get(reverse("message", args=["Alpha", message.pk]))
        assert shown.status_code == 200
    return shown.content.decode()


@pytest.mark.parametrize("features", [["STARTTLS", "AUTH PLAIN"], ["STARTTLS", "AUTH LOGIN"]])
def test_a_message_that_leaves_leaves_no_secret_behind(office, features):
    replies = {"AUTH LOGIN": "334 VXNlcm5hbWU6", as_command("bob@people.example"): "334 UGFzc3dvcmQ6"}
    with StubSmtp(office.authority, replies | {as_command(PASSWORD): "235 welcome"}) as server:
        server.features = features
        message = office.send(server)
        assert canaries.BODY.encode() in server.messages[0]
        assert BCC.encode() not in server.messages[0]
    assert message.state == "sent"
    look_at(office, message)
    office.search.assert_clean()


@pytest.mark.parametrize(
    "replies",
    [
        {"AUTH": NO_LOGIN},
        {"AUTH": f"535-5.7.8 refused\r\n535 5.7.8 AUTH PLAIN {PLAIN_IN_BASE64}"},
        {"AUTH": f"nonsense {PASSWORD}"},
        {"AUTH": f"421 4.7.0 {PASSWORD}: try later"},
        {"MAIL": f"530 5.7.1 {PASSWORD} is not the password"},
        {"RCPT": f"550 5.1.1 {PASSWORD}"},
        {"RCPT TO:<bcc": f"450 4.7.1 {PASSWORD}"},
        {"DATA": f"451 4.3.0 {IN_BASE64}"},
        {".": f"554 5.7.1 {PASSWORD} {IN_BASE64}"},
        {".": f"250 2.0.0 taken from {PASSWORD}"},
        {".": DROP},
        {"AUTH": DROP},
    ],
)
def test_a_server_that_repeats_the_password_is_not_quoted(office, replies):
    with StubSmtp(office.authority, replies) as server:
        message = office.send(server)
    assert Attempt.objects.filter(message=message).exclude(outcome="").exists()
    look_at(office, message)
    office.search.assert_clean()


def test_the_servers_other_words_stay(office):
    with StubSmtp(office.authority, {"AUTH": NO_LOGIN}) as server:
        message = office.send(server)
    assert "535 5.7.8 no such user and password: [hidden] [hidden]" in look_at(office, message)


def test_a_wrong_password_at_the_sandbox_is_not_shown(office, sandbox, sandbox_client, settings):
    settings.EXTRA_CA_FILE = str(sandbox.ca_file)
    SmtpServer.objects.update(port=sandbox.starttls_port)
    message = submit(office.vault.user, Draft(to=[TO], text=canaries.BODY), submitted_by="test")
    Worker(threads=1, until_empty=True).run()
    look_at(office, message)
    assert SendingMailbox.objects.get().health == "needs_attention"
    office.search.assert_clean()


def test_a_finished_message_is_not_shown_when_it_is_refused_or_sent(office, tmp_path):
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(PLAIN + canaries.BODY.encode())
    bad.write_bytes(PLAIN + canaries.BODY.encode() * 90 + b"\0")
    with StubSmtp(office.authority) as server:
        SmtpServer.objects.update(port=server.port)
        for path, code in ((good, 0), (bad, 2)):
            for form in ([], ["--json"]):
                out = StringIO()
                arguments = ["--company", "Alpha", "--as", "bob@people.example", "--raw", str(path), *form]
                ended = _exit_code("send", *arguments, stdout=out)
                office.search.saw("send", out.getvalue())
                assert ended == code
        Worker(threads=1, until_empty=True).run()
        assert len(server.messages) == 2
    office.search.assert_clean()


def _exit_code(*arguments: str, **options: object) -> int:
    try:
        call_command(*arguments, **options)
    except CommandError as error:
        return error.returncode
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.mark.parametrize("field", ["text", "html", "subject"])
def test_a_refused_draft_does_not_tell_its_body(office, field):
    draft = Draft(to=["no address"], **{field: canaries.BODY})
    with pytest.raises(Exception, match="address") as refused:
        submit(office.vault.user, draft, submitted_by="test")
    office.search.saw("exception", f"{refused.value!r} {refused.value} {vars(refused.value)}")
    raw = RawMessage(b"Subject: x\r\n\r\n" + canaries.BODY.encode() * 90)
    with pytest.raises(Exception, match="longer") as refused:
        submit(office.vault.user, raw, submitted_by="test")
    office.search.saw("exception", f"{refused.value!r} {refused.value} {vars(refused.value)}")
    office.search.assert_clean()


@pytest.mark.parametrize("status", [202, 400, 401, 403, 429, 500, 503])
@pytest.mark.parametrize("before", [0, 3_990])
def test_graph_repeating_the_token_is_not_quoted(office, status, before):
    token = canaries.ACCESS_TOKEN
    body = ("x" * before + f" Bearer {token} is refused").encode()
    with StubGraph([(status, {}, body)]) as server:
        transport = GraphTransport(GraphSettings(graph_url=server.url, token=lambda force: token))
        result = transport.send(frozen(), lambda: None)
        transport.close()
    assert token[:12] not in result.reply
    assert token not in repr(result)


def frozen() -> Frozen:
    return freeze_raw(PLAIN, sender=SENDER, date=DATE)


def test_a_graph_session_that_cannot_use_the_token_does_not_say_it(search):
    token = f"{canaries.ACCESS_TOKEN}\nX-Injected: 1"
    transport = GraphTransport(GraphSettings(graph_url="http://127.0.0.1:9", token=lambda force: token))
    result = transport.send(frozen(), lambda: None)
    search.saw("result", repr(result))
    search.saw("exception", repr(TransportError(stage="token", reply=token)))
    search.saw("exception", str(tokens.TokenUnavailable("unrecognised", token)))
    search.assert_clean()
