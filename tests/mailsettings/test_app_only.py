"""Sending as the company's app: what the form takes, what the page shows, what a file may say."""

import io
import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from mailsettings import catalog, services
from mailsettings.cards import cards
from mailsettings.forms import AppOnlyForm, MicrosoftAppForm, PolicyForm
from mailsettings.models import AppOnlySettings
from tests.accounts.sign_in import sign_in
from tests.mailsettings import forms_data as typed

PAGE = "settings-app-only"


def values(**changes: object) -> dict[str, object]:
    return {"use_graph": "on", "as_person": "on", "mailbox_from": "mailbox"} | changes


def form(world, **changes: object) -> AppOnlyForm:
    return AppOnlyForm(values(**changes), company=world.company)


def save(world, **changes: object) -> None:
    chosen = form(world, **changes)
    assert chosen.is_valid(), chosen.errors
    services.save_app_only(world.company, chosen.values, actor=COMMAND_LINE)


def register_app(world) -> None:
    app = MicrosoftAppForm(typed.office365(), company=world.company)
    assert app.is_valid()
    services.save_microsoft_app(
        world.company, app.values, client_secret=app.secret,
        secret_expires_on=app.cleaned_data["secret_expires_on"], actor=COMMAND_LINE,
    )  # fmt: skip


@pytest.fixture
def admin(world) -> Client:
    return sign_in(Client(), world.admin)


@pytest.fixture
def page(world) -> str:
    return reverse(PAGE, args=[world.company.code])


def test_as_each_person_no_mailbox_is_needed(world):
    assert form(world).is_valid()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"as_person": ""}, "Give the mailbox that everything leaves from."),
        ({"mailbox_name": "Orders"}, "or empty its other fields"),
        ({"mailbox_user_name": "orders"}, "or empty its other fields"),
        ({"mailbox": "orders"}, "This is not an e-mail address."),
    ],
)
def test_a_mailbox_that_is_missing_or_half_given_is_told(world, changes, sentence):
    assert sentence in form(world, **changes).errors["mailbox"].as_text()


@pytest.mark.parametrize(
    ("field", "value"),
    [("mailbox_name", "Orders\r\nBcc: x@y.example"), ("mailbox_user_name", "or ders@firm.example")],
)
def test_what_would_break_a_header_or_a_sign_in_is_refused(world, field, value):
    assert field in form(world, mailbox="orders@firm.example", **{field: value}).errors


def test_a_way_that_is_not_allowed_cannot_be_switched_on(world):
    world.company.allowed_methods = [catalog.GRAPH_APP]
    assert form(world).is_valid()
    assert "has not allowed" in form(world, use_smtp="on").errors["use_smtp"].as_text()


def test_the_page_saves_and_audits(world, admin, page):
    answer = admin.post(page, values(mailbox="orders@firm.example"), follow=True)
    assert "Sending as the app is saved." in answer.content.decode()
    row = AppOnlySettings.objects.get()
    assert (row.use_graph, row.use_smtp, row.as_person, row.account) == (
        True,
        False,
        True,
        "orders@firm.example",
    )
    event = AuditEvent.objects.get(action="app_only.added")
    assert event.details["mailbox"] == [None, "orders@firm.example"]
    assert (
        "Nothing was changed."
        in admin.post(page, values(mailbox="orders@firm.example"), follow=True).content.decode()
    )


def test_the_page_shows_what_follows_from_the_registration_and_asks_for_none_of_it(world, admin, page):
    assert "The app registration is not filled in yet." in admin.get(page).content.decode()
    register_app(world)
    shown = admin.get(page).content.decode()
    token_url = f"https://login.microsoftonline.com/{typed.DIRECTORY_ID}/oauth2/v2.0/token"
    for value in (
        token_url,
        "https://graph.microsoft.com/.default",
        "https://outlook.office365.com/.default",
        "smtp.office365.com, port 587, STARTTLS",
        typed.CLIENT_ID,
    ):
        assert value in shown
    assert typed.CLIENT_SECRET not in shown


