"""The editor of agreement texts: by mouse, by keyboard, and without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from mailsettings import agreements
from mailsettings.models import AgreementKind, AgreementText
from tests.browser.conftest import PASSWORD
from tests.browser.test_looks import ADMIN, VARIANTS

LONG = (
    "<h3>Terms</h3><ul><li>Pay</li></ul><table><tbody><tr>"
    + "<td>Freight</td>" * 12
    + "</tr></tbody></table>"
)


@pytest.fixture
def pages(portal) -> str:
    """The address of the pages, with none of the demo's texts left."""
    AgreementText.objects.all().delete()
    return f"{portal}/NordicFreight/settings/agreements/"


def editor(page: Page):
    return page.get_by_role("textbox", name="Text")


def test_words_are_made_bold_linked_and_listed_by_keyboard(sign_in, pages):
    page = sign_in(ADMIN)
    page.goto(f"{pages}new/")
    page.get_by_label("Language").fill("en")
    editor(page).focus()
    page.keyboard.type("Pay ")
    page.keyboard.press("Control+b")
    page.keyboard.type("soon & well")
    page.keyboard.press("Control+b")
    page.keyboard.type(", please")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="List", exact=True).press("Enter")
    page.keyboard.type("by card")
    page.keyboard.press("Enter")
    page.keyboard.type("terms")
    page.keyboard.press("Shift+Home")
    page.once("dialog", lambda dialog: dialog.accept("https://firm.example/terms?a=1&b=2"))
    page.get_by_role("button", name="Link").click()
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_text("The text is saved.")).to_be_visible()
    assert AgreementText.objects.get().html == (
        "<p>Pay <b>soon &amp; well</b>, please</p>\n<ul><li>by card</li>"
        '<li><a href="https://firm.example/terms?a=1&amp;b=2">terms</a></li></ul>'
    )
    expect(page.locator(".letter li")).to_have_count(2)
    expect(page.locator("pre")).to_contain_text("- terms (https://firm.example/terms?a=1&b=2)")


def test_opening_and_saving_again_changes_nothing(sign_in, pages):
    html = "<p>One<br>two</p>\n<h3>Three</h3>\n<p>Four <b>five</b></p>"
    values = {"html": html, "is_active": True}
    company = Company.objects.get(code="NordicFreight")
    agreements.save_text(company, "carrier_order", "en", values, actor=COMMAND_LINE)
    page = sign_in(ADMIN)
    page.goto(f"{pages}{AgreementText.objects.get().pk}/")
    expect(editor(page)).to_be_visible()
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()


def test_what_is_pasted_keeps_only_what_can_be_mailed(sign_in, pages):
    page = sign_in(ADMIN)
    page.goto(f"{pages}new/")
    page.get_by_label("Language").fill("en")
    editor(page).focus()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/html", '<div style="color:red">Pay <b>now</b><img src="/x" onerror="alert(1)">' +
                '<script>alert(2)</script><a href="javascript:alert(3)">here</a></div>');
            const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(paste);
        }"""
    )
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_text("The text is saved.")).to_be_visible()
    assert AgreementText.objects.get().html == "<p>Pay <b>now</b>here</p>"


def test_a_mistake_leads_to_the_editor(sign_in, pages):
    page = sign_in(ADMIN)
    page.goto(f"{pages}new/")
    page.get_by_role("button", name="Save the text").click()
    page.get_by_role("link", name="Type the text.").click()
    expect(editor(page)).to_be_focused()
    expect(editor(page)).to_have_attribute("aria-invalid", "true")


def test_without_scripts_it_is_a_plain_field(browser: Browser, portal, pages):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/accounts/login/?next=/NordicFreight/settings/agreements/new/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Language").fill("lv")
    page.get_by_label("Text").fill("Maksāt\n30 dienās.")
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("<p>Maksāt<br>30 dienās.</p>")
    expect(page.locator("pre")).to_contain_text("30 dienās.")
    context.close()


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_the_pages_are_accessible_and_fit(sign_in, pages, scheme, width):
    company = Company.objects.get(code="NordicFreight")
    agreements.save_text(company, "carrier_order", "en", {"html": LONG}, actor=COMMAND_LINE)
    AgreementKind.objects.create(company=company, slug="client_offer", label="Offer to a client")
    text = AgreementText.objects.get()
    page = sign_in(ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    faults = []
    for address in ("", "new/", "kinds/new/", f"{text.pk}/", f"{text.pk}/delete/"):
        page.goto(pages + address)
        found = Axe().run(page)
        faults += [f"{address}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{address}: wider than the window")
    assert faults == []
