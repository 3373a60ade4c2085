"""People in a real browser: inviting many without scripts, and asking somebody who then connects."""

import re

from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import Company, Invitation
from sender import standing
from tests.browser.test_main_job import ADMIN, NORDIC, ULLA, connect, fill_office365, pick, start_connecting


def test_many_are_invited_without_scripts_after_a_dry_run(plain, portal):
    plain.goto(f"{portal}/{NORDIC}/people/")
    plain.get_by_role("link", name="Invite many").click()
    people = "e-mail;name\nnew1@recipient.example;Nina\nnew2@recipient.example;\nnobody;\n"
    table = {"name": "people.csv", "mimeType": "text/csv", "buffer": people.encode()}
    plain.get_by_label("Or a CSV file").set_input_files(table)
    plain.get_by_role("button", name="Show what would happen").click()
    expect(plain.get_by_text("line 4")).to_be_visible()
    assert not Invitation.objects.exists()
    plain.get_by_role("button", name="Invite 2 people").click()
    expect(plain.get_by_text("2 of 2 letters are on their way or there.")).to_be_visible()
    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "new1@recipient.example",
        "new2@recipient.example",
    ]


def test_who_is_asked_connects_by_the_link_and_is_counted(sign_in, portal, worker, sandbox_client, settings):
    settings.EMAIL_BACKEND = (
        "django.core.mail.backends.console.EmailBackend"  # the portal has no mailbox of its own
    )
    page = sign_in(ADMIN)
    fill_office365(page, portal)
    start_connecting(page, portal)
    pick(page, ADMIN)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name=f"You are sending as {ADMIN}")).to_be_visible()
    standing.bring_up_to_date(Company.objects.get(code=NORDIC))
    page.goto(f"{portal}/{NORDIC}/people/ask/")
    page.get_by_role("button", name=re.compile("Write to")).click()
    expect(page.get_by_text("Not done yet")).to_be_visible()
    progress = page.url
    page.wait_for_function("() => document.title.includes('Asked to connect')")
    link = written_to(page, sandbox_client, ULLA)
    page = sign_in(ULLA)
    page.goto(link)
    expect(page).to_have_url(f"{portal}/{NORDIC}/profile/")
    connect(page, portal)
    page = sign_in(ADMIN)
    page.goto(progress)
    expect(page.get_by_text("1 person has done it.")).to_be_visible()


def written_to(page: Page, sandbox_client, address: str) -> str:
    """The link in the letter, once the worker has sent it."""
    for _look in range(60):
        found = sandbox_client.mail(to=address, subject="please connect your mailbox")
        if found:
            body = sandbox_client.raw(found[0].id).decode().replace("=\r\n", "").replace("=\n", "")
            return re.search(r"http://\S+/people/asked/[0-9a-f-]+/", body)[0]
        page.wait_for_timeout(500)
    raise AssertionError("The letter did not arrive.")
