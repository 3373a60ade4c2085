"""What pages cost the visitor: bytes over the wire as they are served, nothing that jumps, nothing that moves."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test.testcases import LiveServerThread
from playwright.sync_api import Page, Response, Route

from tests.browser.conftest import PASSWORD
from tests.browser.lived_in import live_a_month
from tests.browser.test_looks import ADMIN, Company

COLD_BYTES, LATER_BYTES = 100_000, 30_000
PAGES = (
    "",
    "people/",
    "settings/",
    "outbox/",
    "outbox/?state=failed",
    "audit/",
    "profile/",
    "check/",
    "guides/",
)
SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const each of list.getEntries()) sum += each.value; })
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 50)));
})"""

LONGEST_MOVE_S = """Math.max(...[...document.querySelectorAll('*')].map(
  each => parseFloat(getComputedStyle(each).transitionDuration)))"""


@pytest.fixture
def served(portal, settings, tmp_path) -> Iterator[str]:
    """The portal as an installation serves it: static files collected, named by their content, compressed."""
    live_a_month(Company.objects.get(code="NordicFreight"))
    settings.STATIC_ROOT = str(tmp_path / "static")
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    call_command("collectstatic", interactive=False, verbosity=0)
    server = LiveServerThread("localhost", static_handler=lambda application: application)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    settings.PUBLIC_URL = f"http://localhost:{server.port}"
    yield settings.PUBLIC_URL
    server.terminate()


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/NordicFreight/")


def weight(page: Page, address: str) -> tuple[int, dict[str, int]]:
    """Bytes of heads and bodies that came over the wire for this page, and of each part."""
    parts: dict[str, int] = {}
    answers: list[Response] = []

    def listener(answer: Response) -> None:
        answers.append(answer)

    page.on("response", listener)
    page.goto(address, wait_until="networkidle")
    page.remove_listener("response", listener)
    for answer in answers:
        if not answer.from_service_worker:
            sizes = answer.request.sizes()
            parts[answer.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
    return sum(parts.values()), parts


def test_pages_are_light_at_first_and_lighter_afterwards(served, page):
    sign_in(page, served)
    state = page.context.storage_state()
    heavy = {}
    for path in PAGES:
        fresh = page.context.browser.new_context(storage_state=state)  # nothing in its cache
        visitor = fresh.new_page()
        cold, parts = weight(visitor, f"{served}/NordicFreight/{path}")
        later, _parts = weight(visitor, f"{served}/NordicFreight/{path}")
        fresh.close()
        if cold > COLD_BYTES or later > LATER_BYTES:
            heavy[path] = (cold, later, parts)
        print(f"{path or 'overview'}: {cold} bytes cold, {later} later")
    assert heavy == {}


def draw_whole_pages(page: Page) -> None:
    """Hold the style sheet back until a page is read to its end.

    A busy machine draws it piece by piece otherwise, and a button that is read pushes the one before it on. What comes
    later than the page is what jumps.
    """

    def answer(route: Route) -> None:
        while page.evaluate("document.readyState") == "loading":
            page.wait_for_timeout(10)
        route.continue_()

    page.route("**/css/app.*.css", answer)


def test_nothing_jumps_while_a_page_loads(served, page):
    sign_in(page, served)
    draw_whole_pages(page)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        moved = {}
        for path in PAGES:
            page.goto(f"{served}/NordicFreight/{path}", wait_until="networkidle")
            moved[path] = page.evaluate(SHIFTS)
        assert {path: sum_ for path, sum_ in moved.items() if sum_ > 0.001} == {}


def test_nothing_moves_for_people_who_asked_for_that(served, page):
    sign_in(page, served)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{served}/NordicFreight/outbox/")
    longest = page.evaluate(LONGEST_MOVE_S)
    assert longest < 0.001
