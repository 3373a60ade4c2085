"""Sending on behalf of a shared mailbox in a real browser: the policy, the permission asked for, the message."""

import re
from email import message_from_bytes, policy

from playwright.sync_api import expect

from tests.browser.test_main_job import ADMIN, NORDIC, SUPPORT, office365, pick

__all__ = ["office365"]  # a fixture
INVOICES = "invoices@nordicfreight.example"


def test_the_company_chooses_and_each_person_allows_it(sign_in, portal, office365, worker, sandbox_client):
    page = sign_in(SUPPORT)
    page.goto(f"{portal}/{NORDIC}/profile/")
    page.get_by_role("link", name="Connect to Microsoft").click()
    pick(page, SUPPORT)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name=f"You are sending as {SUPPORT}")).to_be_visible()

    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/policy/")
    chosen = page.get_by_label("From, when a person's connection sends")
    chosen.select_option(label="the person on behalf of the shared mailbox (needs Send on Behalf)")
    page.get_by_role("button", name="Save the policy").click()
    expect(
        page.get_by_text("Give the address of the shared mailbox that stands in From.").first
    ).to_be_visible()
    page.get_by_role("textbox", name=re.compile("^Shared mailbox(?!.s)")).fill(INVOICES)
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_text("The policy is saved.")).to_be_visible()

    page = sign_in(SUPPORT)
    page.goto(f"{portal}/{NORDIC}/profile/")
    page.get_by_text("What is missing").click()
    expect(page.get_by_text("has not yet allowed sending from").first).to_be_visible()
    page.get_by_role("link", name="connect", exact=False).first.click()
    pick(page, SUPPORT)
    expect(page.get_by_text("Mail.Send.Shared")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name=f"You are sending on behalf of {INVOICES}")).to_be_visible()
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    expect(page.get_by_text("On behalf, by")).to_be_visible()
    seen = message_from_bytes(
        sandbox_client.raw(sandbox_client.mail(to=SUPPORT)[0].id), policy=policy.default
    )
    assert (seen["From"].addresses[0].addr_spec, seen["Sender"]) == (INVOICES, SUPPORT)
