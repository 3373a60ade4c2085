"""User name and password at Microsoft, in a real browser: the approval, the password, a message; a wrong password."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import ADMIN, NORDIC, ULLA, fill_office365


@pytest.fixture
def approved(sign_in, portal) -> None:
    """The admin has filled in Office 365 and approved the app at Microsoft, where he is an administrator, too."""
    page = sign_in(ADMIN)
    fill_office365(page, portal)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_role("link", name="Ask a Microsoft administrator to approve").click()
    expect(page.get_by_role("heading", name="Approval at Microsoft")).to_be_visible()
    page.get_by_role("link", name="Ask a Microsoft administrator to approve").click()
    page.get_by_role("button", name="Accept as Anna Admin").click()
    expect(page.get_by_text("Microsoft says that an administrator accepted.")).to_be_visible()
    expect(page.get_by_text("This cannot be checked from here.")).to_be_visible()


def store_password(page: Page, portal: str, password: str) -> None:
    page.goto(f"{portal}/{NORDIC}/settings/mine/password/?replace")
    expect(page.get_by_text("It cannot pass a second factor (MFA)")).to_be_visible()
    page.get_by_label("E-mail password").fill(password)
    page.get_by_role("button", name="Save my password").click()
    expect(page.get_by_role("heading", name=f"You are sending as {ULLA}")).to_be_visible()


def send_test(page: Page) -> None:
    page.get_by_role("button", name="Send a test to myself").click()


def test_a_person_stores_the_password_and_a_message_leaves_by_graph(
    approved, sign_in, portal, worker, sandbox_client
):
    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/profile/")
    card = page.get_by_role("region", name="E-mail password")
    expect(card.get_by_text("Mail leaves through Microsoft Graph.")).to_be_visible()
    store_password(page, portal, "Ulla-sails-1")
    expect(
        page.get_by_text(f"Signed in at Microsoft with the user name {ULLA} and a password.")
    ).to_be_visible()
    send_test(page)
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    (mail,) = sandbox_client.mail(to=ULLA)
    assert (mail.via, mail.mailbox) == ("graph", ULLA)


def test_a_wrong_password_is_told_in_plain_words_and_mended_by_the_right_one(
    approved, sign_in, portal, worker, sandbox_client
):
    page = sign_in(ULLA)
    store_password(page, portal, "not this one")
    send_test(page)
    trouble = page.get_by_text("The user name or password is not accepted").first
    expect(trouble).to_be_visible(timeout=20_000)
    here = page.url
    store_password(page, portal, "Ulla-sails-1")
    page.goto(here)
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    assert sandbox_client.requests()["token.password"] == 2
