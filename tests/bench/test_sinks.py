"""The bench's sinks: they count what they get, and refuse what is over a mailbox's limit."""

import base64
import smtplib
import ssl
from pathlib import Path

import pytest

from bench import processes
from bench.letters import letters
from core.net import http_session

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("sinks")
    processes.make_certificates(made)
    return made


def signed_in(folder: Path, sink: processes.Sink, user: str = "ulla@sender.example") -> smtplib.SMTP_SSL:
    tls = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    server = smtplib.SMTP_SSL("localhost", sink.port, "client.example", timeout=5, context=tls)
    try:
        server.login(user, "password")
    except smtplib.SMTPException:
        server.close()
        raise
    return server


@pytest.mark.parametrize("kind", ["smtp", "aio"])
def test_each_message_is_counted_and_one_that_came_twice_is_told(folder, kind):
    first, second = letters(2, 20_000)
    with processes.sink(kind, folder) as sink, signed_in(folder, sink) as server:
        server.ehlo()
        assert server.has_extn("pipelining")
        for letter in (first, second, first):
            server.sendmail("ulla@sender.example", ["rita@recipient.example"], letter)
        books = sink.books()
    assert (books["messages"], books["twice"], books["signed_in"]) == (2, 1, 1)
    assert books["seconds"] > 0


def test_a_message_whose_lines_begin_with_dots_comes_in_small_pieces(folder):
    with processes.sink("smtp", folder) as sink, signed_in(folder, sink) as server:
        server.docmd("MAIL", "FROM:<ulla@sender.example>")
        server.docmd("RCPT", "TO:<rita@recipient.example>")
        server.docmd("DATA")
        for piece in (b"Message-ID: <1@x>\r\n\r\n..\r\n", b"text\r", b"\n.", b"\r", b"\nNOOP\r\n"):
            server.send(piece)
        assert [server.getreply()[0], server.getreply()[0]] == [250, 250]
        assert sink.books()["messages"] == 1


def test_connections_over_the_limit_of_a_mailbox_are_refused(folder):
    with (
        processes.sink("smtp", folder, connections=1) as sink,
        signed_in(folder, sink),
        signed_in(folder, sink, "una@sender.example"),
    ):
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            signed_in(folder, sink)
        assert refused.value.smtp_code == 432
        assert (sink.books()["refused"], sink.books()["most_open"]) == (1, 1)


def test_graph_takes_messages_and_hands_out_tokens(folder):
    with processes.sink("graph", folder, answer_ms=1) as sink, http_session(folder / "ca.pem") as session:
        base = f"https://localhost:{sink.port}"
        form = {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-7",
            "scope": f"openid {base}/Mail.Send",
        }
        token = session.post(f"{base}/t/oauth2/v2.0/token", data=form, allow_redirects=False).json()
        assert (token["access_token"], token["scope"]) == ("access-7", f"{base}/Mail.Send")
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        content = base64.b64encode(next(letters(1, 100)))
        answer = session.post(f"{base}/v1.0/me/sendMail", data=content, headers=bearer, allow_redirects=False)
        assert answer.status_code == 202
        books = sink.books()
    assert (books["messages"], books["tokens"], books["refused"]) == (1, 1, 0)


def test_graph_refuses_more_requests_at_once_than_a_mailbox_may_have(folder):
    with processes.sink("graph", folder, at_once=0) as sink, http_session(folder / "ca.pem") as session:
        address = f"https://localhost:{sink.port}/v1.0/me/sendMail"
        answer = session.post(address, data=b"", headers={"Authorization": "Bearer t"}, allow_redirects=False)
        assert (answer.status_code, sink.books()["refused"]) == (429, 1)
