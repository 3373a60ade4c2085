"""The main job in a real browser: settings, Connect to Microsoft, a message leaves and arrives."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from sandbox import world
from tests.browser.conftest import PASSWORD

NORDIC = "NordicFreight"
ADMIN, SUPPORT, ULLA = (
    f"{name}@nordicfreight.example" for name in ("anna.admin", "sam.support", "ulla.user")
)
SANDBOX = world.load()
APP = next(app for app in SANDBOX.apps if any(NORDIC in uri for uri in app.redirect_uris))
SECRET = next(secret.value for secret in APP.secrets if secret.expires_on > date.today())


def in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def fill_office365(page: Page, portal: str, secret: str = SECRET) -> None:
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_label("Microsoft cloud").select_option("sandbox")
    page.get_by_label("Directory (tenant) ID").fill(APP.directory)
    page.get_by_label("Application (client) ID").fill(APP.client_id)
    page.get_by_label("Client secret").fill(secret)
    page.get_by_label("The secret ends on").fill(in_days(200))
    page.get_by_role("button", name="Check and save").click()


def start_connecting(page: Page, portal: str) -> None:
    page.goto(f"{portal}/{NORDIC}/profile/")
    page.get_by_role("link", name="Connect to Microsoft").click()
    expect(page.get_by_text("Pick an account")).to_be_visible()


def pick(page: Page, address: str) -> None:
    page.get_by_role("button", name=re.compile(re.escape(address))).click()


def connect(page: Page, portal: str) -> None:
    start_connecting(page, portal)
    pick(page, ULLA)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name=f"You are sending as {ULLA}")).to_be_visible()


@pytest.fixture
def office365(sign_in, portal) -> None:
    """The admin has filled in Office 365."""
    page = sign_in(ADMIN)
    fill_office365(page, portal)
    expect(page.get_by_role("heading", name="Mail settings")).to_be_visible()


def test_from_empty_settings_to_a_message_at_the_sandbox(sign_in, portal, worker, sandbox):
    page = sign_in(ADMIN)
    fill_office365(page, portal)
    page = sign_in(ULLA)
    connect(page, portal)
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    page.goto(f"{sandbox.authority_url}/mail")
    page.get_by_role("link", name="Test message from Nordic Freight").first.click()
    expect(page.get_by_text("by graph")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Sent as: Ulla User")


def test_support_sends_a_test_as_somebody_else_and_sees_the_message(
    sign_in, portal, office365, worker, sandbox_client
):
    connect(sign_in(ULLA), portal)
    page = sign_in(SUPPORT)
    page.goto(f"{portal}/{NORDIC}/test/")
    page.get_by_label("Person").select_option(label=f"Ulla User ({ULLA})")
    page.get_by_role("button", name="Show the way").click()
    expect(page.get_by_text(f"Connected to Microsoft as {ULLA}.")).to_be_visible()
    page.get_by_label("Send the test to").fill(SUPPORT)
    page.get_by_role("button", name="Send the test").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    (mail,) = sandbox_client.mail(to=SUPPORT)
    assert (mail.via, mail.mailbox) == ("graph", ULLA)


def test_the_test_send_works_without_javascript(browser, portal, sign_in, office365, worker):
    connect(sign_in(ULLA), portal)
    page = browser.new_context(java_script_enabled=False, ignore_https_errors=True).new_page()
    page.goto(f"{portal}/accounts/login/?next=/{NORDIC}/test/")
    page.get_by_label("E-mail").fill(ULLA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send the test").click()
    for _ in range(40):
        if page.locator("#message-status").get_by_text("sent", exact=True).count():
            break
        page.wait_for_timeout(250)
        page.get_by_role("link", name="Reload").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible()
    page.context.close()


def test_a_person_who_declines_is_told_so_and_nothing_is_stored(sign_in, portal, office365):
    page = sign_in(ULLA)
    start_connecting(page, portal)
    pick(page, ULLA)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    expect(page.get_by_role("link", name="Connect to Microsoft")).to_be_visible()
    page.goto(f"{portal}/{NORDIC}/profile/")
    expect(page.get_by_role("heading", name="You cannot send mail yet")).to_be_visible()


def test_somebody_else_coming_back_is_named_and_not_stored(sign_in, portal, office365):
    page = sign_in(ULLA)
    start_connecting(page, portal)
    pick(page, SUPPORT)
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("main")).to_contain_text(SUPPORT)
    expect(page.locator("main")).to_contain_text(ULLA)
    page.goto(f"{portal}/{NORDIC}/profile/")
    expect(page.get_by_role("heading", name="You cannot send mail yet")).to_be_visible()


def test_a_directory_that_wants_an_administrators_approval_gets_a_text_to_forward(sign_in, portal, office365):
    page = sign_in(ULLA)
    start_connecting(page, portal)
    pick(page, "nils.newcomer@nordicfreight.example")
    page.get_by_role("link", name=re.compile("Return to the app")).or_(
        page.get_by_role("button", name=re.compile("Return to the app"))
    ).click()
    expect(page.get_by_label("Text to forward")).to_have_value(re.compile("adminconsent"))


def test_a_callback_opened_twice_counts_once(sign_in, portal, office365):
    page = sign_in(ULLA)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if "callback?" in request.url else None)
    connect(page, portal)
    page.goto(seen[-1])
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    expect(page.locator("main")).to_contain_text("already used")
    page.goto(f"{portal}/{NORDIC}/profile/")
    expect(page.get_by_role("heading", name=f"You are sending as {ULLA}")).to_be_visible()


def test_disconnecting_forgets_the_grant(sign_in, portal, office365):
    page = sign_in(ULLA)
    connect(page, portal)
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="You cannot send mail yet")).to_be_visible()


def test_the_older_callback_address_works_as_well(sign_in, portal):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_label(re.compile("Office365Callback.aspx")).check()
    page.get_by_label("Microsoft cloud").select_option("sandbox")
    page.get_by_label("Directory (tenant) ID").fill(APP.directory)
    page.get_by_label("Application (client) ID").fill(APP.client_id)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("The secret ends on").fill(in_days(200))
    page.get_by_role("button", name="Check and save").click()
    page = sign_in(ULLA)
    with page.expect_request(re.compile(f"/{NORDIC}/Services/Office365Callback.aspx")):
        connect(page, portal)


def test_mistakes_in_office365_are_told_beside_the_fields_and_what_was_typed_is_kept(sign_in, portal):
    page = sign_in(ADMIN)
    fill_office365(page, portal, secret="199c0398-63f2-478d-9eb9-0b1abe4001f5")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Directory (tenant) ID")).to_have_value(APP.directory)
    expect(page.get_by_label("Client secret")).to_have_value("")


def test_a_stored_secret_never_comes_back_to_the_page(sign_in, portal, office365):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    assert SECRET not in page.content()
    expect(page.locator(".secret")).to_contain_text(f"by {ADMIN}")
    page.get_by_role("link", name="Replace").click()
    expect(page.get_by_label("Client secret")).to_have_value("")
    assert SECRET not in page.content()


def test_the_same_with_smtp_and_an_e_mail_password(sign_in, portal, worker, sandbox, sandbox_client):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/smtp/")
    page.get_by_label("Mail server").fill("localhost")
    page.get_by_label("Port").fill(str(sandbox.starttls_port))
    page.get_by_role("button", name="Save").click()
    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/settings/mine/password/")
    page.get_by_label("password", exact=False).first.fill(SANDBOX.person(ULLA).password)
    page.get_by_role("button", name="Save my password").click()
    page.goto(f"{portal}/{NORDIC}/profile/")
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    assert sandbox_client.mail(to=ULLA)[0].via == "smtp"


def test_a_wrong_password_is_explained_and_mended_by_the_right_one(
    sign_in, portal, worker, sandbox, sandbox_client
):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/smtp/")
    page.get_by_label("Mail server").fill("localhost")
    page.get_by_label("Port").fill(str(sandbox.starttls_port))
    page.get_by_role("button", name="Save").click()
    page = sign_in(ULLA)

    def store(password: str) -> None:
        page.goto(f"{portal}/{NORDIC}/settings/mine/password/?replace")
        page.get_by_label("password", exact=False).first.fill(password)
        page.get_by_role("button", name="Save my password").click()

    store("not the password")
    page.goto(f"{portal}/{NORDIC}/profile/")
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.get_by_text("It is kept, and sent as soon as the cause is mended.")).to_be_visible(
        timeout=20_000
    )
    expect(page.get_by_text("What to do:")).to_be_visible()
    message_url = page.url
    store(SANDBOX.person(ULLA).password)
    page.goto(message_url)
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    assert len(sandbox_client.mail(to=ULLA)) == 1


def test_the_same_with_a_gmail_app_password(sign_in, portal, worker, sandbox_client):
    gina = SANDBOX.person("gina.gmail@gmail.example")
    page = sign_in(ULLA)
    page.goto(f"{portal}/{NORDIC}/settings/mine/gmail/")
    page.get_by_label(re.compile("address", re.I)).first.fill(gina.address)
    spaced = " ".join(re.findall("....", gina.app_password))
    page.get_by_label(re.compile("app password", re.I)).first.fill(spaced)
    page.get_by_role("button", name=re.compile("Save")).click()
    page.goto(f"{portal}/{NORDIC}/profile/")
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.locator("#message-status").get_by_text("sent", exact=True)).to_be_visible(timeout=20_000)
    assert sandbox_client.mail(to=ULLA)[0].mailbox == gina.address
