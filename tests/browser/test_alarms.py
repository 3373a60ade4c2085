"""Alarms, the secret calendar, a first day and the operator's overview: accessible, unblocked, within the window."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company, Membership, User
from alarms import telling, watch
from mailsettings import app_credentials
from sender import actions
from tests.alarms.wrong import connection_lost, paused, secret_ending
from tests.browser.conftest import PASSWORD
from tests.browser.test_looks import VARIANTS
from tests.webhooks.listeners import listener

ANNA, ULLA = "anna.admin@nordicfreight.example", "ulla.user@nordicfreight.example"


@pytest.fixture
def alarmed(portal) -> dict[str, str]:
    """A company with alarms that are open, told, not told and over; the addresses of its pages."""
    company = Company.objects.get(code="NordicFreight")
    ulla = Membership.objects.get(company=company, user__email=ULLA)
    listener(company, "http://127.0.0.1:1/in")
    mended = paused(company)
    secret_ending(company, 9)
    later = timezone.localdate() + timedelta(days=400)
    app_credentials.put(company, app_credentials.of_secret("next", later), actor=COMMAND_LINE)
    connection_lost(ulla)
    now = timezone.now()
    watch.look(now)
    telling.deliver(now + telling.GATHER)
    actions.wake(mended)
    watch.look(now)
    base = f"{portal}/{company.code}"
    return {
        "overview": f"{base}/",
        "alarms": f"{base}/alarms/",
        "calendar": f"{base}/calendar/",
        "banner": f"{base}/outbox/",
    }


def faults_of(page, name: str) -> list[str]:
    found = Axe().run(page)
    faults = [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
    sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*faults, f"{name}: {sticking_out} pixels wider than the window"] if sticking_out > 0 else faults


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_pages_with_alarms_are_accessible_and_fit(alarmed, sign_in, scheme, width):
    page = sign_in(ANNA)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    faults = []
    for name, address in alarmed.items():
        page.goto(address)
        for folded in page.locator("main details").all():
            folded.evaluate("one => one.open = true")
        faults += faults_of(page, name)
    assert faults == []


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_the_first_day_and_the_operators_overview_are_accessible_and_fit(portal, sign_in, scheme, width):
    operator = User.objects.create_superuser("olga@postroom.example", PASSWORD)
    page = sign_in(ANNA)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.reload()  # a page that is open fades from one scheme to the other
    page.get_by_role("heading", name="The next steps").wait_for()
    faults = faults_of(page, "first day")
    page = sign_in(operator.email)
    page.get_by_role("heading", name="All companies", exact=True).wait_for()
    assert faults + faults_of(page, "operator") == []


def test_the_banner_leads_to_the_alarms_and_mails_are_switched_off_there(alarmed, sign_in):
    page = sign_in(ANNA)
    page.goto(alarmed["alarms"])
    page.get_by_role("button", name="Do not mail me").click()
    page.get_by_text("Alarms no longer come to you by e-mail.").wait_for()
    assert not telling.listeners(Company.objects.get(code="NordicFreight")).filter(user__email=ANNA).exists()
    page.goto(alarmed["banner"])
    page.get_by_role("link", name="See the alarms").click()
    page.wait_for_url(alarmed["alarms"])
    page.get_by_text("Ulla User must connect to Microsoft again.", exact=True).wait_for()
