"""The day a client secret ends, read from the stand-in's Graph as strictly as Microsoft gives it."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent, Role
from mailsettings import credentials
from mailsettings.models import Credential, CredentialKind, MicrosoftApp
from oauth import end_dates
from tests.accounts.sign_in import sign_in
from tests.factories import make_company, make_member

MAY_READ = ("3e6d2a18-9b47-4c05-8f21-d4a7c06b5e93", "nrd8Q~e5Tz1XwKp7LmQv3RbJ9cYhG2sFoUa6iDn4")
MAY_NOT = ("199c0398-63f2-478d-9eb9-0b1abe4001f4", "abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R")


@pytest.fixture
def company(db, sandbox, sandbox_client, settings):
    settings.MICROSOFT_CLOUDS_FILE = str(sandbox.clouds_file)
    return make_company("NordicFreight")


def with_app(company, app: tuple[str, str]) -> Credential:
    client_id, secret = app
    MicrosoftApp.objects.create(
        company=company, cloud="sandbox", tenant_id="nordicfreight.example", client_id=client_id
    )
    wrong = date(2030, 1, 1)
    return credentials.store(
        company, CredentialKind.CLIENT_SECRET, secret, actor=COMMAND_LINE, expires_on=wrong
    )


def test_an_app_that_may_read_registrations_learns_the_day_and_keeps_it(company):
    secret = with_app(company, MAY_READ)
    assert end_dates.read(secret, actor=COMMAND_LINE).ends_on == date(2099, 11, 30)
    secret.refresh_from_db()
    assert secret.expires_on == date(2099, 11, 30)
    event = AuditEvent.objects.get(action="credential.expiry_changed")
    assert event.details["expires_on"] == ["2030-01-01", "2099-11-30"]


def test_an_app_that_may_not_is_told_which_permission_is_missing(company):
    secret = with_app(company, MAY_NOT)
    found = end_dates.read(secret, actor=COMMAND_LINE)
    assert (found.ends_on, found.explanation.cause) == (None, "graph_permission_missing")
    secret.refresh_from_db()
    assert secret.expires_on == date(2030, 1, 1)


def test_a_wrong_secret_has_its_own_cause(company):
    secret = with_app(company, (MAY_READ[0], "nrd8Q~wrongwrongwrongwrongwrongwrongwron"))
    found = end_dates.read(secret, actor=COMMAND_LINE)
    assert found.explanation.cause == "client_secret_invalid"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        None,
        [{"hint": "xyz", "endDateTime": "2027-01-01T00:00:00Z"}],
        [{"hint": "nrd", "endDateTime": f"202{n}-01-01T00:00:00Z"} for n in (7, 8)],
        [{"hint": "nrd", "endDateTime": None}],
        ["nonsense"],
    ],
)
def test_where_it_is_not_certain_which_secret_is_meant_no_day_is_taken(rows):
    assert end_dates._end_of(MAY_READ[1], {"passwordCredentials": rows}) is None


def test_two_secrets_that_begin_alike_and_end_on_one_day_are_as_good_as_one():
    rows = [{"hint": "nrd", "endDateTime": f"2027-05-12T0{hour}:00:00.0000000Z"} for hour in (1, 2)]
    assert end_dates._end_of(MAY_READ[1], {"passwordCredentials": rows}) == date(2027, 5, 12)


def test_the_button_says_what_came_of_it(company, client):
    admin = make_member(company, Role.ADMIN)
    sign_in(client, admin)
    address = reverse("microsoft-read-end", args=[company.code])
    assert client.post(address).status_code == 404
    secret = with_app(company, MAY_NOT)
    text = client.post(address, follow=True).content.decode()
    assert "Microsoft did not tell the day" in text
    assert "Type the day in the settings instead." in text
    Credential.objects.filter(pk=secret.pk).delete()
    MicrosoftApp.objects.all().delete()
    with_app(company, MAY_READ)
    assert "ends on 2099-11-30" in client.post(address, follow=True).content.decode()


def test_a_secret_replaced_while_microsoft_was_asked_keeps_its_own_day(company, monkeypatch):
    asked = end_dates._get

    def replaced_meanwhile(*args):
        credentials.store(
            company, CredentialKind.CLIENT_SECRET, "another", actor=COMMAND_LINE, expires_on=date(2031, 1, 2)
        )
        return asked(*args)

    secret = with_app(company, MAY_READ)
    monkeypatch.setattr(end_dates, "_get", replaced_meanwhile)
    found = end_dates.read(secret, actor=COMMAND_LINE)
    assert (found.ends_on, found.explanation) == (None, None)
    secret.refresh_from_db()
    assert secret.expires_on == date(2031, 1, 2)
