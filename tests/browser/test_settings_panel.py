"""The live list beside the settings, with and without scripts; and from a password to Connect to Microsoft."""

import re

from playwright.sync_api import Page, expect

from mailsettings.models import MicrosoftApp, SmtpServer
from sandbox import world
from tests.browser.test_main_job import ADMIN, APP, NORDIC, SECRET, ULLA, fill_office365, in_days, pick

SANDBOX = world.load()


def missing(page: Page, count: int) -> None:
    words = {0: "Nothing is missing", 1: "1 thing is missing"}.get(count, f"{count} things are missing")
    expect(page.get_by_role("heading", name=words)).to_be_visible()


def test_the_list_follows_what_is_typed_and_stores_nothing(sign_in, portal):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    missing(page, 4)
    page.get_by_label("Application (client) ID").fill("not an ID")
    expect(page.get_by_role("link", name=re.compile("This is not an Application"))).to_be_visible()
    page.get_by_label("Application (client) ID").fill(APP.client_id)
    missing(page, 3)
    page.get_by_role("link", name="Client secret is missing.").click()
    expect(page).to_have_url(re.compile("#id_client_secret$"))
    page.get_by_label("Client secret").fill(SECRET)
    missing(page, 2)
    expect(page.get_by_label("Client secret")).to_have_value(SECRET)
    page.get_by_label("Directory (tenant) ID").fill(APP.directory)
    page.get_by_label("The secret ends on").fill(in_days(200))
    missing(page, 0)
    assert not MicrosoftApp.objects.exists()
    page.reload()
    missing(page, 4)


def test_a_provider_is_filled_in_and_the_warning_comes_and_goes_with_the_server(sign_in, portal):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/smtp/")
    page.get_by_label("Your mail provider").select_option(
        label="Microsoft 365 (worldwide, GCC) (smtp.office365.com, 587)"
    )
    page.get_by_role("button", name="Fill in").click()
    page.wait_for_url(re.compile("preset="))
    expect(page.get_by_label("Mail server", exact=True)).to_have_value("smtp.office365.com")
    expect(page.get_by_text("is ending.")).to_be_visible()
    page.get_by_label("Mail server", exact=True).fill("smtp.firm.example")
    expect(page.get_by_text("is ending.")).to_have_count(0)
    page.get_by_label("Mail server", exact=True).fill("smtp.office365.com")
    expect(page.get_by_text("is ending.")).to_be_visible()
    assert not SmtpServer.objects.exists()


def test_without_scripts_the_list_is_on_the_page_and_after_each_save(plain, portal):
    plain.goto(f"{portal}/{NORDIC}/settings/office365/")
    missing(plain, 4)
    plain.get_by_label("Directory (tenant) ID").fill(APP.directory)
    plain.get_by_label("Application (client) ID").fill(APP.client_id)
    plain.get_by_role("button", name="Check and save").click()
    missing(plain, 2)
    expect(plain.get_by_label("Application (client) ID")).to_have_value(APP.client_id)
    plain.goto(f"{portal}/{NORDIC}/settings/smtp/")
    missing(plain, 1)
    plain.get_by_label("Your mail provider").select_option(label="Fastmail (smtp.fastmail.com, 465)")
    plain.get_by_role("button", name="Fill in").click()
    expect(plain.get_by_label("Mail server", exact=True)).to_have_value("smtp.fastmail.com")
    missing(plain, 0)


def store_server(page: Page, portal: str) -> None:
    """The sandbox's Exchange as the company's mail server, without a user name of the company's own."""
    page.goto(f"{portal}/{NORDIC}/settings/smtp/?preset=microsoft-sandbox")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("heading", name="Mail settings")).to_be_visible()


def test_one_button_moves_a_person_from_the_password_to_the_connection(
    sign_in, portal, worker, sandbox_client
):
    page = sign_in(ADMIN)
    store_server(page, portal)
    fill_office365(page, portal)
    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/settings/mine/password/")
    expect(page.get_by_text("Sending with a password through Microsoft 365 is ending.")).to_be_visible()
    password = next(one.password for one in SANDBOX.people if one.address == ULLA)
    page.get_by_label("E-mail password").fill(password)
    page.get_by_role("button", name="Save my password").click()
    page.get_by_role("radio", name="E-mail password").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Own e-mail password, through")).to_be_visible()
    page.get_by_role("link", name="Move to Connect to Microsoft").click()
    pick(page, ULLA)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Your e-mail password is not needed any more.")).to_be_visible()
    expect(page.get_by_role("link", name="Move to Connect to Microsoft")).to_have_count(0)
    expect(page.get_by_role("radio", name="The first of the company's ways")).to_be_checked()
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    (mail,) = sandbox_client.mail(to=ULLA)
    assert (mail.via, mail.mailbox) == ("graph", ULLA)
