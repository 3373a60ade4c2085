"""Connect to Google in a real browser: settings, the ends of a sign-in, messages by the API and by SMTP."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.oauth.google_people import FJORD, TESTING

CODE = "FjordCargo"
ADMIN, GUSTAV = "greta.admin@fjordcargo.example", "gustav.user@fjordcargo.example"
GINA = "gina.gmail@gmail.example"


@pytest.fixture
def at_google(portal, settings, sandbox, sandbox_client) -> None:
    """The portal takes the sandbox for Google; its address is registered there."""
    settings.GOOGLE_FILE = str(sandbox.google_file)
    for app in (FJORD, TESTING):
        sandbox_client.add_redirect_uri(app.client_id, f"{portal}/{CODE}/oauth/google/callback")


def fill_google(page: Page, portal: str, app=FJORD, way: str = "the Gmail API") -> None:
    page.goto(f"{portal}/{CODE}/settings/google/?replace")
    page.get_by_label("Client ID").fill(app.client_id)
    page.get_by_label("Client secret").fill(app.secret)
    page.get_by_label(re.compile(way)).check()
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("heading", name="Mail settings")).to_be_visible()


def leave(page: Page, portal: str) -> None:
    page.goto(f"{portal}/{CODE}/profile/")
    page.get_by_role("link", name=re.compile("onnect to Google")).click()
    expect(page.get_by_role("heading", name="Choose an account")).to_be_visible()


def pick(page: Page, address: str) -> None:
    page.get_by_role("button", name=re.compile(re.escape(address))).click()


def connect(page: Page, portal: str) -> None:
    leave(page, portal)
    pick(page, GUSTAV)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name=f"You are sending as {GUSTAV}")).to_be_visible()


def send_a_test(page: Page) -> None:
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)


@pytest.mark.usefixtures("at_google", "worker")
def test_a_message_goes_by_the_gmail_api_and_after_a_change_by_smtp(sign_in, portal, sandbox_client):
    fill_google(sign_in(ADMIN), portal)
    page = sign_in(GUSTAV)
    connect(page, portal)
    send_a_test(page)
    assert [mail.via for mail in sandbox_client.mail(to=GUSTAV)] == ["gmail"]
    fill_google(sign_in(ADMIN), portal, way="mail server, by SMTP")
    page = sign_in(GUSTAV)
    page.goto(f"{portal}/{CODE}/profile/")
    expect(page.get_by_text("Needs more permission")).to_be_visible()
    leave(page, portal)
    pick(page, GUSTAV)
    expect(page.get_by_text("permanently delete all your email")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    send_a_test(page)
    assert [mail.via for mail in sandbox_client.mail(to=GUSTAV)] == ["smtp", "gmail"]


@pytest.mark.usefixtures("at_google")
def test_a_declined_permission_and_a_wrong_account_connect_nobody(sign_in, portal):
    fill_google(sign_in(ADMIN), portal, TESTING)
    page = sign_in(GUSTAV)
    leave(page, portal)
    pick(page, GUSTAV)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The permission was declined")).to_be_visible()
    page.get_by_role("link", name="Connect to Google").click()
    pick(page, GINA)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Signed in at Google")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text(GINA)
    page.goto(f"{portal}/{CODE}/profile/")
    expect(page.get_by_text("Not connected", exact=True)).to_be_visible()


@pytest.mark.usefixtures("at_google")
def test_an_app_in_testing_is_told_on_the_profile_and_disconnecting_ends_it(sign_in, portal):
    fill_google(sign_in(ADMIN), portal, TESTING)
    page = sign_in(GUSTAV)
    connect(page, portal)
    expect(page.get_by_text(re.compile("This connection ends on"))).to_contain_text("Testing")
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("link", name="Connect to Google")).to_be_visible()


@pytest.mark.usefixtures("at_google")
def test_google_shows_its_own_page_where_the_organisation_is_another(sign_in, portal):
    fill_google(sign_in(ADMIN), portal)
    page = sign_in(GUSTAV)
    leave(page, portal)
    pick(page, GINA)
    expect(page.get_by_text("Error 403: org_internal")).to_be_visible()


@pytest.mark.usefixtures("at_google")
def test_what_does_not_fit_the_form_is_said_beside_the_field(sign_in, portal):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{CODE}/settings/google/")
    page.get_by_label("Client ID").fill("greta@fjordcargo.example")
    page.get_by_label("Client secret").fill(FJORD.client_id)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("This is an e-mail address").first).to_be_visible()
    expect(page.get_by_text("This is the Client ID. Copy the client secret.").first).to_be_visible()
