"""A form is sent once, and what the portal did not take is there again."""

import threading

import pytest
from playwright.sync_api import Page, expect

from api import keys
from api.models import ApiKey
from tests.browser.conftest import PASSWORD
from tests.browser.test_main_job import ADMIN, NORDIC, ULLA

AGAIN = "What you typed is here again."
PRESSED_TWICE = """button => new Promise(done => {
  button.click();
  setTimeout(() => { button.click(); done(); }, 300);
})"""


def sign_in_again(page: Page, email: str) -> None:
    expect(page.get_by_text("you were signed out meanwhile")).to_be_visible()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def new_key(sign_in, portal) -> Page:
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/keys/new/")
    page.get_by_label("Name", exact=True).fill("The order program")
    page.get_by_label("All people of the company").check()
    return page


def test_a_button_pressed_again_before_the_answer_does_its_work_once(new_key, monkeypatch):
    pressed_again, make = threading.Event(), keys.make

    def after_both(*told, **more):
        assert pressed_again.wait(20)
        return make(*told, **more)

    monkeypatch.setattr(keys, "make", after_both)
    new_key.get_by_role("button", name="Make the key").evaluate(PRESSED_TWICE)
    pressed_again.set()
    expect(new_key.get_by_role("heading", name="The key The order program is ready")).to_be_visible()
    assert ApiKey.objects.count() == 1


def test_what_was_typed_is_there_after_signing_in_again(new_key):
    new_key.context.clear_cookies(name="sessionid")
    new_key.get_by_role("button", name="Make the key").click()
    sign_in_again(new_key, ADMIN)
    expect(new_key.get_by_text(AGAIN)).to_be_visible()
    expect(new_key.get_by_label("Name", exact=True)).to_have_value("The order program")
    expect(new_key.get_by_label("All people of the company")).to_be_checked()
    new_key.get_by_role("button", name="Make the key").click()
    expect(new_key.get_by_role("heading", name="The key The order program is ready")).to_be_visible()
    assert ApiKey.objects.get().name == "The order program"


def test_it_is_not_there_for_another_person_nor_later(new_key, portal):
    new_key.context.clear_cookies(name="sessionid")
    new_key.get_by_role("button", name="Make the key").click()
    sign_in_again(new_key, ULLA)
    expect(new_key.get_by_role("heading", name="This page is not for your role")).to_be_visible()
    assert "The order program" not in new_key.content()
    new_key.goto(f"{portal}/{NORDIC}/profile/")
    assert new_key.evaluate("sessionStorage.getItem('typed')") is None


def test_a_password_that_was_typed_is_kept_nowhere(sign_in, portal):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/smtp/")
    page.get_by_label("Mail server", exact=True).fill("mail.firm.example")
    page.get_by_label("Company’s password").or_(page.get_by_label("Company's password")).fill("heron canary")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Check and save").click()
    sign_in_again(page, ADMIN)
    expect(page.get_by_label("Mail server", exact=True)).to_have_value("mail.firm.example")
    expect(page.locator("[name=password]")).to_have_value("")


def test_what_was_taken_is_not_filled_in_again(sign_in, portal):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/policy/")
    page.get_by_label("Give up after, in hours").fill("33")
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_text("The policy is saved.")).to_be_visible()
    page.goto(f"{portal}/{NORDIC}/settings/policy/")
    expect(page.get_by_text(AGAIN)).to_have_count(0)
