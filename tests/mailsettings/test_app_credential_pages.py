"""The page for a new secret or certificate, the public part to download, and what never comes back."""

import re
from datetime import date, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.formats import date_format

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from mailsettings import app_credentials
from mailsettings.models import Credential, CredentialKind
from tests.mailsettings import forms_data as typed
from tests.mailsettings import key_files
from tests.mailsettings.test_pages import admin, allow, at, sign_in, store

__all__ = ["admin", "sign_in"]  # fixtures

OFFICE365 = "settings-office365"


def upload(browser, content: bytes, password: str = "", name: str = "company.pfx"):
    form = {"way": "upload", "file": SimpleUploadedFile(name, content), "password": password}
    return browser.post(at("app-credential"), form, follow=True)


def text_of(answer) -> str:
    return answer.content.decode()


def test_a_company_starts_with_a_certificate_made_here(world, admin):
    assert at("app-credential") in text_of(admin.get(at(OFFICE365)))
    answer = admin.post(at("app-credential"), {"way": "make"}, follow=True)
    made = Credential.objects.get()
    assert (made.kind, made.state) == ("client_certificate", "current")
    for shown in (made.public.sha1, made.public.sha256, made.fingerprint, "Upload its public part"):
        assert shown in text_of(answer)
    form = {name: value for name, value in typed.office365().items() if "secret" not in name}
    assert admin.post(at(OFFICE365), form).url == at("settings")
    assert world.company.microsoft_app.tenant_id == typed.DIRECTORY_ID
    assert Credential.objects.get() == made


def test_the_public_part_is_downloaded_in_both_forms(world, admin):
    admin.post(at("app-credential"), {"way": "make"})
    made = Credential.objects.get()
    der, pem = admin.get(at("certificate-der", made.pk)), admin.get(at("certificate-pem", made.pk))
    assert der["Content-Disposition"] == 'attachment; filename="Alpha.cer"'
    assert pem["Content-Disposition"] == 'attachment; filename="Alpha.pem"'
    certificate = x509.load_der_x509_certificate(der.content)
    assert x509.load_pem_x509_certificate(pem.content) == certificate
    assert certificate.subject.rfc4514_string() == "CN=Alpha"


def test_only_the_public_part_of_a_certificate_is_to_be_had(world, admin, sign_in):
    secret = store(world, CredentialKind.CLIENT_SECRET)
    for name in ("certificate-der", "certificate-pem"):
        assert admin.get(at(name, secret.pk)).status_code == 404
    admin.post(at("app-credential"), {"way": "make"})
    made = app_credentials.upcoming(world.company)
    assert sign_in(world.user).get(at("certificate-der", made.pk)).status_code == 403
    assert sign_in(world.stranger).get(at("certificate-der", made.pk)).status_code == 404


@pytest.mark.parametrize(
    ("content", "password"),
    [(key_files.pfx(), key_files.PASSWORD), (key_files.pem(password=key_files.PASSWORD), key_files.PASSWORD)],
    ids=["pfx", "pem"],
)
def test_an_uploaded_certificate_waits_beside_the_secret(world, admin, content, password):
    admin.post(at(OFFICE365), typed.office365())
    answer = upload(admin, content, password)
    assert "Try the new one" in text_of(answer)
    waiting, in_use = app_credentials.upcoming(world.company), app_credentials.current(world.company)
    assert (waiting.kind, in_use.kind) == ("client_certificate", "client_secret")
    for fingerprint in (waiting.fingerprint, in_use.fingerprint):
        assert f"…{fingerprint}" in text_of(answer)
    key = key_files.rsa_key().private_numbers()
    assert serialization.load_pem_private_key(waiting.reveal().encode(), None).private_numbers() == key


