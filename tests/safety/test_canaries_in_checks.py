"""A check of a way of sending, with servers that repeat what they were told: rows, pages, bundle and command."""

import base64
import json
from contextlib import suppress
from io import StringIO
from types import SimpleNamespace

import pytest
import trustme
from django.core.management import call_command
from django.urls import reverse

from mailsettings.models import AppOnlySettings, CompanyMailSettings, SmtpServer
from sender.doctor import runs
from sender.doctor.graph import GraphSteps
from sender.doctor.steps import Book, Words
from sender.doctor.token import shown_by
from sender.models import CheckRun
from sender.transports.graph import GraphSettings
from tests.accounts.sign_in import sign_in
from tests.safety import canaries
from tests.safety.test_canaries_in_connecting import repeating
from tests.sender.stub_servers import GraphCall, StubGraph, StubSmtp

PASSWORD = canaries.EMAIL_PASSWORD
IN_BASE64 = base64.b64encode(PASSWORD.encode()).decode()
PLAIN_IN_BASE64 = base64.b64encode(f"\0bob@people.example\0{PASSWORD}".encode()).decode()
NO_LOGIN = f"535 5.7.8 no such user and password: {PASSWORD} {IN_BASE64} {PLAIN_IN_BASE64}"


def look_at(search, vault, run: CheckRun) -> None:
    """Every page of the check, by everybody who may see it, and the support bundle."""
    for role in ("admin", "support", "user"):
        browser = sign_in(search.client(), getattr(vault, role))
        for name in ("check", "audit"):
            assert browser.get(reverse(name, args=["Alpha"])).status_code < 500
        for name in ("check-run", "check-status", "check-bundle"):
            assert browser.get(reverse(name, args=["Alpha", run.pk])).status_code == 200


def printed(user: str) -> str:
    """What the command says, whatever it comes to."""
    out = StringIO()
    with suppress(SystemExit):
        call_command("checkmail", company="Alpha", user=user, stdout=out)
    assert "Sign-in" in out.getvalue()
    return out.getvalue()


@pytest.fixture
def by_password(search, vault, settings, tmp_path):
    """Bob's e-mail password, and a server that answers as it is told."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.EXTRA_CA_FILE = str(tmp_path / "ca.pem")
    vault.user.credentials.filter(kind="gmail_app_password").delete()

    def check(replies: dict[str, str]) -> CheckRun:
        with StubSmtp(authority, replies) as server:
            SmtpServer.objects.update(port=server.port)
            run = runs.perform(runs.ask(vault.user, asked_by="test"))
            search.saw("checkmail", printed(vault.user.user.email))
        look_at(search, vault, run)
        return run

    return check


def test_a_good_check_leaves_no_password_behind(by_password, search):
    assert by_password({}).result == "ok"
    search.assert_clean()


@pytest.mark.parametrize("command", ["AUTH", "MAIL"])
def test_a_server_that_repeats_the_password_does_not_bring_it_back(by_password, search, command):
    run = by_password({command: NO_LOGIN})
    assert run.result == "failed"
    assert run.steps
    search.assert_clean()


@pytest.mark.parametrize("form", ["json", "html"])
def test_a_refused_app_leaves_no_secret_behind(search, entra, vault, form):
    search.leaving_for = entra.url
    vault.user.credentials.all().delete()
    AppOnlySettings.objects.create(company=vault.company, use_graph=True)
    entra.tokens.clear()
    entra.tokens.append(repeating(401, form))
    run = runs.perform(runs.ask(vault.user, asked_by="test"))
    assert (run.method, run.result) == ("graph_app", "failed")
    look_at(search, vault, run)
    search.assert_clean()


class Repeating(GraphCall):
    """Refuses everything, and says why at length."""

    def do_GET(self) -> None:  # noqa: N802
        said = {"error": {"code": "ErrorAccessDenied", "message": f"no: {self.headers['Authorization']}"}}
        content = json.dumps(said).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def test_graph_repeating_the_token_is_not_quoted():
    token = canaries.ACCESS_TOKEN
    with StubGraph() as server:
        server.RequestHandlerClass = Repeating
        route = SimpleNamespace(account="bob@alpha.example", from_address="bob@alpha.example")
        policy = CompanyMailSettings()
        words = Words("microsoft", "delegated")
        subject = SimpleNamespace(route=route, policy=policy, words=words, sends_from_its_own=True)
        steps = GraphSteps(subject, GraphSettings(server.url, lambda force: token), shown_by(token))
        book = Book()
        for planned in steps.plan():
            book.walk([planned], words)
        steps.close()
    assert [step.id for step in book.steps if step.state == "fail"] == ["rights", "who", "mailbox"]
    assert token not in repr(book.steps)
