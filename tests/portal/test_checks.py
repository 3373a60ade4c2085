"""Each check finds its mistake, says what to do, and is silent about a good installation."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project

from portal import checks
from portal.environment import Environment
from sender import journal_place

KEY, OTHER_KEY = (
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
)
GOOD = {
    "DEBUG": False,
    "SECRET_KEY": "x" * 64,
    "ENCRYPTION_KEYS": [f"k1:{KEY}"],
    "PUBLIC_URL": "https://mail.firm.example",
    "IS_HTTPS": True,
    "ALLOWED_HOSTS": ["mail.firm.example"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "MICROSOFT_CLOUDS_FILE": "",
    "EXTRA_CA_FILE": "",
    "GMAIL_SMTP_SERVER": "smtp.gmail.com:465",
    "OUTGOING_ALLOWED_NETWORKS": ["10.20.0.0/16"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}


@pytest.fixture
def installation(settings):
    def found(**changes: object) -> list[str]:
        for name, value in (GOOD | changes).items():
            setattr(settings, name, value)
        messages = checks.installation()
        assert all(message.hint for message in messages)
        return [message.id.removeprefix("postroom.") for message in messages]

    return found


def test_a_good_installation_is_silent(installation):
    assert installation() == []
    assert installation(PUBLIC_URL="http://localhost:8000", IS_HTTPS=False, ALLOWED_HOSTS=["localhost"]) == []
    assert installation(PUBLIC_URL="http://[::1]:8000", IS_HTTPS=False, ALLOWED_HOSTS=["[::1]"]) == []
    assert installation(ALLOWED_HOSTS=[".firm.example"]) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY": ""}, "E001"),
        ({"SECRET_KEY": "short"}, "E002"),
        ({"SECRET_KEY": "dev-only-" + "0" * 60}, "E002"),
        ({"ENCRYPTION_KEYS": []}, "E003"),
        ({"ENCRYPTION_KEYS": ["k1:dG9vIHNob3J0"]}, "E003"),
        ({"ENCRYPTION_KEYS": ["no colon"]}, "E003"),
        ({"ENCRYPTION_KEYS": [f"k1:{KEY}", f"k1:{OTHER_KEY}"]}, "E003"),
        ({"PUBLIC_URL": "", "IS_HTTPS": False}, "E004"),
        ({"PUBLIC_URL": "mail.firm.example", "IS_HTTPS": False}, "E005"),
        ({"PUBLIC_URL": "https://[mail.firm.example"}, "E005"),
        ({"PUBLIC_URL": "http://mail.firm.example", "IS_HTTPS": False}, "E006"),
        ({"PUBLIC_URL": "https://mail.firm.example/portal"}, "E007"),
        ({"PUBLIC_URL": "https://Mail.firm.example"}, "E019"),
        ({"PUBLIC_URL": "HTTPS://mail.firm.example", "IS_HTTPS": False}, "E019"),
        ({"PUBLIC_URL": "https://mail.firm.example:443"}, "E019"),
        ({"PUBLIC_URL": "https://mäil.example", "ALLOWED_HOSTS": ["xn--mil-qla.example"]}, "E019"),
        ({"PUBLIC_URL": f"https://{'x' * 80}.example"}, "E005"),
        ({"SYSTEM_FROM_ADDRESS": "Postroom", "DEFAULT_FROM_EMAIL": "Postroom"}, "E018"),
        ({"ALLOWED_HOSTS": []}, "E008"),
        ({"ALLOWED_HOSTS": ["*"]}, "E009"),
        ({"ALLOWED_HOSTS": ["other.example"]}, "E010"),
        ({"DEBUG": True}, "E011"),
        ({"SESSION_COOKIE_SECURE": False}, "E012"),
        ({"CSRF_COOKIE_SECURE": False}, "E012"),
        ({"MICROSOFT_CLOUDS_FILE": "/nowhere/clouds.toml"}, "E013"),
        ({"GMAIL_SMTP_SERVER": "smtp.gmail.com"}, "E014"),
        ({"OUTGOING_ALLOWED_NETWORKS": ["10.20.0.7/16"]}, "E015"),
        ({"OUTGOING_ALLOWED_NETWORKS": ["relay"]}, "E015"),
        ({"OUTGOING_ALLOWED_NETWORKS": ["0.0.0.0/0"]}, "W001"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "W002"),
        ({"EXTRA_CA_FILE": "/nowhere/ca.pem"}, "W003"),
        ({"EXTRA_CA_FILE": f"/{'x' * 300}"}, "W003"),  # the system itself refuses to look
        ({"JOURNAL_FOLDER": f"{__file__}/journals"}, "W004"),
    ],
)
def test_a_mistake_is_found_by_its_own_check(installation, changes, expected):
    assert installation(**changes) == [expected]


def test_the_address_is_told_as_browsers_say_it(installation):
    assert installation(PUBLIC_URL="https://Mail.firm.example:443") == ["E019"]
    assert checks.installation()[0].hint == "Write PUBLIC_URL=https://mail.firm.example"
    assert installation(PUBLIC_URL="https://mail.firm.example:8443") == []
    assert installation(DEFAULT_FROM_EMAIL="Postroom <post@firm.example>") == []


def test_a_journal_folder_that_nobody_can_look_at_is_told_by_its_parent(installation, tmp_path):
    assert installation(JOURNAL_FOLDER=str(tmp_path / ("x" * 300))) == []


def test_lists_are_read_as_people_write_them(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "mail.firm.example, www.firm.example , ")
    assert Environment().list("ALLOWED_HOSTS", default=[]) == ["mail.firm.example", "www.firm.example"]


def test_journals_on_a_disk_of_the_network_are_found(installation, tmp_path, monkeypatch):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"90 21 0:44 / {tmp_path} rw - nfs4 files.firm.example:/var rw\n")
    monkeypatch.setattr(journal_place, "_MOUNTS", mounts)
    assert installation(JOURNAL_FOLDER=str(tmp_path / "journals")) == ["W005"]
    assert installation(JOURNAL_FOLDER=str(tmp_path.parent / "journals")) == []


def test_a_clouds_file_is_read(installation, tmp_path):
    clouds = tmp_path / "clouds.toml"
    clouds.write_text("[[cloud]]\nname = 'x'\ncolour = 'red'\n")
    assert installation(MICROSOFT_CLOUDS_FILE=str(clouds)) == ["E013"]
    clouds.write_text(
        "[[cloud]]\nname = 'x'\nlabel = 'X'\nauthority = 'https://x.example'\ngraph = 'https://x.example'\n"
        "smtp_host = 'x.example'\nsmtp_port = 587\nimap_host = 'x.example'\npop_host = 'x.example'\n"
        "mail_scope_prefix = 'https://x.example/'\nca_bundle = '/nowhere/ca.pem'\n"
    )
    assert installation(MICROSOFT_CLOUDS_FILE=str(clouds)) == ["W003"]


def test_googles_file_is_read(installation, tmp_path):
    file = tmp_path / "google.toml"
    file.write_text("[google]\ntoken = 'http://google.example/token'\n")
    assert installation(GOOGLE_FILE=str(file)) == ["E016"]
    file.write_text("[google]\ntoken = 'https://google.example/token'\n")
    assert installation(GOOGLE_FILE=str(file)) == []


def test_a_cache_whose_package_is_missing_is_told(installation, monkeypatch):
    redis = {"default": Environment.cache_url_config("rediscache://cache.firm.example:6379/1")}
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert installation(CACHES=redis) == ["E017"]
    monkeypatch.setattr(checks, "find_spec", lambda name: name == "redis" or None)
    assert installation(CACHES=redis) == []


def test_a_portal_without_its_styles_is_told_the_command(installation, tmp_path):
    manifest = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    assert installation(STORAGES=manifest, STATIC_ROOT=tmp_path) == ["W006"]
    (tmp_path / "staticfiles.json").write_text("{}")
    assert installation(STORAGES=manifest, STATIC_ROOT=tmp_path) == []


def test_no_check_repeats_a_key(installation, settings):
    installation(SECRET_KEY="dev-only-" + "q" * 60, ENCRYPTION_KEYS=["k1:dG9vIHNob3J0"])
    said = " ".join(str(message) for message in checks.installation())
    assert "dG9vIHNob3J0" not in said
    assert "qqq" not in said


@pytest.mark.processes
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["migrate"], 1),
        (["worker", "--until-empty"], 2),
        (["check"], 1),
    ],  # 2: starting it again mends nothing
)
def test_commands_in_an_empty_environment_list_what_is_missing(command, code):
    done = run_bare(command)
    assert done.returncode == code
    assert [f"postroom.E00{number}" in done.stderr for number in (1, 3, 4, 8)] == [True] * 4
    assert "Traceback" not in done.stderr


@pytest.mark.processes
def test_a_key_can_be_made_before_there_is_one():
    done = run_bare(["newkey"])
    assert done.returncode == 0, done.stderr
    assert ":" in done.stdout


def run_bare(command: list[str]) -> subprocess.CompletedProcess:
    """A command of the product without .env and without its variables."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=project.BASE_DIR,
        env=environment | {"ENV_FILE": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )


def names_in(path: Path, pattern: str) -> set[str]:
    return set(re.findall(pattern, path.read_text(), re.MULTILINE))


def test_the_example_explains_every_variable_the_settings_read():
    read = names_in(project.BASE_DIR / "portal/settings.py", r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"")
    explained = names_in(project.BASE_DIR / ".env.example", r"^#? ?([A-Z_]+)=")
    assert len(read) > 10
    assert explained == read
