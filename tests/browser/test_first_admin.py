"""The first morning of an admin: from signing in to a test that went out, in few clicks and on two sites only."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_main_job import ADMIN, APP, NORDIC, SECRET, in_days, pick

MOST_CLICKS = 12


def test_from_signing_in_to_a_working_test_in_few_clicks(watched, portal, worker, sandbox, sandbox_client):
    page, clicks, sites = watched, [], set()
    page.on("request", lambda request: sites.add(urlsplit(request.url).netloc))

    def click(locator):
        clicks.append(str(locator))
        locator.click()

    page.goto(portal)
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    click(page.get_by_role("button", name="Sign in"))
    click(page.get_by_role("navigation", name="Main").get_by_role("link", name="Mail settings"))
    click(page.get_by_role("link", name="Set up Connect to Microsoft", exact=True))
    page.get_by_label("Microsoft cloud").select_option("sandbox")
    page.get_by_label("Directory (tenant) ID").fill(APP.directory)
    page.get_by_label("Application (client) ID").fill(APP.client_id)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("The secret ends on").fill(in_days(200))
    click(page.get_by_role("button", name="Check and save"))
    expect(page.get_by_text("The check went well.")).to_be_visible()
    click(page.get_by_role("navigation", name="Main").get_by_role("link", name="My profile"))
    click(page.get_by_role("link", name="Connect to Microsoft"))
    clicks.append(f"pick {ADMIN}")
    pick(page, ADMIN)
    click(page.get_by_role("button", name="Accept"))
    click(page.get_by_role("button", name="Send a test to myself"))
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=30_000)
    assert len(clicks) <= MOST_CLICKS, clicks
    microsoft = urlsplit(sandbox.authority_url).netloc
    assert sites <= {urlsplit(portal).netloc, microsoft}
    assert NORDIC in page.url
