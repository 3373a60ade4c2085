"""Ids, names and secrets as they are copied: in quotation marks, with signs that nobody sees."""

from uuid import UUID

import pytest

from mailsettings.forms import GmailForm, GoogleAppForm, MicrosoftAppForm, SmtpServerForm
from mailsettings.forms.app_credential import NewSecretForm
from tests.mailsettings import forms_data as typed

GOOGLE_ID = "402418830125-6f3kqv1m8s2c7x9p.apps.googleusercontent.com"
GOOGLE_SECRET = "GOCSPX-C0py_of6WnRtKbV4xZcMqLy9hGs"
AS_COPIED = ["\u200b{}", "\ufeff{}", "\u202a{}\u202c", '"{}"', "“{}”", " '{}'\u00a0"]

pytestmark = pytest.mark.parametrize("copied", AS_COPIED)


def cleaned(form):
    assert form.is_valid(), form.errors
    return form.cleaned_data


def test_a_registration_is_what_was_copied_and_nothing_beside_it(world, copied):
    names = ("tenant_id", "client_id", "client_secret")
    data = {name: copied.format(typed.office365()[name]) for name in names}
    found = cleaned(MicrosoftAppForm(typed.office365(**data), company=world.company))
    assert found["tenant_id"] == typed.DIRECTORY_ID
    assert found["client_id"] == UUID(typed.CLIENT_ID)
    assert found["client_secret"] == typed.CLIENT_SECRET


def test_so_is_a_new_secret(db, copied):
    data = {"client_secret": copied.format(typed.CLIENT_SECRET), "secret_expires_on": typed.ENDS}
    assert cleaned(NewSecretForm(data))["client_secret"] == typed.CLIENT_SECRET


def test_so_is_the_app_at_google(world, copied):
    world.company.allowed_methods = ["google_api"]
    data = {"client_id": copied.format(GOOGLE_ID), "client_secret": copied.format(GOOGLE_SECRET)}
    found = cleaned(GoogleAppForm({"send_by": "gmail_api"} | data, company=world.company))
    assert (found["client_id"], found["client_secret"]) == (GOOGLE_ID, GOOGLE_SECRET)


def test_so_are_a_mail_server_and_its_user_name(world, copied):
    data = {"host": copied.format("smtp.firm.example"), "user_name": copied.format("orders@firm.example")}
    found = cleaned(SmtpServerForm(typed.smtp(**data), company=world.company))
    assert (found["host"], found["user_name"]) == ("smtp.firm.example", "orders@firm.example")


def test_so_is_an_app_password(world, copied):
    data = {"app_password": copied.format("abcd efgh ijkl mnop")}
    found = cleaned(GmailForm(data, membership=world.user))
    assert (found["app_password"], found["user_name"]) == ("abcdefghijklmnop", "")


def test_a_password_that_somebody_made_up_keeps_its_quotation_marks(world, copied):
    found = cleaned(
        SmtpServerForm(typed.smtp(password=copied.format("long and secret")), company=world.company)
    )
    kept = copied.format("long and secret").strip("\u200b\ufeff\u202a\u202c \u00a0")
    assert found["password"] == kept