@pytest.mark.parametrize(
    ("content", "password", "field", "words"),
    [
        (key_files.pfx(), "wrong-canary", "password", "does not open the file"),
        (key_files.without_key(), key_files.PASSWORD, "file", "no private key"),
        (key_files.pem(key_files.ec_key()), "", "file", "RSA keys only"),
        (b"x" * 70_000, "", "file", "too large"),
        (b"", "", "file", "neither a PFX file"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_stored(
    admin, content, password, field, words
):
    shown = text_of(upload(admin, content, password))
    assert re.search(rf'<a href="#id_{field}">[^<]*{words}', shown)
    assert re.search(r"<title>\s*Error: ", shown)
    assert "wrong-canary" not in shown
    assert not Credential.objects.exists()


def test_a_form_without_a_file_is_answered_with_what_to_choose(admin):
    answer = admin.post(at("app-credential"), {"way": "upload", "password": ""})
    assert "Choose a .pfx file" in text_of(answer)


def test_a_second_secret_waits_and_may_be_deleted(world, admin):
    admin.post(at(OFFICE365), typed.office365())
    form = {"way": "secret", "client_secret": "another~secret", "secret_expires_on": typed.ENDS}
    assert "Try the new one" in text_of(admin.post(at("app-credential"), form, follow=True))
    waiting = app_credentials.upcoming(world.company)
    assert waiting.reveal() == "another~secret"
    delete = at("credential-delete", waiting.pk)
    assert "nothing stops" in text_of(admin.get(delete))
    assert admin.post(delete).url == at(OFFICE365)
    assert app_credentials.current(world.company).reveal() == typed.CLIENT_SECRET


def test_a_page_opened_before_does_not_give_the_old_end_to_the_new_secret(world, admin):
    """Tried and taken over in one tab, or the page brought back by the browser's Back button."""
    soon = (date.today() + timedelta(days=10)).isoformat()
    admin.post(at(OFFICE365), typed.office365(secret_expires_on=soon))
    page = admin.get(at(OFFICE365)).content.decode()
    opened = re.search(r'name="opened" value="([^"]+)"', page)[1]
    new = app_credentials.of_secret("another~secret", date.today() + timedelta(days=300))
    app_credentials.replace(world.company, new, actor=COMMAND_LINE)

    form = typed.office365(client_secret="", secret_expires_on=soon, opened=opened)
    shown = text_of(admin.post(at(OFFICE365), form))
    assert "command line saved these settings on" in shown
    assert date_format(new.expires_on, "SHORT_DATE_FORMAT") in shown
    assert app_credentials.current(world.company).expires_on == new.expires_on

    again = re.search(r'name="opened" value="([^"]+)"', shown)[1]
    form |= {"opened": again, "secret_expires_on": new.expires_on.isoformat(), "callback_form": "aspx"}
    assert admin.post(at(OFFICE365), form).url == at("settings")
    assert app_credentials.current(world.company).expires_on == new.expires_on


def test_a_second_secret_is_checked_like_the_first(admin):
    passed = (date.today() - timedelta(days=1)).isoformat()
    form = {"way": "secret", "client_secret": typed.CLIENT_ID, "secret_expires_on": passed}
    shown = text_of(admin.post(at("app-credential"), form))
    assert "secret&#x27;s ID" in shown
    assert "This day has passed" in shown
    assert not Credential.objects.exists()


def test_a_certificate_in_use_is_named_by_the_delete_page_and_the_cards(world, admin):
    admin.post(at("app-credential"), {"way": "make"})
    form = {name: value for name, value in typed.office365().items() if "secret" not in name}
    admin.post(at(OFFICE365), form)
    made = Credential.objects.get()
    assert "Nobody in the company" in text_of(admin.get(at("credential-delete", made.pk)))
    Credential.objects.update(expires_on=date.today() - timedelta(days=2))
    assert "The client certificate ended on" in text_of(admin.get(at("settings")))
    assert "Replace the certificate" in text_of(admin.get(at("overview")))


def test_a_secret_in_the_settings_form_takes_the_place_of_a_certificate(world, admin):
    admin.post(at("app-credential"), {"way": "make"})
    assert admin.post(at(OFFICE365), typed.office365()).url == at("settings")
    assert Credential.objects.get().reveal() == typed.CLIENT_SECRET


def test_no_private_key_comes_back_or_into_the_audit_log(world, admin):
    admin.post(at(OFFICE365), typed.office365())
    upload(admin, key_files.pem())
    key = app_credentials.upcoming(world.company).reveal()
    told = "".join(
        text_of(admin.get(at(name))) for name in (OFFICE365, "app-credential", "audit", "overview")
    )
    told += str(list(AuditEvent.objects.values()))
    assert "PRIVATE KEY" not in told
    assert not [line for line in key.splitlines()[1:-1] if line in told]


def test_the_page_is_closed_where_the_operator_has_not_allowed_microsoft(world, admin):
    allow(world, "company_smtp")
    assert admin.get(at("app-credential")).status_code == 403
    assert admin.post(at("app-credential"), {"way": "make"}).status_code == 403
    assert not Credential.objects.exists()


def test_another_app_may_keep_the_certificate(world, admin):
    admin.post(at("app-credential"), {"way": "make"})
    form = {name: value for name, value in typed.office365().items() if "secret" not in name}
    admin.post(at(OFFICE365), form)
    other = form | {"client_id": "00000000-77aa-4c1e-8d55-0e9f61b7c223"}
    assert admin.post(at(OFFICE365), other).url == at("settings")
    app_credentials.put(world.company, app_credentials.of_secret("x", None), actor=COMMAND_LINE)
    assert app_credentials.current(world.company).is_certificate