@pytest.mark.parametrize(
    ("cloud", "graph", "outlook"),
    [
        ("gcc-high", "https://graph.microsoft.us/.default", "https://outlook.office365.us/.default"),
        ("dod", "https://dod-graph.microsoft.us/.default", "https://outlook.office365.us/.default"),
        ("china", "https://microsoftgraph.chinacloudapi.cn/.default", "https://partner.outlook.cn/.default"),
    ],
)
def test_national_clouds_have_scopes_of_their_own(world, admin, page, cloud, graph, outlook):
    register_app(world)
    world.company.microsoft_app.cloud = cloud
    world.company.microsoft_app.save()
    shown = admin.get(page).content.decode()
    assert graph in shown
    assert outlook in shown


def test_a_cloud_taken_out_of_the_table_does_not_break_the_page(world, admin, page):
    register_app(world)
    world.company.microsoft_app.cloud = "gone"
    world.company.microsoft_app.save()
    assert admin.get(page).status_code == 200


def word_on_card(world, method: str) -> tuple[str, str]:
    card = next(card for card in cards(world.company) if card.label == catalog.METHODS[method].label)
    return str(card.state.word), str(card.state.note)


def test_the_cards_say_how_far_the_settings_are(world):
    assert word_on_card(world, catalog.GRAPH_APP)[0] == "not set up"
    save(world)
    word, note = word_on_card(world, catalog.GRAPH_APP)
    assert (word, "Office 365 settings" in note) == ("needs attention", True)
    register_app(world)
    assert word_on_card(world, catalog.GRAPH_APP) == ("saved", "As each person.")
    assert word_on_card(world, catalog.SMTP_APP)[0] == "not set up"
    save(world, use_smtp="on", as_person="", mailbox="orders@firm.example")
    assert word_on_card(world, catalog.SMTP_APP) == ("saved", "As orders@firm.example.")


def test_a_company_may_leave_only_app_only_on(world):
    off = {"use_connections": "", "use_passwords": "", "use_company_server": ""}
    assert not PolicyForm(typed.policy(**off), company=world.company).is_valid()
    save(world)
    assert PolicyForm(typed.policy(**off), company=world.company).is_valid()


FILE = """
[[company]]
code = "Firm"
name = "Firm"
allowed_methods = ["graph_app"]

[company.office365]
tenant_id = "firm.example"
client_id = "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223"
client_secret = { env = "APP_SECRET" }
secret_expires_on = 2027-05-12

[company.app_only]
use_graph = true
as_person = true
mailbox = "orders@firm.example"
mailbox_name = "Firm orders"
"""


def applied(path) -> dict:
    out = io.StringIO()
    call_command("apply", str(path), "--json", stdout=out)
    return json.loads(out.getvalue())


def test_a_file_sets_it_up_and_changes_nothing_the_second_time(db, tmp_path, monkeypatch):
    monkeypatch.setenv("APP_SECRET", typed.CLIENT_SECRET)
    path = tmp_path / "firm.toml"
    path.write_text(FILE)
    assert "Firm.app_only.use_graph" in [change["path"] for change in applied(path)["changes"]]
    row = AppOnlySettings.objects.get()
    assert (row.use_graph, row.mailbox, row.mailbox_name) == (True, "orders@firm.example", "Firm orders")
    assert applied(path)["changes"] == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"graph_app"', '"company_smtp"', "company[0].app_only"),
        ("use_graph = true", "use_smtp = true", "company[0].app_only.use_smtp"),
        ('mailbox = "orders@firm.example"', 'mailbox = "orders"', "company[0].app_only.mailbox"),
        ("as_person = true", "as_people = true", "company[0].app_only.as_people"),
    ],
)
def test_mistakes_in_a_file_are_told_at_their_place(db, tmp_path, monkeypatch, capsys, old, new, place):
    monkeypatch.setenv("APP_SECRET", typed.CLIENT_SECRET)
    path = tmp_path / "firm.toml"
    path.write_text(FILE.replace(old, new))
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("apply", str(path), "--json", stdout=out)
    assert place in [error["path"] for error in json.loads(out.getvalue())["errors"]]
    assert not AppOnlySettings.objects.exists()
