"""Secrets that `manage.py apply` reads from the environment and from files, in good files and in bad ones."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailsettings.models import Credential
from tests.safety import canaries

FILE = f"""
[[operator]]
email = "operator@portal.example"
password = {{ env = "PORTAL_PASSWORD" }}

[[company]]
code = "Beta"
name = "Beta Ltd"
allowed_methods = ["microsoft_graph", "smtp_password", "gmail_app_password", "company_smtp"]

[company.office365]
cloud = "global"
tenant_id = "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"
client_id = "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223"
client_secret = {{ env = "CLIENT_SECRET" }}
secret_expires_on = {date.today() + timedelta(days=300)}

[company.smtp]
host = "smtp.beta.example"
port = 587
user_name = "orders@beta.example"
password = {{ file = "smtp-password" }}

[[company.person]]
email = "anna@beta.example"
role = "admin"
password = {{ env = "PORTAL_PASSWORD" }}
email_password = {{ env = "EMAIL_PASSWORD" }}
gmail_app_password = {{ env = "APP_PASSWORD" }}
"""
ENVIRONMENT = {
    "PORTAL_PASSWORD": canaries.SIGN_IN_PASSWORD,
    "CLIENT_SECRET": canaries.CLIENT_SECRET,
    "EMAIL_PASSWORD": canaries.EMAIL_PASSWORD,
    "APP_PASSWORD": canaries.typed(canaries.APP_PASSWORD),
}


@pytest.fixture
def apply(search, monkeypatch, tmp_path):
    """Runs the command over the text, in each way of printing; returns the last exit code and all it said."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "smtp-password").write_text(canaries.SMTP_PASSWORD + "\n")

    def run(text: str) -> tuple[int, str]:
        path, out, code = tmp_path / "company.toml", StringIO(), 0
        path.write_text(text)
        for options in (["--dry-run"], ["--dry-run", "--json"], ["--json"], []):
            try:
                call_command("apply", str(path), *options, stdout=out, stderr=out)
            except SystemExit as ended:
                code = ended.code
            except CommandError as error:
                code = error.returncode
                search.saw("apply", str(error))
        search.saw("apply", out.getvalue())
        return code, out.getvalue()

    return run


def test_a_good_file_stores_the_secrets_and_says_none(search, apply):
    code, said = apply(FILE)
    assert (code, Credential.objects.count()) == (0, 4), said
    for kind, value in zip(
        ("client_secret", "smtp_password", "user_password", "gmail_app_password"),
        canaries.STORED,
        strict=True,
    ):
        assert Credential.objects.get(kind=kind).reveal() == value
    search.assert_clean()


def test_secrets_replaced_by_a_second_file_are_not_said(search, apply, monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "abcdefghijklmnop")
    apply(FILE)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    code, said = apply(FILE)
    assert code == 0
    assert "replaced" in said
    search.assert_clean()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLIENT_SECRET", f"{canaries.CLIENT_SECRET} and more"),
        ("APP_PASSWORD", canaries.APP_PASSWORD + "x"),
        ("EMAIL_PASSWORD", f"{canaries.EMAIL_PASSWORD}\x07"),
        ("PORTAL_PASSWORD", ""),
    ],
)
def test_a_wrong_secret_is_an_error_that_does_not_repeat_it(search, apply, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    code, _said = apply(FILE)
    assert (code, Credential.objects.count()) == (1, 0)
    search.assert_clean()


@pytest.mark.parametrize(
    "written",
    [
        f'"{canaries.CLIENT_SECRET}"',
        f'{{ env = "{canaries.CLIENT_SECRET}" }}',
        f'{{ file = "{canaries.CLIENT_SECRET}" }}',
        f'{{ value = "{canaries.CLIENT_SECRET}" }}',
        f'["{canaries.CLIENT_SECRET}"]',
        f'{{ env = "{canaries.CLIENT_SECRET} }}',
        f'"""\n{canaries.CLIENT_SECRET}',
        canaries.CLIENT_SECRET,
    ],
)
def test_a_secret_written_into_the_file_is_refused_and_not_repeated(search, apply, written):
    code, said = apply(FILE.replace('{ env = "CLIENT_SECRET" }', written))
    assert code == 1
    assert said
    search.assert_clean()


def test_a_folder_or_bytes_in_place_of_the_secrets_file_say_only_so(search, apply, tmp_path):
    (tmp_path / "smtp-password").write_bytes(canaries.SMTP_PASSWORD.encode() + b"\xff\xfe")
    code, _said = apply(FILE)
    assert code == 1
    search.assert_clean()
