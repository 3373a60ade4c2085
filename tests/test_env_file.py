"""The `.env` of `make run`: made once, completed when a newer portal needs more, never changed."""

import re
from pathlib import Path

import pytest

from tools import env_file

NAMES = re.compile(r"^([A-Z_0-9]+)=(.*)$", re.MULTILINE)


@pytest.fixture
def made(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("SANDBOX_PORTS", "9443,9587,9465,9025")
    monkeypatch.setenv("GATEWAY_PORTS", "3587,3465")
    assert env_file.write_if_missing(tmp_path)
    return tmp_path / ".env"


def without(path: Path, *names: str) -> None:
    kept = [line for line in path.read_text().splitlines() if line.partition("=")[0] not in names]
    path.write_text("\n".join(kept) + "\n")


def values(path: Path) -> dict[str, str]:
    return dict(NAMES.findall(path.read_text()))


def test_a_whole_file_is_left_alone(made):
    before = made.read_bytes()
    assert env_file.complete(made.parent) == []
    assert made.read_bytes() == before


def test_what_is_missing_is_added_with_the_ports_that_are_there(made, monkeypatch):
    whole, before = values(made), made.read_text()
    missing = ["GMAIL_SMTP_SERVER", "GATEWAY_NAME", "GATEWAY_TLS_PORT", "DEMO_PASSWORD"]
    without(made, *missing)
    monkeypatch.setenv("SANDBOX_PORTS", "1,2,3,4")  # those of the file count
    assert env_file.complete(made.parent) == missing
    assert values(made) == whole
    assert made.read_text() != before
    assert env_file.complete(made.parent) == []


def test_what_somebody_changed_or_took_out_as_a_comment_stays(made):
    changed = made.read_text().replace("LOG_FORMAT=plain", "LOG_FORMAT=json")
    made.write_text(changed.replace("DNS_RESOLVER=off", "# DNS_RESOLVER=off"))
    assert env_file.complete(made.parent) == []
    assert values(made)["LOG_FORMAT"] == "json"
    assert "DNS_RESOLVER" not in values(made)


def test_keys_are_never_made_anew(made):
    without(made, "ENCRYPTION_KEYS", "SECRET_KEY")
    assert env_file.complete(made.parent) == []


@pytest.mark.parametrize(
    "text",
    ["SECRET_KEY=x\nPUBLIC_URL=https://mail.firm.example\n", "", "# of my own\nSANDBOX_PORTS=1,2,3,4\n"],
)
def test_a_file_of_somebodys_own_is_left_alone(tmp_path, text):
    (tmp_path / ".env").write_text(text)
    assert env_file.complete(tmp_path) == []
    assert (tmp_path / ".env").read_text() == text


def test_with_the_sandbox_switched_off_nothing_is_added(made):
    without(made, "GATEWAY_NAME")
    made.write_text(re.sub(r"SANDBOX_PORTS=.*", "SANDBOX_PORTS=", made.read_text()))
    assert env_file.complete(made.parent) == []
