"""App-only in a real browser: the admin sets it up, support sends a test as somebody who never connected."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import ADMIN, APP, NORDIC, SUPPORT, ULLA, fill_office365


def switch_on(page: Page, portal: str, way: str) -> None:
    page.goto(f"{portal}/{NORDIC}/settings/app-only/")
    page.get_by_label(way).check()
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("Sending as the app is saved.")).to_be_visible()


@pytest.mark.parametrize(
    ("way", "via"), [("Send by Microsoft Graph", "graph"), ("Send by Exchange's SMTP server", "smtp")]
)
def test_support_sends_as_a_person_who_never_connected(sign_in, portal, worker, sandbox_client, way, via):
    page = sign_in(ADMIN)
    fill_office365(page, portal)
    switch_on(page, portal, way)
    page = sign_in(SUPPORT)
    page.goto(f"{portal}/{NORDIC}/test/")
    page.get_by_label("Person").select_option(label=f"Ulla User ({ULLA})")
    page.get_by_role("button", name="Show the way").click()
    expect(page.get_by_text(f"The company's app sends as {ULLA}.")).to_be_visible()
    page.get_by_label("Send the test to").fill(SUPPORT)
    page.get_by_role("button", name="Send the test").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    (mail,) = sandbox_client.mail(to=SUPPORT)
    assert (mail.via, mail.mailbox) == (via, ULLA)


def test_the_page_shows_what_need_not_be_typed_and_tells_what_is_missing(sign_in, portal, sandbox):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/app-only/")
    page.get_by_role("link", name="Fill in Office 365").click()
    fill_office365(page, portal)
    page.goto(f"{portal}/{NORDIC}/settings/app-only/")
    expect(page.get_by_label("Token address")).to_have_value(
        f"{sandbox.authority_url}/{APP.directory}/oauth2/v2.0/token"
    )
    expect(page.get_by_label("Scope for SMTP")).to_have_value(f"{sandbox.authority_url}/outlook/.default")
    page.get_by_label("Send by Microsoft Graph").check()
    page.get_by_label("Use each person's own address").uncheck()
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("Send by Microsoft Graph")).to_be_checked()
