"""Check and save, in a real browser: what is wrong stands beside the form, and nothing is lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from mailsettings.models import Credential, MicrosoftApp
from tests.browser.test_main_job import ADMIN, APP, NORDIC, SECRET, fill_office365, in_days
from tests.safety.canaries import found_in


def fill_in(page, portal, secret):
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_label("Microsoft cloud").select_option("sandbox")
    page.get_by_label("Directory (tenant) ID").fill(APP.directory)
    page.get_by_label("Application (client) ID").fill(APP.client_id)
    page.get_by_label("Client secret").fill(secret)
    page.get_by_label("The secret ends on").fill(in_days(200))


def test_a_wrong_secret_is_found_before_it_is_saved_and_a_right_one_is_saved(sign_in, portal, sandbox_client):
    page = sign_in(ADMIN)
    fill_in(page, portal, "abc8Q~wrong" + "x" * 29)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("Nothing is saved: the check found something wrong.")).to_be_visible()
    expect(page.get_by_role("heading", name="What was tried")).to_be_visible()
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    assert not MicrosoftApp.objects.exists()
    expect(page.get_by_label("Application (client) ID")).to_have_value(APP.client_id)
    expect(page.get_by_label("Client secret")).to_have_value("")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The check went well.")).to_be_visible()
    assert Credential.objects.get().reveal() == SECRET


def test_saving_without_checking_keeps_the_secret_that_was_typed(sign_in, portal, sandbox_client):
    page = sign_in(ADMIN)
    wrong = "abc8Q~wrong" + "x" * 29
    fill_in(page, portal, wrong)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("What you typed is kept for the next try.")).to_be_visible()
    assert found_in(page.content().encode(), (wrong,)) == []
    page.locator(".split-more summary").click()
    page.get_by_role("button", name="Save without checking").click()
    expect(page.get_by_role("heading", name="Mail settings")).to_be_visible()
    assert Credential.objects.get().reveal() == wrong


@pytest.mark.parametrize("changes", [True, False])
def test_leaving_with_unsaved_changes_is_asked(sign_in, portal, sandbox_client, changes):
    page = sign_in(ADMIN)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    if changes:
        page.get_by_label("Directory (tenant) ID").press_sequentially("x")
    page.get_by_role("link", name="People").first.click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert asked == (["beforeunload"] if changes else [])


def test_saving_asks_nothing(sign_in, portal, sandbox_client):
    page = sign_in(ADMIN)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    fill_office365(page, portal)
    expect(page.get_by_role("heading", name="Mail settings")).to_be_visible()
    assert asked == []
