"""A check in a browser: started, watched step by step, its pages looked at; the same without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from mailsettings import services
from mailsettings.models import SmtpServer
from sender.models import CheckRun

ADMIN = "anna.admin@nordicfreight.example"
UWE = "uwe.user@nordicfreight.example"
VARIANTS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390), ("light", 320)]


@pytest.fixture
def uwe(portal, sandbox) -> Membership:
    """A person of the demo who sends with his password through the sandbox's server."""
    person = Membership.objects.get(company__code="NordicFreight", user__email=UWE)
    facts = {
        "host": "localhost",
        "port": sandbox.ports.starttls,
        "security": "starttls",
        "authentication": "password",
    }
    SmtpServer.objects.update_or_create(company=person.company, defaults=facts)
    person.company.allowed_methods = ["smtp_password"]
    person.company.save()
    services.store_password(person, "smtp_password", "Uwe-sails-1", actor=COMMAND_LINE)
    return person


def start(page: Page, portal: str) -> None:
    page.goto(f"{portal}/NordicFreight/check/")
    page.get_by_label("Also send a real message to me").check()
    page.get_by_role("button", name="Start the check").click()


def test_a_user_watches_his_check_to_its_good_end(portal, uwe, worker, sign_in, sandbox_client):
    page = sign_in(UWE)
    page.get_by_role("link", name="Check", exact=True).click()
    start(page, portal)
    expect(page.locator("#check-status .story-state")).to_contain_text("works", timeout=20_000)
    expect(page.get_by_text("Signed in as uwe.user@nordicfreight.example.")).to_be_visible()
    expect(page.get_by_text("The provider accepted a message")).to_be_visible()
    assert len(sandbox_client.mail(to=UWE)) == 1


def test_without_javascript_the_page_is_reloaded_by_hand(portal, uwe, worker, browser, sign_in):
    signed_in = sign_in(UWE).context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    start(page, portal)
    for _n in range(40):
        if page.get_by_role("button", name="Check again now").is_visible():
            break
        page.wait_for_timeout(250)
        page.get_by_role("link", name="Reload").click()
    expect(page.locator("#check-status .story-state")).to_contain_text("works")
    context.close()


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_the_pages_are_accessible_and_fit(portal, uwe, worker, sign_in, scheme, width):
    services.store_password(uwe, "smtp_password", "wrong", actor=COMMAND_LINE)
    page = sign_in(ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{portal}/NordicFreight/check/?person={uwe.pk}")
    page.get_by_role("button", name="Start the check").click()
    expect(page.get_by_role("button", name="Check again now")).to_be_visible(timeout=20_000)
    run = CheckRun.objects.get()
    faults = []
    for address in (f"check/{run.pk}/", f"check/?person={uwe.pk}"):
        page.goto(f"{portal}/NordicFreight/{address}")
        found = Axe().run(page)
        faults += [f"{address}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
            faults.append(f"{address}: wider than the window")
    assert faults == []
