"""What only the backend of a project elsewhere can meet: connections that are cut, answers that make no sense."""

import socket
import ssl

import pytest
import trustme
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.views.debug import ExceptionReporter

from postroom.backend import PostroomBackend
from postroom.errors import NotTaken
from tests.postroom.stub_portal import HANG_UP, portal
from tests.postroom.test_both_backends import BOB, a_message

KEY = "pmk_canary_of_a_key"


@pytest.fixture
def elsewhere(settings):
    """A backend for this address."""

    def made(url: str, **options: object) -> PostroomBackend:
        settings.POSTROOM = {"url": url, "key": KEY}
        return get_connection("postroom.backend.PostroomBackend", **options)

    return made


def test_several_messages_go_over_one_connection(elsewhere):
    with portal() as stub, elsewhere(stub.url) as backend:
        assert backend.open() is False
        assert backend.send_messages([a_message(), a_message()]) == 2
        assert backend.send_messages([a_message()]) == 1
    assert (stub.connections, len(stub.asked)) == (1, 3)
    path, headers, _body = stub.asked[0]
    assert (path, headers["Authorization"]) == ("/api/v1/messages", f"Bearer {KEY}")
    assert len({headers["Idempotency-Key"] for _path, headers, _body in stub.asked}) == 3


def test_a_portal_below_a_path_is_asked_there(elsewhere):
    with portal() as stub:
        assert elsewhere(f"{stub.url}/mail/").send_messages([a_message()]) == 1
    assert stub.asked[0][0] == "/mail/api/v1/messages"


def test_after_a_cut_connection_the_same_is_asked_under_the_same_key(elsewhere):
    with portal(HANG_UP) as stub:
        assert elsewhere(stub.url).send_messages([a_message()]) == 1
    (_, first, body), (_, second, again) = stub.asked
    assert (first["Idempotency-Key"], body) == (second["Idempotency-Key"], again)


def test_a_portal_that_hangs_up_always_is_told_after_two(elsewhere):
    with portal(HANG_UP, HANG_UP, HANG_UP, HANG_UP) as stub:
        with pytest.raises(NotTaken) as refused:
            elsewhere(stub.url).send_messages([a_message()])
        assert elsewhere(stub.url, fail_silently=True).send_messages([a_message()]) == 0
    assert refused.value.cause == "unreachable"
    assert len(stub.asked) == 4


def test_a_portal_that_is_not_there_is_told(elsewhere):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(NotTaken) as refused:
        elsewhere(url).send_messages([a_message()])
    assert (refused.value.cause, refused.value.status) == ("unreachable", 0)
    silent = elsewhere(url, fail_silently=True)
    assert silent.open() is None
    assert silent.send_messages([a_message()]) == 0


def test_a_portal_that_never_answers_is_waited_for_once(elsewhere, settings):
    settings.EMAIL_TIMEOUT = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(NotTaken) as refused:
            elsewhere(f"http://127.0.0.1:{silent.getsockname()[1]}").send_messages([a_message()])
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert refused.value.cause == "unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"Location": "http://127.0.0.1:9/"}, b""),
        (200, {}, b"<html>Sign in</html>"),
        (202, {}, b"[]"),
        (202, {}, b"\xff"),
        (500, {}, b""),
    ],
)
def test_an_answer_that_is_none_of_a_portals_is_a_refusal(elsewhere, answer):
    with portal(answer) as stub, pytest.raises(NotTaken) as refused:
        elsewhere(stub.url).send_messages([a_message()])
    assert (refused.value.status, len(stub.asked)) == (answer[0], 1)
    assert str(answer[0]) in str(refused.value)


def test_an_answer_that_goes_on_and_on_is_cut_off(elsewhere):
    endless = (202, {}, b"x" * (3 * 1024 * 1024))
    with portal(endless, endless) as stub, pytest.raises(NotTaken, match="too long"):
        elsewhere(stub.url).send_messages([a_message()])


def test_a_refusal_says_what_the_portal_said(elsewhere):
    text = b'{"detail": "Go on in 7 seconds.", "cause": "too_many_requests", "status": 429}'
    with portal((429, {"Retry-After": "7"}, text)) as stub, pytest.raises(NotTaken) as refused:
        elsewhere(stub.url).send_messages([a_message()])
    assert (str(refused.value), refused.value.cause) == ("Go on in 7 seconds.", "too_many_requests")
    assert (refused.value.status, refused.value.retry_after_s) == (429, 7)


def test_the_key_is_in_no_error_and_no_repr(elsewhere):
    with (
        portal((401, {}, b'{"detail": "No.", "cause": "key_unknown"}')) as stub,
        elsewhere(stub.url) as backend,
        pytest.raises(NotTaken) as refused,
    ):
        backend.send_messages([a_message()])
    assert KEY not in repr(refused.value) + str(refused.value) + repr(backend) + repr(backend.address)


def test_a_debug_page_shows_neither_the_key_nor_the_text(elsewhere, rf):
    with portal((401, {}, b"{}")) as stub:
        try:
            elsewhere(stub.url).send_messages([a_message(body="-".join(["canary", "text"]))])
        except NotTaken as error:
            page = ExceptionReporter(
                rf.get("/"), type(error), error, error.__traceback__
            ).get_traceback_html()
    assert "The portal answered 401" in page
    assert KEY not in page
    assert "canary-text" not in page


@pytest.mark.parametrize(
    "url",
    [
        *("", "portal.example", "http://portal.example", "ftp://portal.example", "https://"),
        *("https://key@portal.example", "https://portal.example?key=1", "http://127.0.0.1.evil.example"),
    ],
)
def test_only_an_https_address_is_taken_or_one_on_this_machine(elsewhere, url):
    with pytest.raises(ImproperlyConfigured):
        elsewhere(url)


@pytest.mark.parametrize("key", ["", "pmk\r\nX: 1", "pmk_ā"])
def test_what_is_no_key_is_a_mistake_of_the_settings(settings, key):
    settings.POSTROOM = {"url": "https://portal.example", "key": key}
    with pytest.raises(ImproperlyConfigured):
        PostroomBackend()


def test_the_person_is_named_and_files_are_in_base64(elsewhere):
    message = a_message()
    message.attach("a.bin", b"\0\xff", "application/octet-stream")
    with portal() as stub:
        elsewhere(stub.url, person="carol@people.example").send_messages([message, a_message()])
    assert stub.given()["as"] == "carol@people.example"
    assert stub.given()["attachments"] == [
        {"filename": "a.bin", "content": "AP8=", "content_type": "application/octet-stream"}
    ]
    with portal() as stub:
        elsewhere(stub.url).send_messages([a_message()])
    assert stub.given()["as"] == BOB


def test_only_a_certificate_that_is_trusted_gets_the_key(elsewhere, monkeypatch, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with portal() as stub:
        stub.use_tls(context)
        url = f"https://localhost:{stub.server_port}"
        with pytest.raises(NotTaken, match="certificate") as refused:
            elsewhere(url).send_messages([a_message()])
        assert (refused.value.cause, stub.asked) == ("unreachable", [])
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert elsewhere(url).send_messages([a_message()]) == 1
        with pytest.raises(NotTaken, match="certificate"):
            elsewhere(url.replace("localhost", "127.0.0.1")).send_messages([a_message()])
