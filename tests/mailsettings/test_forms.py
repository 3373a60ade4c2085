"""Rules over several fields, and over what is stored already."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import services
from mailsettings.forms import (
    CompanyForm,
    EmailPasswordForm,
    GmailForm,
    MicrosoftAppForm,
    PersonForm,
    PolicyForm,
    SmtpServerForm,
)
from mailsettings.models import Credential
from tests.mailsettings import forms_data as typed


def store_smtp(company, **changes):
    form = SmtpServerForm(typed.smtp(**changes), company=company)
    assert form.is_valid(), form.errors
    services.save_smtp_server(company, form.values, password=form.secret, actor=COMMAND_LINE)


def store_app(company, **changes):
    form = MicrosoftAppForm(typed.office365(**changes), company=company)
    assert form.is_valid(), form.errors
    services.save_microsoft_app(
        company,
        form.values,
        client_secret=form.secret,
        secret_expires_on=form.cleaned_data["secret_expires_on"],
        actor=COMMAND_LINE,
    )


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"host": "smtp://smtp.firm.example:587"}, "host", "alone"),
        ({"port": "465"}, "port", "Port 465 speaks TLS"),
        ({"security": "tls"}, "port", "Port 587 switches"),
        ({"port": "0"}, "port", "greater than or equal to 1"),
        ({"port": "x"}, "port", "whole number"),
        ({"security": "none"}, "security", "could be read on its way"),
        ({"authentication": "none"}, "authentication", "password is not used"),
        ({"user_name": ""}, "user_name", "Type the user name"),
        ({"password": ""}, "password", "Type the password"),
        ({"password": "two\nlines"}, "password", "line ends"),
        ({"timeout_s": "3000"}, "timeout_s", "less than or equal to 300"),
        ({"ehlo_name": "not a name"}, "ehlo_name", "not a server's name"),
    ],
)
def test_a_wrong_mail_server_says_what_to_do_beside_the_field(world, changes, field, says):
    form = SmtpServerForm(typed.smtp(**changes), company=world.company)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert says in form.errors[field][0]


def test_a_relay_without_password_and_encryption_is_fine(world):
    relay = typed.smtp(port="25", security="none", authentication="none", user_name="", password="")
    assert SmtpServerForm(relay, company=world.company).is_valid()


def test_the_company_needs_no_password_where_people_have_their_own(world):
    bare = typed.smtp(user_name="", password="")
    assert SmtpServerForm(bare, company=world.company).is_valid()
    world.company.allowed_methods = ["company_smtp"]
    assert "user_name" in SmtpServerForm(bare, company=world.company).errors


def test_an_empty_password_keeps_the_stored_one_on_the_same_server(world):
    store_smtp(world.company)
    assert SmtpServerForm(typed.smtp(password="", timeout_s="60"), company=world.company).is_valid()


@pytest.mark.parametrize("without", [{"authentication": "none"}, {"user_name": ""}])
def test_nor_does_it_follow_by_way_of_a_server_that_needs_none(world, without):
    store_smtp(world.company)
    elsewhere = {"host": "smtp.elsewhere.example", "password": ""}
    store_smtp(world.company, **elsewhere, **without)
    form = SmtpServerForm(typed.smtp(**elsewhere), company=world.company)
    assert "password" in form.errors
    assert not Credential.objects.exists()


def test_it_stays_while_the_same_server_needs_none(world):
    store_smtp(world.company)
    store_smtp(world.company, authentication="none", password="")
    assert SmtpServerForm(typed.smtp(password=""), company=world.company).is_valid()


@pytest.mark.parametrize("change", [{"host": "smtp.other.example"}, {"user_name": "else@firm.example"}])
def test_a_stored_password_does_not_follow_to_another_server_or_user(world, change):
    store_smtp(world.company)
    form = SmtpServerForm(typed.smtp(password="", **change), company=world.company)
    assert "Type the password again" in form.errors["password"][0]


def test_a_typed_password_never_comes_back_to_the_page(world):
    form = SmtpServerForm(typed.smtp(port="x"), company=world.company)
    assert "long and secret" not in str(form)
    assert "orders@firm.example" in str(form)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"tenant_id": "common"}, "tenant_id", "accounts of any company"),
        ({"client_id": "firm"}, "client_id", "not an Application"),
        ({"client_id": typed.DIRECTORY_ID}, "client_id", "same as the Directory"),
        ({"client_secret": typed.CLIENT_ID}, "client_secret", "secret's ID"),
        ({"client_secret": ""}, "client_secret", "Paste the Value"),
        ({"secret_expires_on": ""}, "secret_expires_on", "Give the day"),
        ({"secret_expires_on": "2020-01-01"}, "secret_expires_on", "has passed"),
        ({"secret_expires_on": "2099-01-01"}, "secret_expires_on", "24 months"),
        ({"cloud": "moon"}, "cloud", "Select a valid choice"),
        ({"callback_form": "else"}, "callback_form", "Select a valid choice"),
    ],
)
def test_a_wrong_app_registration_says_what_to_do_beside_the_field(world, changes, field, says):
    form = MicrosoftAppForm(typed.office365(**changes), company=world.company)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert says in form.errors[field][0]


def test_stray_spaces_are_trimmed(world):
    padded = {name: f"  {value} " for name, value in typed.office365().items()} | {
        "secret_expires_on": typed.ENDS
    }
    form = MicrosoftAppForm(padded | {"cloud": "global", "callback_form": "portal"}, company=world.company)
    assert form.is_valid(), form.errors
    assert form.secret == typed.CLIENT_SECRET


def test_the_end_of_a_secret_is_changed_alone(world):
    store_app(world.company)
    before = Credential.objects.get()
    day = timezone.localdate() + timedelta(days=20)
    store_app(world.company, client_secret="", secret_expires_on=day.isoformat())
    after = Credential.objects.get()
    assert after.expires_on == day
    assert bytes(after.ciphertext) == bytes(before.ciphertext)


def test_other_fields_are_mended_while_an_ended_secret_is_still_stored(world):
    store_app(world.company)
    ended = timezone.localdate() - timedelta(days=3)
    Credential.objects.update(expires_on=ended)
    kept = typed.office365(client_secret="", secret_expires_on=ended.isoformat(), callback_form="aspx")
    assert MicrosoftAppForm(kept, company=world.company).is_valid()
    replaced = typed.office365(secret_expires_on=ended.isoformat())
    assert "has passed" in MicrosoftAppForm(replaced, company=world.company).errors["secret_expires_on"][0]


def test_a_stored_secret_does_not_follow_to_another_app(world):
    store_app(world.company)
    other = typed.office365(client_secret="", client_id="00000000-77aa-4c1e-8d55-0e9f61b7c223")
    form = MicrosoftAppForm(other, company=world.company)
    assert "belongs to one app" in form.errors["client_secret"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"company_server_from": "mailbox"}, "company_address"),
        ({"company_address": "not an address"}, "company_address"),
        ({"company_name": "=?utf-8?q?x?="}, "company_name"),
        ({"give_up_hours": "0"}, "give_up_hours"),
        ({"use_connections": "", "use_passwords": "", "use_company_server": ""}, "use_connections"),
    ],
)
def test_a_wrong_policy_is_refused_beside_the_field(world, changes, field):
    data = {name: value for name, value in typed.policy(**changes).items() if value}
    assert list(PolicyForm(data, company=world.company).errors) == [field]


def test_a_way_the_operator_has_not_allowed_is_marked_and_not_offered(world):
    offered = [value for value, _label in PersonForm(membership=world.user).fields["method"].choices]
    world.company.allowed_methods = ["smtp_password"]
    assert "not allowed" in str(PolicyForm(company=world.company)["use_connections"].help_text)
    fewer = [value for value, _label in PersonForm(membership=world.user).fields["method"].choices]
    at_providers = ["microsoft_graph", "microsoft_smtp", "google_api", "google_smtp"]
    assert offered == ["", *at_providers, "smtp_password", "graph_password", "gmail_app_password"]
    assert fewer == ["", "smtp_password"]


def test_a_person_needs_a_password_the_first_time_only(world):
    assert "password" in EmailPasswordForm({"user_name": ""}, membership=world.user).errors
    form = EmailPasswordForm({"password": "mine"}, membership=world.user)
    assert form.is_valid()
    services.save_password(world.user, form.method, form.values, secret=form.secret, actor=COMMAND_LINE)
    assert EmailPasswordForm({"from_name": "Bob B."}, membership=world.user).is_valid()
    assert "password" in EmailPasswordForm({}, membership=world.colleague).errors


def test_an_app_password_is_stored_without_its_spaces(world):
    form = GmailForm({"app_password": "abcd efgh ijkl mnop"}, membership=world.user)
    assert form.is_valid()
    assert form.secret == "abcdefghijklmnop"
    assert (
        "16 letters"
        in GmailForm({"app_password": "hunter2"}, membership=world.user).errors["app_password"][0]
    )


def test_a_company_may_only_use_what_the_catalogue_has(db):
    data = {"code": "Firm", "name": "Firm", "locale": "en", "time_zone": "Europe/Riga", "retention_days": 90}
    assert CompanyForm(data | {"allowed_methods": ["smtp_password"]}).is_valid()
    wrong = CompanyForm(data | {"allowed_methods": ["pigeon"], "code": "oauth", "time_zone": "Riga"})
    assert set(wrong.errors) == {"allowed_methods", "code", "time_zone"}
