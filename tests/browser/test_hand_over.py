"""The hand-over link in a real browser, walked as the IT person who has no account, and looked at in every width."""

import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from accounts.audit import Actor
from accounts.models import Company
from handover import links
from handover.ways import WAYS
from tests.browser.conftest import PASSWORD
from tests.sandbox.people import CUSTOMS

CECIL = "cecil.admin@cautious.example"
VARIANTS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390), ("light", 320)]
WRONG = "cst8Q~quite-another-secret-0123456789abcdef"


@pytest.fixture
def customs(portal, tmp_path, monkeypatch) -> str:
    """Cautious Customs wants its app to send by itself, and has nothing of the app yet; the address of its pages."""
    monkeypatch.setenv("CECIL_PASSWORD", PASSWORD)
    file = tmp_path / "customs.toml"
    file.write_text(
        f"""
[[company]]
code = "CautiousCustoms"
name = "Cautious Customs"
allowed_methods = ["graph_app"]
[company.app_only]
use_graph = true
[[company.person]]
email = "{CECIL}"
name = "Cecil Admin"
role = "admin"
password = {{ env = "CECIL_PASSWORD" }}
"""
    )
    call_command("apply", str(file), verbosity=0)
    return f"{portal}/CautiousCustoms"


@pytest.fixture
def stranger(browser: Browser) -> Page:
    """A browser that was never at the portal."""
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    yield context.new_page()
    context.close()


def make_link(page: Page, customs: str) -> str:
    page.goto(f"{customs}/settings/app-only/")
    page.get_by_role("link", name="Hand it over by a link").click()
    expect(page.get_by_label("What they are to do")).to_have_value("app-graph")
    page.get_by_label("For whom").fill("Iris of Cloud Care")
    page.get_by_role("button", name="Make the link").click()
    return page.get_by_label("Link", exact=True).input_value()


def hand_in(page: Page, secret: str) -> None:
    page.get_by_label("Microsoft cloud").select_option("sandbox")
    page.get_by_label("Directory (tenant) ID").last.fill(CUSTOMS.directory)
    page.get_by_label("Application (client) ID").last.fill(CUSTOMS.client_id)
    page.get_by_label("Client secret", exact=True).fill(secret)
    page.get_by_label("The secret ends on").fill((date.today() + timedelta(days=200)).isoformat())
    page.get_by_role("button", name="Try and hand in").click()


def item(page: Page, words: str):
    return page.get_by_role("listitem").filter(has=page.get_by_text(words, exact=True))


def approve(page: Page, sandbox, customs: str) -> None:
    """At Microsoft, under API permissions: Grant admin consent."""
    query = {
        "client_id": CUSTOMS.client_id,
        "redirect_uri": f"{customs}/oauth/microsoft/callback",
        "scope": f"{sandbox.graph_url}/.default",
        "state": "approval",
    }
    page.goto(f"{sandbox.authority_url}/{CUSTOMS.directory}/v2.0/adminconsent?{urlencode(query)}")
    page.get_by_role("button", name="Accept as Cecil Admin").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_it_walks_the_link_and_the_company_sends(
    customs, portal, sign_in, stranger, sandbox, worker, sandbox_client
):
    admin = sign_in(CECIL)
    address = make_link(admin, customs)

    stranger.goto(address)
    expect(stranger.locator("main")).to_contain_text(f"{CECIL} of Cautious Customs asks you")
    registered = item(stranger, "Microsoft knows the app in the directory")
    expect(registered).to_contain_text("not seen yet")
    hand_in(stranger, WRONG)
    expect(stranger.locator(".field-invalid")).to_contain_text("Microsoft does not accept this secret")
    assert WRONG not in stranger.content()
    hand_in(stranger, CUSTOMS.secrets[0].value)
    expect(stranger.get_by_text("The values were accepted and are kept encrypted.")).to_be_visible()
    expect(registered).to_contain_text("done")
    expect(item(stranger, "Microsoft accepts the secret or the certificate")).to_contain_text("done")
    may_send = item(stranger, "The app may send from the mailbox")
    expect(may_send).to_contain_text("not seen yet")

    approve(stranger, sandbox, customs)
    stranger.goto(address)
    stranger.get_by_role("button", name="Look again").click()
    expect(may_send).to_contain_text("done")

    admin.goto(f"{customs}/hand-over/")
    expect(admin.get_by_text("values wait for you")).to_be_visible()
    admin.get_by_role("link", name="Iris of Cloud Care").click()
    admin.get_by_role("button", name="Use these values").click()
    expect(admin.get_by_text("The values are in use now.")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_text("The values were accepted and are in use.")).to_be_visible()

    admin.goto(f"{customs}/test/")
    admin.get_by_role("button", name="Send the test").click()
    expect(admin.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    (mail,) = sandbox_client.mail(to=CECIL)
    assert (mail.via, mail.mailbox) == ("graph", CECIL)


def test_the_page_works_without_javascript_and_knows_when_it_was_opened(customs, browser, stranger, sign_in):
    admin = sign_in(CECIL)
    address = make_link(admin, customs)
    plain = browser.new_context(java_script_enabled=False, ignore_https_errors=True).new_page()
    plain.goto(address)
    hand_in(plain, WRONG)
    expect(plain.locator(".field-invalid")).to_contain_text("Microsoft does not accept this secret")
    admin.goto(f"{customs}/hand-over/")
    expect(admin.get_by_role("cell", name="not yet")).to_be_visible()
    with stranger.expect_response(re.compile("/opened/$")):
        stranger.goto(address)
    admin.reload()
    expect(admin.get_by_role("cell", name="just now")).to_be_visible()
    plain.context.close()


def test_a_revoked_link_says_what_to_do(customs, stranger, sign_in):
    admin = sign_in(CECIL)
    address = make_link(admin, customs)
    admin.get_by_role("link", name="Done").click()
    admin.get_by_role("button", name="Revoke").click()
    expect(admin.get_by_text("The link for Iris of Cloud Care is dead now.")).to_be_visible()
    stranger.goto(address)
    expect(stranger.get_by_role("heading", name="This link does not work")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_the_pages_are_accessible_and_fit(customs, portal, sign_in, scheme, width):
    company = Company.objects.get(code="CautiousCustoms")
    company.allowed_methods = sorted({method for way in WAYS.values() for method in way.methods})
    company.save()
    made = {way: links.make(company, WAYS[way], "Iris", actor=Actor(label=CECIL)) for way in WAYS}
    page = sign_in(CECIL)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(made["app-graph"][1])
    hand_in(page, WRONG)
    faults = faults_of(page, "refused")
    hand_in(page, CUSTOMS.secrets[0].value)
    inside = {"list": "", "new": "new/", "waiting": f"{made['app-graph'][0].pk}/"}
    addresses = {way: address for way, (_link, address) in made.items()}
    addresses |= {name: f"{customs}/hand-over/{path}" for name, path in inside.items()}
    for name, address in (addresses | {"closed": f"{portal}/handover/no-such-link/"}).items():
        page.goto(address)
        faults += faults_of(page, name)
    assert faults == []


def faults_of(page: Page, name: str) -> list[str]:
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0
    return [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in found] + [f"{name}: too wide"] * wide
