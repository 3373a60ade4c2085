"""The same in real processes: what the commands, the worker and the portal print, in both log formats."""

import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest
import trustme

from mailsettings.models import SmtpServer
from sender.models import SendingMailbox
from tests.processes import ROOT, environment, portal
from tests.safety import canaries
from tests.safety.test_canaries_in_apply import ENVIRONMENT, FILE
from tests.sender.stub_servers import StubSmtp

pytestmark = pytest.mark.processes
PASSWORD = canaries.EMAIL_PASSWORD


@pytest.fixture(params=["json", "plain"])
def surroundings(request, search, vault) -> dict[str, str]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.safety.process_settings", "TEST_LOG_FORMAT": request.param}
    return environment(**settings, PYTHONPATH=str(ROOT), **ENVIRONMENT)


def manage(search, surroundings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )
    search.saw(f"printed by {arguments[0]}", done.stdout + done.stderr)
    return done


def test_a_worker_whose_server_repeats_the_password_prints_none(search, vault, surroundings, tmp_path):
    vault.user.credentials.filter(kind="gmail_app_password").delete()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    surroundings["EXTRA_CA_FILE"] = str(tmp_path / "ca.pem")
    message = tmp_path / "message.txt"
    message.write_text(canaries.BODY)
    with StubSmtp(authority, {"AUTH": f"535 5.7.8 {PASSWORD} is wrong"}) as server:
        SmtpServer.objects.update(port=server.port)
        who = ["--company", "Alpha", "--as", "bob@people.example", "--to", "rita@recipient.example"]
        sent = manage(search, surroundings, "send", *who, "--text", canaries.BODY, "--json")
        assert sent.returncode == 0, sent.stderr
        worker = manage(search, surroundings, "worker", "--until-empty")
        assert "worker stopped" in worker.stderr
        shown = manage(search, surroundings, "send", *who, "--text", "again", "--wait")
    assert "[hidden] is wrong" in SendingMailbox.objects.get().cause_raw
    assert shown.returncode == 1
    search.assert_clean()


def test_apply_prints_no_secret(search, surroundings, tmp_path):
    (tmp_path / "smtp-password").write_text(canaries.SMTP_PASSWORD)
    path = tmp_path / "company.toml"
    path.write_text(FILE)
    assert manage(search, surroundings, "apply", str(path), "--json").returncode == 0
    path.write_text(FILE.replace('{ env = "CLIENT_SECRET" }', f'"{canaries.CLIENT_SECRET}"'))
    assert manage(search, surroundings, "apply", str(path)).returncode == 1
    search.assert_clean()


def test_the_portal_prints_no_secret_when_its_pages_fail(search, surroundings, tmp_path):
    output = tmp_path / "printed"
    with output.open("w") as printed, portal(surroundings, printed) as port:
        address = f"http://localhost:{port}"
        for path in (
            f"/Alpha/oauth/microsoft/callback?code={canaries.CODE}&state={canaries.CODE}3",
            f"/breaks/?password={urllib.parse.quote_plus(PASSWORD)}",
            "/breaks/words/",
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(address + path, timeout=10)
            with refused.value as answer:
                search.saw(path.partition("?")[0], answer.read() + str(answer.headers).encode())
    assert "KeyError" in output.read_text()
    search.saw("printed by the portal", output.read_text())
    search.assert_clean()
