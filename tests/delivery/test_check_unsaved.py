"""Settings are tried against the sandbox before they are stored: each mistake by its cause, and nothing is kept."""

from datetime import date, timedelta

import pytest

from accounts.models import Membership, Role
from mailsettings import forms
from mailsettings.models import Credential, GoogleApp, MicrosoftApp, SmtpServer
from sender.doctor import unsaved
from tests.delivery.conftest import SECRETS

ENDS = (date.today() + timedelta(days=200)).isoformat()


@pytest.fixture
def stored(office):
    def rows():
        return [
            list(model.objects.order_by("pk").values()) for model in (MicrosoftApp, SmtpServer, Credential)
        ]

    before = rows()
    yield
    assert rows() == before


def admin_of(code):
    return Membership.objects.select_related("company", "user").get(company__code=code, role=Role.ADMIN)


def tried(area, code, form_class, **values):
    admin = admin_of(code)
    form = form_class(values, company=admin.company)
    assert form.is_valid(), form.errors
    return unsaved.check(area, admin, form)


def cause_of(found):
    return found.explanation.cause if found.explanation else ""


def office365(**changes):
    app = MicrosoftApp.objects.get(company__code="NordicFreight")
    values = {
        "cloud": "sandbox",
        "tenant_id": app.tenant_id,
        "client_id": app.client_id,
        "callback_form": "portal",
    }
    values |= {"client_secret": SECRETS["CLIENT_SECRET"], "secret_expires_on": ENDS}
    return tried("office365", "NordicFreight", forms.MicrosoftAppForm, **(values | changes))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, ""),
        ({"client_secret": ""}, ""),  # the stored one
        ({"client_secret": "abc8Q~wrong" + "x" * 29}, "client_secret_invalid"),
        ({"tenant_id": "11111111-6d32-4bcf-ab68-1fb342a6146e"}, "tenant_id_wrong"),
        ({"client_id": "22222222-63f2-478d-9eb9-0b1abe4001f4"}, "app_not_found_in_tenant"),
    ],
)
def test_an_app_registration(office, stored, changes, cause):
    found = office365(**changes)
    assert cause_of(found) == cause, found
    assert found.steps[0].state == "ok"


def test_commands_name_the_app_of_the_form(office, stored):
    found = office365(tenant_id="d82c9d5a-705d-4940-a6f1-1fb3ddae336a")  # another company's directory
    app = MicrosoftApp.objects.get(company__code="NordicFreight")
    assert found.explanation.commands == (f"New-MgServicePrincipal -AppId {app.client_id}",)


def test_nobody_is_told_that_settings_which_are_not_stored_are_tried_again(office, stored):
    office.world.add_fault("token", times=1, status=503)
    found = office365()
    assert found.explanation.tell == "wait"
    assert found.explanation.todo.startswith("Wait a few minutes, then check again.")


def server(code, **changes):
    one = SmtpServer.objects.get(company__code=code)
    names = ("host", "port", "security", "authentication", "user_name", "timeout_s", "max_connections")
    values = {name: getattr(one, name) for name in names} | {"ehlo_name": ""}
    return tried("smtp", code, forms.SmtpServerForm, **(values | changes))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, ""),
        ({"password": "wrong-sails-1"}, "user_password_wrong"),
        ({"port": 1, "password": SECRETS["SAM_PASSWORD"]}, "smtp_connection_refused"),
    ],
)
def test_a_companys_mail_server(office, stored, changes, cause):
    found = server("OneMailbox", **changes)
    assert cause_of(found) == cause, found


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_a_port_that_waits_for_tls_is_not_taken_for_a_firewall(office, stored, monkeypatch, security):
    monkeypatch.setattr(unsaved, "PATIENCE_S", 0.5)
    found = server("OwnPassword", port=office.sandbox.tls_port, security=security, authentication="none")
    assert cause_of(found) == "tls_port_mode_mismatch", found
    assert found.explanation.alternatives == ("smtp_connection_timeout",)


def test_a_server_for_peoples_own_passwords_is_reached_and_not_signed_in_to(office, stored):
    found = server("OwnPassword")
    assert found.is_good
    assert (found.steps[-1].id, found.steps[-1].state) == ("sign_in", "skip")


@pytest.mark.parametrize(
    ("secret", "cause"), [("", ""), ("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", "client_secret_invalid")]
)
def test_an_app_at_google(office, stored, secret, cause):
    app = GoogleApp.objects.get(company__code="GoogleByApi")
    values = {"client_id": app.client_id, "send_by": app.send_by, "client_secret": secret}
    assert cause_of(tried("google", "GoogleByApi", forms.GoogleAppForm, **values)) == cause


@pytest.mark.parametrize(
    ("mailbox", "cause"),
    [
        ("sam.support@nordicfreight.example", ""),
        ("nobody@nordicfreight.example", "graph_user_not_found"),
    ],
)
def test_the_app_by_itself(office, stored, mailbox, cause):
    Membership.objects.filter(company__code="AppBySmtp", user__email__startswith="ulla").update(
        role=Role.ADMIN
    )
    values = {"use_smtp": "on", "mailbox": mailbox, "mailbox_from": "mailbox"}
    assert cause_of(tried("app-only", "AppBySmtp", forms.AppOnlyForm, **values)) == cause
