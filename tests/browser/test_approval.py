"""Approval by a Microsoft administrator, in a real browser, for an app whose tokens show nothing before it."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.sandbox.people import CUSTOMS

CECIL = "cecil.admin@cautious.example"
HERE = "CautiousCustoms/oauth/microsoft/approval"


@pytest.fixture
def customs(portal, tmp_path, monkeypatch, sign_in) -> Page:
    """Cecil of Cautious Customs, where nobody but an administrator may accept anything, at the approval page."""
    monkeypatch.setenv("CUSTOMS_SECRET", CUSTOMS.secrets[0].value)
    monkeypatch.setenv("CECIL_PASSWORD", PASSWORD)
    file = tmp_path / "customs.toml"
    file.write_text(
        f"""
[[company]]
code = "CautiousCustoms"
name = "Cautious Customs"
allowed_methods = ["microsoft_graph", "graph_app"]
[company.office365]
cloud = "sandbox"
tenant_id = "{CUSTOMS.directory}"
client_id = "{CUSTOMS.client_id}"
client_secret = {{ env = "CUSTOMS_SECRET" }}
secret_expires_on = {date.today() + timedelta(days=200)}
[company.app_only]
use_graph = true
[[company.person]]
email = "{CECIL}"
name = "Cecil Admin"
role = "admin"
password = {{ env = "CECIL_PASSWORD" }}
"""
    )
    call_command("apply", str(file), verbosity=0)
    page = sign_in(CECIL)
    page.goto(f"{portal}/{HERE}")
    return page


def of_the_app(page: Page):
    return page.get_by_role("region", name="For the app that sends by itself, through Microsoft Graph")


def ask(page: Page) -> None:
    of_the_app(page).get_by_role("link", name="Ask a Microsoft administrator to approve").click()
    expect(page.get_by_text("Permissions requested for your organisation")).to_be_visible()


def test_an_approval_is_shown_by_the_token_that_comes_after_it(customs):
    of_the_app(customs).get_by_role("button", name="Check the approval").click()
    expect(of_the_app(customs).get_by_text("it does not show Mail.Send")).to_be_visible()
    ask(customs)
    customs.get_by_role("button", name="Accept as Cecil Admin").click()
    expect(
        of_the_app(customs).get_by_text("Microsoft gave the app a token with this permission.")
    ).to_be_visible()
    expect(of_the_app(customs).get_by_text("approved", exact=True)).to_be_visible()
    assert "state=" not in customs.url


def test_cancel_and_the_wrong_people_lead_to_no_approval(customs, portal):
    ask(customs)
    customs.get_by_role("button", name="Cancel").click()
    expect(customs.get_by_text("Cancel was pressed at Microsoft.")).to_be_visible()
    for who, code in (("clara.cautious@cautious.example", "AADSTS90093"),
                      ("anna.admin@nordicfreight.example", "AADSTS50020")):  # fmt: skip
        customs.goto(f"{portal}/{HERE}")
        ask(customs)
        customs.get_by_text("Sign in as somebody who may not accept").click()
        customs.get_by_role("button", name=who).click()
        expect(customs.get_by_text(code)).to_be_visible()


def test_the_text_for_somebody_else_leads_there_without_an_account_here(customs, browser, portal):
    of_the_app(customs).get_by_text("The administrator is somebody else").click()
    address = of_the_app(customs).get_by_label("Approval address").input_value()
    text = of_the_app(customs).get_by_label("Text to forward").input_value()
    assert address in text
    assert "send mail as every mailbox of the organisation" in text
    stranger = browser.new_context(ignore_https_errors=True).new_page()
    stranger.goto(address)
    stranger.get_by_role("button", name="Accept as Cecil Admin").click()
    expect(stranger.get_by_role("heading", name="Thank you")).to_be_visible()
    stranger.context.close()
    of_the_app(customs).get_by_role("button", name="Check the approval").click()
    expect(of_the_app(customs).get_by_text("Microsoft gave the app a token")).to_be_visible()
