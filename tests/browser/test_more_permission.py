"""A setting that needs one permission more, in a real browser: who is asked for it, and what it lets through."""

import pytest
from playwright.sync_api import expect

from accounts.models import Membership
from sender.mime import Attachment, MessageRefused
from sender.services import Draft, submit
from tests.browser.test_main_job import ADMIN, NORDIC, ULLA, connect, office365, pick

__all__ = ["office365"]  # a fixture
FILE = Attachment("plans.bin", bytes(range(256)) * 24 * 1024)


def hand_over():
    ulla = Membership.objects.get(company__code=NORDIC, user__email=ULLA)
    message = Draft(to=["janis@customer.example"], subject="Plans", text="Plans", attachments=[FILE])
    return submit(ulla, message, submitted_by="test")


def test_large_messages_are_switched_on_allowed_and_sent(sign_in, portal, office365, worker, sandbox_client):
    connect(sign_in(ULLA), portal)
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/policy/")
    page.get_by_label("Messages over 4 MB through Microsoft").check()
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_text("The policy is saved.")).to_be_visible()
    page.goto(f"{portal}/{NORDIC}/")
    expect(page.get_by_text("Ulla User needs more permission.")).to_be_visible()
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    expect(page.get_by_role("listitem").filter(has_text="Delegated permissions").last).to_contain_text(
        "Mail.ReadWrite"
    )
    with pytest.raises(MessageRefused, match=f"Mail.ReadWrite, which {ULLA} has not given yet"):
        hand_over()

    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/profile/")
    expect(page.get_by_text("Needs more permission").first).to_be_visible()
    expect(page.get_by_text("now sends large messages: connect once more")).to_be_visible()
    page.get_by_role("link", name="Reconnect to Microsoft").click()
    pick(page, ULLA)
    expect(page.get_by_text("Mail.ReadWrite")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name=f"You are sending as {ULLA}")).to_be_visible()
    expect(page.get_by_text("Needs more permission")).to_have_count(0)

    message = hand_over()
    page.goto(f"{portal}/{NORDIC}/outbox/{message.pk}/")
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=30_000)
    (mail,) = sandbox_client.mail(to="janis@customer.example")
    assert (mail.via, mail.mailbox) == ("graph", ULLA)
