"""The company's mailbox in a real browser: an admin connects it, somebody who never connected sends from it."""

import re
from email import message_from_bytes, policy

from playwright.sync_api import Page, expect

from tests.browser.test_main_job import ADMIN, NORDIC, SUPPORT, ULLA, office365, pick

__all__ = ["office365"]  # a fixture
OFFICE = "office@nordicfreight.example"
SAVED = "The company's mailbox is saved."


def save(page: Page, portal: str) -> None:
    page.goto(f"{portal}/{NORDIC}/settings/")
    page.get_by_role("link", name=re.compile("Company's connected mailbox")).click()
    page.get_by_label("Send from this mailbox").check()
    page.get_by_role("textbox", name=re.compile("^Mailbox")).fill(OFFICE)
    page.get_by_label("Its name in From").fill("Nordic Freight")
    page.get_by_role("button", name="Save the mailbox").click()
    expect(page.get_by_text(SAVED)).to_be_visible()


def leave_for_microsoft(page: Page) -> None:
    page.get_by_role("link", name="Connect the mailbox").click()
    expect(page.get_by_text("Pick an account")).to_be_visible()


def connect(page: Page) -> None:
    leave_for_microsoft(page)
    pick(page, OFFICE)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text(f"{OFFICE} sends for people without a way of their own.")).to_be_visible()


def test_who_never_connected_sends_from_the_mailbox_an_admin_connected(
    sign_in, portal, office365, worker, sandbox_client
):
    page = sign_in(ADMIN)
    save(page, portal)
    connect(page)
    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/profile/")
    expect(page.get_by_role("heading", name=f"You are sending as {OFFICE}")).to_be_visible()
    expect(page.get_by_text(f"Replies go to {ULLA}.")).to_be_visible()
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_text("Why no other way").click()
    expect(page.locator(".passed-over")).to_contain_text("Not connected to Microsoft.")
    (mail,) = sandbox_client.mail(to=ULLA)
    assert (mail.via, mail.mailbox) == ("graph", OFFICE)
    seen = message_from_bytes(sandbox_client.raw(mail.id), policy=policy.default)
    assert (str(seen["From"]), seen["Reply-To"]) == (f"Nordic Freight <{OFFICE}>", ULLA)


def test_the_admins_own_account_is_not_taken_for_it(sign_in, portal, office365):
    page = sign_in(ADMIN)
    save(page, portal)
    leave_for_microsoft(page)
    pick(page, SUPPORT)
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("main")).to_contain_text(SUPPORT)
    expect(page.locator("main")).to_contain_text(OFFICE)
    page.get_by_role("link", name="Back to the company’s mailbox").click()
    expect(page.get_by_text("Not connected")).to_be_visible()


def test_disconnecting_it_ends_it_for_everybody(sign_in, portal, office365):
    page = sign_in(ADMIN)
    save(page, portal)
    connect(page)
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("The company's mailbox sends no more.")).to_be_visible()
    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/profile/")
    expect(page.get_by_role("heading", name="You cannot send mail yet")).to_be_visible()
    page.get_by_text("What is missing").click()
    expect(page.get_by_text(f"{OFFICE} is not connected to Microsoft yet")).to_be_visible()
