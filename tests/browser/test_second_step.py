"""The second step at sign-in as people meet it: app, recovery codes, passkeys; with and without scripts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.accounts.codes import shown, with_app, with_passkey
from tests.browser.conftest import PASSWORD
from tests.browser.test_looks import ADMIN, VARIANTS

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def fingerprint_reader(page: Page, **differs: bool) -> tuple:
    """A device that makes and uses passkeys at once, as if somebody had laid a finger on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | differs})
    return session, made["authenticatorId"]


def type_password(page: Page, portal: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{portal}/accounts/login/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def prove_again(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def set_up_app(page: Page, portal: str) -> str:
    page.goto(f"{portal}/NordicFreight/profile/")
    page.get_by_role("link", name="Set up a second step").click()
    page.get_by_role("link", name="Set up an app").click()
    prove_again(page)
    secret = page.get_by_role("region", name="Key").inner_text().replace(" ", "")
    page.get_by_label("Code that the app shows").fill(shown(secret))
    page.get_by_role("button", name="Switch it on").click()
    return secret


def test_an_app_and_a_recovery_code_without_any_script(plain, portal):
    secret = set_up_app(plain, portal)
    codes = plain.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    plain.get_by_role("link", name="I have kept them").click()
    type_password(plain, portal)
    expect(plain.get_by_role("heading", name="Second step")).to_be_visible()
    expect(plain.get_by_role("button", name="Use a passkey")).to_be_hidden()
    plain.get_by_label("Code").fill(shown(secret, 1))
    plain.get_by_role("button", name="Sign in").click()
    expect(plain).to_have_url(f"{portal}/NordicFreight/")
    type_password(plain, portal)
    plain.get_by_label("Code").fill(codes[3])
    plain.get_by_role("button", name="Sign in").click()
    expect(plain).to_have_url(f"{portal}/NordicFreight/")
    plain.goto(f"{portal}/accounts/2fa/")
    expect(plain.get_by_text("9 are left.")).to_be_visible()


def test_a_passkey_is_made_used_in_three_places_renamed_and_removed(sign_in, portal):
    page = sign_in(ADMIN)
    fingerprint_reader(page)
    page.goto(f"{portal}/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    prove_again(page)
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("signs you in without the password")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{portal}/accounts/login/?next=/NordicFreight/outbox/")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(f"{portal}/NordicFreight/outbox/")

    type_password(page, portal)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{portal}/NordicFreight/")

    page.goto(f"{portal}/accounts/2fa/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("link", name="Use a passkey instead").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("Name").fill("Red key")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Red key").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    type_password(page, portal)
    expect(page).to_have_url(f"{portal}/NordicFreight/")


def test_a_security_key_that_knows_no_finger_is_used_beside_the_password(sign_in, portal):
    page = sign_in(ADMIN)
    fingerprint_reader(page, hasUserVerification=False, isUserVerified=False)
    page.goto(f"{portal}/accounts/2fa/webauthn/add/")
    prove_again(page)
    page.get_by_label("Sign in with it alone").uncheck()
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("beside the password")).to_be_visible()
    type_password(page, portal)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{portal}/NordicFreight/")


def test_whoever_breaks_off_is_told_and_may_try_another_way(watched, portal):
    page = watched
    user = User.objects.get(email=ADMIN)
    secret = with_app(user)
    with_passkey(user)  # on a device that is elsewhere
    session, device = fingerprint_reader(page)
    page.goto(f"{portal}/accounts/login/")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")
    type_password(page, portal)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")
    page.get_by_label("Code").fill(shown(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{portal}/NordicFreight/")


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_its_pages_are_accessible_and_fit(sign_in, portal, scheme, width):
    page = sign_in(ADMIN)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    faults = []

    def look() -> None:
        found = Axe().run(page)
        faults.extend(
            f"{page.url}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]
        )
        if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
            faults.append(f"{page.url}: wider than the window")

    for address in ("", "totp/activate/"):
        page.goto(f"{portal}/accounts/2fa/{address}")
        look()
    prove_again(page)
    look()
    page.get_by_role("button", name="Switch it on").click()
    look()
    user = User.objects.get(email=ADMIN)
    with_app(user)
    key = with_passkey(user, "A key with a rather long name, as some people like them to be")
    addresses = ["", "totp/deactivate/", "webauthn/add/", "recovery-codes/", "recovery-codes/generate/"]
    addresses += [f"webauthn/keys/{key.pk}/edit/", f"webauthn/keys/{key.pk}/remove/"]
    for address in [*addresses, "reauthenticate/", "webauthn/reauthenticate/", "../reauthenticate/"]:
        page.goto(f"{portal}/accounts/2fa/{address}")
        look()
    type_password(page, portal)
    look()
    page.get_by_label("Code").fill("1")
    page.get_by_role("button", name="Sign in").click()
    look()
    assert faults == []
