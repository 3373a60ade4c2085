"""Support follows an error from a message to what it means and to the guide that cures it, also without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import Company, Membership
from tests.browser.test_looks import ADMIN, VARIANTS
from tests.sender.helpers import hand_over, refused

MISMATCH = (
    "AADSTS50011: The redirect URI 'https://x.example/' specified in the request does not match. "
    "Trace ID: 11111111-2222-3333-4444-555555555555"
)


@pytest.fixture
def base(portal) -> str:
    return f"{portal}/NordicFreight"


def test_from_a_failed_message_to_the_explanation(base, sign_in):
    company = Company.objects.get(code="NordicFreight")
    message = hand_over(Membership.objects.get(company=company, user__email=ADMIN))
    refused(message, "550 5.1.1 <nobody@recipient.example>: Recipient address rejected: User unknown")
    page = sign_in(ADMIN)
    page.goto(f"{base}/outbox/{message.pk}/")
    page.get_by_text("The server’s own words").last.click()
    page.get_by_role("button", name="What does this mean?").click()
    expect(page.get_by_role("heading", name="A recipient's address is not accepted")).to_be_visible()
    assert page.url == f"{base}/explain/"


def test_from_a_pasted_error_to_the_guide_and_its_copied_value(base, sign_in):
    page = sign_in(ADMIN)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Explain an error").first.click()
    page.get_by_label("The error text").fill(MISMATCH)
    page.get_by_role("button", name="Explain it").click()
    expect(page.get_by_label("The error text")).to_have_value("")
    page.get_by_role("link", name="Enter or change the callback address").click()
    page.get_by_role("button", name="Copy Callback address (redirect URI)").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{base}/oauth/microsoft/callback"


def test_a_script_is_copied_whole(base, sign_in):
    page = sign_in(ADMIN)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{base}/guides/smtp-send-as-app/")
    page.get_by_role("button", name="Copy PowerShell").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# Once: Install-Module ExchangeOnlineManagement\n")
    assert copied.endswith("-SmtpClientAuthenticationDisabled $false\n")


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_an_explanation_is_accessible_and_fits(base, sign_in, scheme, width):
    page = sign_in(ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{base}/explain/")
    page.get_by_label("The error text").fill("535 5.7.3 Authentication unsuccessful")
    page.get_by_role("button", name="Explain it").click()
    page.get_by_text("The server’s own words").click()
    found = Axe().run(page)
    assert [v["id"] for v in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_it_works_without_scripts(browser, portal, base):
    context = browser.new_context(java_script_enabled=False, ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{portal}/accounts/login/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill("demo password")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{base}/explain/")
    page.get_by_label("The error text").fill(MISMATCH)
    page.get_by_role("button", name="Explain it").click()
    expect(page.get_by_role("heading", name="The callback address is not registered")).to_be_visible()
    context.close()
