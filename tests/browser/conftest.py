"""A real Chromium, the portal on a real port, a worker, and the sandbox as Microsoft and mail server."""

import os
import threading
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import Browser, Page

from portal.demo import DEMO_FILE
from sender.worker import Worker

PASSWORD = "demo password"

# Playwright's sync interface runs an event loop in this thread, which Django would take for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    arguments = [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return browser_type_launch_args | {
        "executable_path": os.environ.get("CHROMIUM") or None,
        "args": arguments,
    }


@pytest.fixture
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {"ignore_https_errors": True, "locale": "en-GB"}


@pytest.fixture
def portal(transactional_db, live_server, settings, sandbox, sandbox_client, monkeypatch) -> str:
    """The portal's address; the demo's companies and people are loaded, their passwords are PASSWORD."""
    cache.clear()  # the counters of the rate limits: all tests sign in from one address
    settings.PUBLIC_URL = live_server.url
    settings.MICROSOFT_CLOUDS_FILE = str(sandbox.clouds_file)
    settings.EXTRA_CA_FILE = str(sandbox.ca_file)
    settings.GMAIL_SMTP_SERVER = f"localhost:{sandbox.tls_port}"
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    call_command("apply", str(DEMO_FILE), verbosity=0)
    return live_server.url


@pytest.fixture
def worker(portal):
    """A worker that sends while the test looks on."""
    running = Worker(threads=2)
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture
def watched(page: Page) -> Page:
    """The page, failing the test when the browser reports a blocked resource or a script error."""
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    # A page that answers 4xx on purpose is told as an error, too; so is a look at a state that a click cuts short.
    expected = ("status of 4", "htmx:sendAbort", "htmx:afterRequest")
    assert [text for text in troubles if not any(words in text for words in expected)] == []


@pytest.fixture
def sign_in(watched: Page, portal: str) -> Callable[[str], Page]:
    """Sign in at the portal as a person of the demo, whoever was signed in before."""

    def go(email: str) -> Page:
        watched.context.clear_cookies()
        watched.goto(f"{portal}/accounts/login/")
        watched.get_by_label("E-mail").fill(email)
        watched.get_by_label("Password").fill(PASSWORD)
        watched.get_by_role("button", name="Sign in").click()
        watched.wait_for_url(f"{portal}/**")
        return watched

    return go


@pytest.fixture
def plain(browser: Browser, portal) -> Page:
    """The admin in a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, ignore_https_errors=True, locale="en-GB")
    page = context.new_page()
    page.goto(f"{portal}/accounts/login/")
    page.get_by_label("E-mail").fill("anna.admin@nordicfreight.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()
