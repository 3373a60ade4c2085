"""Pages in languages with long words, and choosing a language."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import Company
from tests.browser.conftest import PASSWORD
from tests.browser.test_looks import ADMIN
from tests.browser.test_looks import lived_in as lived_in  # a fixture

WIDTHS = (320, 390, 1280)


def faults_of(page: Page, name: str) -> list[str]:
    found = [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in Axe().run(page).response["violations"]]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if sticking_out > 0:
            found.append(f"{name}: {sticking_out} pixels wider than {width}")
    return found


@pytest.mark.parametrize("tag", ["de", "lv"])
def test_long_words_fit(lived_in, sign_in, tag):
    page = sign_in(ADMIN)
    Company.objects.update(locale=tag)
    faults = []
    for name, address in lived_in.items():
        page.goto(address)
        faults += faults_of(page, name)
        if name != "missing":  # an error page does not tell the company's language
            expect(page.locator("html")).to_have_attribute("lang", tag)
    assert faults == []


def test_a_language_is_chosen_before_signing_in_and_on_the_profile(watched, portal):
    page = watched
    page.goto(f"{portal}/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    expect(page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-pressed", "true")
    assert faults_of(page, "sign-in") == []
    page.get_by_label("E-Mail").fill(ADMIN)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.goto(f"{portal}/NordicFreight/profile/")
    page.get_by_role("combobox", name="Sprache").select_option("sv")
    page.locator("section[aria-labelledby=language]").get_by_role("button").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    expect(page.get_by_role("combobox", name="Språk")).to_have_value("sv")
