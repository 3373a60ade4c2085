"""Where settings or database are at fault, a command says it in a sentence and ends with exit code 2."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as project
from django.db import OperationalError, ProgrammingError

from core import crypto
from core.command_line import said_of
from sender.management.commands import send

pytestmark = [pytest.mark.processes]

GOOD = {
    "ENV_FILE": "",
    "SECRET_KEY": "x" * 64,
    "ENCRYPTION_KEYS": f"k1:{crypto.new_key()}",
    "PUBLIC_URL": "http://localhost",
    "ALLOWED_HOSTS": "localhost",
}
AWAY = "postgres://somebody:hidden@127.0.0.1:1/postroom"
COMMANDS = (
    ["outbox", "list"],
    ["route", "--company", "A", "--user", "a@people.example"],
    ["checkmail", "--company", "A"],
    ["send", "--company", "A", "--as", "a@people.example", "--to", "b@people.example"],
    ["rotatekeys"],
)
NAMES = [command[0] for command in COMMANDS]


def ended(*command: str, **environment: str) -> tuple[int, str]:
    """Exit code and standard error of a command with this environment alone."""
    path = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=project.BASE_DIR,
        env=path | GOOD | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def told(*command: str, **environment: str) -> str:
    """The sentence it ended with."""
    code, said = ended(*command, **environment)
    assert code == 2, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_a_database_without_tables_is_told_with_what_makes_them(command, tmp_path):
    said = told(*command, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert "Run: manage.py migrate" in said


@pytest.mark.parametrize("command", [COMMANDS[0], ["migrate"]], ids=["outbox", "migrate"])
def test_a_database_that_is_away_is_told_without_its_password(command):
    said = told(*command, DATABASE_URL=AWAY)
    assert "The database could not be used: connection failed" in said
    assert "hidden" not in said


@pytest.mark.parametrize("command", COMMANDS[:-1], ids=NAMES[:-1])
def test_missing_settings_are_no_result_of_the_command(command):
    assert "postroom.E003" in told(*command, ENCRYPTION_KEYS="")


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    path = tmp_path / "nowhere" / "postroom.sqlite3"
    assert str(path) in told("migrate", DATABASE_URL=f"sqlite:///{path}")


@pytest.mark.django_db
def test_a_fault_of_our_own_keeps_its_traceback():
    assert said_of(OperationalError("database is locked")).startswith("The database could not be used: ")
    assert said_of(ProgrammingError("syntax error")) == ""


def test_a_traceback_is_there_for_the_asking():
    code, said = ended("migrate", "--traceback", DATABASE_URL=AWAY)
    assert code == 1
    assert "Traceback" in said


def test_a_variable_that_cannot_be_read_is_told():
    said = told("check", DATABASE_URL="mysql://somebody:hidden@localhost/postroom")
    assert said.startswith("The settings are wrong: DATABASE_URL must be ")
    assert "hidden" not in said


def test_a_message_whose_storing_failed_may_be_stored_and_has_an_exit_code_of_its_own(world, monkeypatch):
    def lost(*args: object, **options: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(send, "submit", lost)
    command = send.Command()
    command.options = dict.fromkeys(("key", "agreement", "language", "json"), "")
    with pytest.raises(send.CommandError, match="not known whether") as failed:
        command._hand_over(world.user, None)
    assert failed.value.returncode == send.NOT_KNOWN
