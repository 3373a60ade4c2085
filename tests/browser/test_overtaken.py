"""A settings page that was opened before somebody else saved: told in plain words, with scripts and without."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from mailsettings import services
from mailsettings.models import CompanyMailSettings
from tests.browser.test_main_job import ADMIN, NORDIC
from tests.browser.test_sent import AGAIN, sign_in_again

NEWS = "command line saved these settings on"


def type_hours(page: Page, portal: str, hours: str) -> None:
    page.goto(f"{portal}/{NORDIC}/settings/policy/")
    page.get_by_label("Give up after, in hours").fill(hours)


def save_elsewhere(hours: int) -> None:
    company = Company.objects.get(code=NORDIC)
    services.save_policy(company, {"give_up_hours": hours}, actor=COMMAND_LINE)


def stored_hours() -> int:
    return CompanyMailSettings.objects.get(company__code=NORDIC).give_up_hours


def save_knowingly(page: Page) -> None:
    expect(page.get_by_text(NEWS)).to_be_visible()
    expect(page.get_by_label("Give up after, in hours")).to_have_value("50")
    assert stored_hours() == 40
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_text("The policy is saved.")).to_be_visible()
    assert stored_hours() == 50


def test_without_scripts_both_values_are_shown_and_the_next_press_saves(plain, portal):
    type_hours(plain, portal, "50")
    save_elsewhere(40)
    plain.get_by_role("button", name="Save the policy").click()
    expect(plain.locator(".overtaken")).to_contain_text("Stored now: 40")
    expect(plain.locator(".overtaken")).to_contain_text("In this form: 50")
    save_knowingly(plain)


def test_it_is_told_on_a_phone_by_a_page_without_faults(sign_in, portal):
    page = sign_in(ADMIN)
    page.set_viewport_size({"width": 320, "height": 640})
    type_hours(page, portal, "50")
    save_elsewhere(40)
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_text(NEWS)).to_be_visible()
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    save_knowingly(page)


def test_what_is_filled_in_again_after_signing_in_is_told_too(sign_in, portal):
    """The page is a new one then, and what was typed on the old one stands in it."""
    page = sign_in(ADMIN)
    type_hours(page, portal, "50")
    page.context.clear_cookies(name="sessionid")
    save_elsewhere(40)
    page.get_by_role("button", name="Save the policy").click()
    sign_in_again(page, ADMIN)
    expect(page.get_by_text(AGAIN)).to_be_visible()
    page.get_by_role("button", name="Save the policy").click()
    save_knowingly(page)
