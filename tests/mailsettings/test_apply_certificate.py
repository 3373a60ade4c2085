"""A client certificate from a file: stored once, the same again is nothing, mistakes at their path."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from mailsettings.models import Credential, MicrosoftApp
from tests.mailsettings import key_files
from tests.mailsettings.test_apply import apply, rows

__all__ = ["apply"]  # a fixture

FILE = """
[[company]]
code = "NordicFreight"
name = "Nordic Freight AS"
allowed_methods = ["microsoft_graph"]

[company.office365]
cloud = "global"
tenant_id = "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"
client_id = "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223"
"""
WITH_PFX = FILE + 'certificate = { file = "company.pfx" }\ncertificate_password = { env = "PFX_PASSWORD" }\n'
WITH_PEM = FILE + 'certificate = { env = "COMPANY_PEM" }\n'
SECRET = f'client_secret = {{ env = "SECRET" }}\nsecret_expires_on = {date.today() + timedelta(days=99)}\n'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    (tmp_path / "company.pfx").write_bytes(key_files.pfx())
    monkeypatch.setenv("PFX_PASSWORD", key_files.PASSWORD)
    monkeypatch.setenv("COMPANY_PEM", key_files.pem().decode())
    monkeypatch.setenv("SECRET", "abc8Q~secret")


@pytest.mark.parametrize("text", [WITH_PFX, WITH_PEM], ids=["pfx", "pem"])
def test_a_certificate_is_stored_and_the_same_again_is_nothing(apply, text):
    code, said = apply(text)
    assert code == 0
    assert '+ NordicFreight.office365.client_certificate = "stored"' in said
    stored = Credential.objects.get()
    assert (stored.kind, stored.expires_on) == ("client_certificate", stored.public.ends_on)
    before = rows()
    assert apply(text) == (0, "Nothing to do.\n")
    assert rows() == before


def test_a_dry_run_stores_no_certificate(apply):
    _code, said = apply(WITH_PFX, "--dry-run")
    assert "client_certificate" in said
    assert not Credential.objects.exists()


def test_a_certificate_takes_the_place_of_a_secret_and_back(apply):
    apply(FILE + SECRET)
    assert "client_certificate" in apply(WITH_PFX)[1]
    assert Credential.objects.get().is_certificate
    assert apply(FILE) == (0, "Nothing to do.\n")
    assert "client_secret" in apply(FILE + SECRET)[1]
    assert not Credential.objects.get().is_certificate


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (WITH_PFX + SECRET, "certificate", "not both"),
        (FILE + 'certificate_password = { env = "PFX_PASSWORD" }', "certificate_password", "is missing"),
        (WITH_PFX.replace("company.pfx", "nowhere.pfx"), "certificate", "No such file"),
        (WITH_PFX.replace("PFX_PASSWORD", "COMPANY_PEM"), "certificate_password", "does not open the file"),
        (WITH_PFX.replace("PFX_PASSWORD", "NOBODY_SET_THIS"), "certificate_password", "holds nothing"),
        (FILE + 'certificate = { env = "PFX_PASSWORD" }', "certificate", "neither a PFX file"),
        (FILE + 'certificate = { file = "company.pfx" }', "certificate_password", "Type its password"),
        (FILE + 'certificate = "company.pfx"', "certificate", "does not stand in the file"),
    ],
)
def test_mistakes_are_told_at_their_path_and_nothing_is_stored(apply, text, path, words):
    code, said = apply(text)
    assert code == 1
    (line,) = [line for line in said.splitlines() if line.startswith(f"company[0].office365.{path}:")]
    assert words in line
    assert not MicrosoftApp.objects.exists()
    assert key_files.PASSWORD not in said


def test_no_key_is_said_or_audited(apply):
    _code, said = apply(WITH_PEM, "--json")
    told = said + str(list(AuditEvent.objects.values()))
    lines = key_files.key_pem(key_files.rsa_key()).decode().splitlines()
    assert not [line for line in lines if line in told]


def ended() -> bytes:
    return key_files.pem(cert=key_files.certificate(key_files.rsa_key(), days=-1))


def test_the_certificate_in_use_may_have_ended_when_the_file_is_applied_again(apply, monkeypatch):
    pem = key_files.pem()
    monkeypatch.setenv("COMPANY_PEM", pem.decode())
    apply(WITH_PEM)
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr("mailsettings.apply.certificate.timezone.now", lambda: later)
    assert apply(WITH_PEM) == (0, "Nothing to do.\n")


def test_another_that_has_ended_is_a_mistake(apply, monkeypatch):
    apply(WITH_PEM)
    monkeypatch.setenv("COMPANY_PEM", ended().decode())
    code, said = apply(WITH_PEM)
    assert code == 1
    assert "This certificate ended on" in said
