import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from sandbox.client import SandboxClient
from sandbox.prepare import prepare
from sandbox.server import CannotStart, Sandbox
from tests.sandbox.people import NORDIC, Visitor, letter

START = ["-m", "sandbox", "--https-port", "0", "--starttls-port", "0", "--tls-port", "0", "--relay-port", "0"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "mail.example"])
def test_only_loopback_is_bound(tmp_path: Path, host):
    with pytest.raises(CannotStart, match="this machine only"):
        Sandbox(tmp_path, host=host)


def test_a_taken_port_is_one_sentence_and_code_two(tmp_path: Path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            call_command("sandbox", dir=str(tmp_path), https_port=0, starttls_port=port)
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip() == (
        f"Port {port} is taken. End the program that uses it, or name another port with --starttls-port."
    )


def test_prepare_writes_what_the_portal_reads_and_keeps_what_is_there(tmp_path: Path):
    prepare(tmp_path, [1443, 1587, 1465, 1025])
    authority = (tmp_path / "ca.pem").read_bytes()
    (cloud,) = tomllib.loads((tmp_path / "clouds.toml").read_text())["cloud"]
    assert cloud == {
        "name": "sandbox",
        "label": "Sandbox (this machine)",
        "authority": "https://localhost:1443",
        "graph": "https://localhost:1443/graph",
        "smtp_host": "localhost",
        "smtp_port": 1587,
        "imap_host": "",
        "pop_host": "",
        "mail_scope_prefix": "https://localhost:1443/outlook/",
        "outlook_resource": "https://localhost:1443/outlook",
        "ca_bundle": str(tmp_path / "ca.pem"),
    }
    prepare(tmp_path, [1443, 1587, 1465, 1025])
    assert (tmp_path / "ca.pem").read_bytes() == authority
    for name in ("ca-key.pem", "token-key.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_restart_keeps_mail_consent_and_tokens(tmp_path: Path):
    first = Sandbox(tmp_path)
    first.start()
    visitor = Visitor(first)
    tokens = visitor.tokens()
    visitor.send(tokens["access_token"], letter())
    SandboxClient(first.authority_url, first.ca_file).add_fault("smtp.mail", reply="451 4.7.0 Later", times=3)
    visitor.web.close()
    first.stop()

    again = Sandbox(tmp_path, **{f"{name}_port": port for name, port in first.ports._asdict().items()})
    again.start()
    client, visitor = SandboxClient(again.authority_url, again.ca_file), Visitor(again)
    assert len(client.mail()) == 1
    assert client.faults()[0]["times"] == 3
    reply = visitor.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope="Mail.Send"
    )
    assert reply.status_code == 200
    assert visitor.send(tokens["access_token"], letter()).status_code == 202
    visitor.web.close()
    again.stop()


def _spawn(directory: Path, *options: str) -> tuple[subprocess.Popen, str]:
    """A sandbox process of its own, without Django, and the first line it says."""
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": "/nowhere.pem", "DJANGO_SETTINGS_MODULE": "nowhere"}
    process = subprocess.Popen(
        [sys.executable, *START, "--dir", str(directory), *options],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return process, process.stdout.readline()


def _start(directory: Path) -> tuple[subprocess.Popen, str]:
    """The process and its https address."""
    process, line = _spawn(directory)
    return process, re.search(r"https://localhost:\d+", line)[0]


@pytest.mark.processes
def test_the_addresses_are_told_as_json_on_request(tmp_path: Path):
    process, line = _spawn(tmp_path, "--json")
    told = json.loads(line)
    assert SandboxClient(told["url"], Path(told["ca_file"])).mail() == []
    assert set(told["ports"]) == {"https", "starttls", "tls", "relay"}
    process.kill()
    process.communicate()


@pytest.mark.processes
def test_a_kill_loses_nothing_that_was_answered_with_202(tmp_path: Path):
    process, url = _start(tmp_path)
    here = Sandbox(tmp_path)
    here.ports = here.ports._replace(https=int(url.rpartition(":")[2]))
    visitor = Visitor(here)
    token = visitor.app_token()
    for _ in range(20):
        path = "/users/ulla.user@nordicfreight.example/sendMail"
        assert visitor.send(token, letter(), path).status_code == 202
    process.kill()
    process.communicate()
    visitor.web.close()

    process, url = _start(tmp_path)
    assert len(SandboxClient(url, tmp_path / "ca.pem").mail()) == 20
    process.kill()
    process.communicate()


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_even_with_a_client_connected(tmp_path: Path, number):
    process, url = _start(tmp_path)
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))):
        process.send_signal(number)
        output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in output


def test_secrets_do_not_reach_the_log(sandbox: Sandbox, sandbox_client, caplog):
    caplog.set_level("DEBUG")
    visitor = Visitor(sandbox)
    tokens = visitor.tokens()
    visitor.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    visitor.send(tokens["access_token"], letter())
    visitor.web.close()
    for secret in (NORDIC.secrets[0].value, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in caplog.text
