"""The outbox in a browser: found, told, settled in bulk with and without JavaScript; a message that cannot do harm."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import Company, Membership
from mailsettings.models import CompanyMailSettings
from sender.mime import Attachment
from sender.models import OutboxMessage
from tests.browser.lived_in import live_a_month
from tests.sender.helpers import hand_over, open_relay

ADMIN = "anna.admin@nordicfreight.example"
VARIANTS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390), ("light", 320)]
TAME = "<h1 style='color: teal'>Order</h1><p>One truck.</p>"
HOSTILE = """<h1>Order</h1><p id="said">One truck.</p>
<script>document.getElementById("said").textContent = "taken"</script>
<img src="x" onerror="top.location='/accounts/logout/'"><img src="{spy}p.gif"><base href="{spy}">
<meta http-equiv="refresh" content="0;url={spy}refresh"><link rel="stylesheet" href="{spy}a.css">
<form action="{spy}" method="post"><button>Win</button></form>"""


@pytest.fixture
def month(portal) -> OutboxMessage:
    """A month of mail, and a message with HTML; admins may read."""
    company = Company.objects.get(code="NordicFreight")
    admin = Membership.objects.get(company=company, user__email=ADMIN)
    open_relay(admin)
    live_a_month(company)
    CompanyMailSettings.objects.update_or_create(company=company, defaults={"bodies_shown_to": "admins"})
    return letter(TAME)


def letter(html: str) -> OutboxMessage:
    admin = Membership.objects.get(company__code="NordicFreight", user__email=ADMIN)
    file = Attachment("order.pdf", b"%PDF", "application/pdf")
    return hand_over(admin, subject="Special order", text="One truck.", html=html, attachments=(file,))


@pytest.fixture
def spy():
    """Another site; the paths that were asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_pages_are_accessible_and_fit(month, sign_in, portal, scheme, width):
    page = sign_in(ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    base, faults = f"{portal}/NordicFreight", []
    for path in (
        "outbox/?state=failed&since=2020-01-01&person=nobody@nordicfreight.example",
        "outbox/?q=transport", "outbox/?since=x", "outbox/?state=failed", "audit/?person=command", "audit/?since=x",
        "audit/?on=nothing-like-it", f"outbox/{month.pk}/", f"outbox/{month.pk}/content/", "outbox/nothing/",
    ):  # fmt: skip
        page.goto(f"{base}/{path}")
        found = Axe().run(page)
        faults += [f"{path}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
        sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if sticking_out > 0:
            faults.append(f"{path}: {sticking_out} pixels wider than the window")
    assert faults == []


def settle(page: Page, portal: str) -> None:
    page.goto(f"{portal}/NordicFreight/outbox/?state=failed")
    page.get_by_label("all that match").check()
    page.get_by_role("button", name="Try again now").click()
    expect(page.get_by_role("heading", name="Try these messages again now?")).to_be_visible()
    page.get_by_role("button", name="Try again now").click()


def test_all_failed_messages_are_tried_again(month, sign_in, portal):
    failed = OutboxMessage.objects.filter(state="failed").count()
    page = sign_in(ADMIN)
    settle(page, portal)
    expect(page.get_by_text(f"Done with {failed} messages.")).to_be_visible()
    expect(page.get_by_role("heading", name="No message fits this filter")).to_be_visible()


def test_the_same_without_javascript(month, sign_in, portal, browser):
    signed_in = sign_in(ADMIN).context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    page.goto(f"{portal}/NordicFreight/outbox/")
    page.get_by_label("Recipient, subject or Message-ID").fill("Special")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Special order")).to_have_count(1)
    settle(page, portal)
    expect(page.get_by_text("Done with")).to_be_visible()
    context.close()


def test_a_messages_html_is_shown_and_can_do_nothing(month, sign_in, portal, spy, browser):
    address, asked = spy
    hostile = letter(HOSTILE.format(spy=address))
    signed_in = sign_in(ADMIN).context.storage_state()
    page = browser.new_context(storage_state=signed_in).new_page()  # what is blocked is told in the console
    page.goto(f"{portal}/NordicFreight/outbox/{hostile.pk}/content/", wait_until="networkidle")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Order")).to_be_visible()
    expect(frame.locator("#said")).to_have_text("One truck.")
    frame.get_by_role("button", name="Win").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="order.pdf").click()
    assert download.value.suggested_filename == "order.pdf"
    assert page.url.endswith("/content/")
    page.goto(
        f"{portal}/NordicFreight/outbox/{hostile.pk}/content/html/", wait_until="networkidle"
    )  # by itself
    assert asked == []
    page.goto(f"{portal}/NordicFreight/outbox/")
    expect(page.get_by_role("heading", name="Outbox")).to_be_visible()  # still signed in
    page.context.close()
