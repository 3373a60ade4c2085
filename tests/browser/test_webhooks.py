"""The pages of webhooks: accessible, unblocked, within the window; one made and tried by hand."""

import pytest
import trustme
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from accounts.models import Company
from tests.browser.test_looks import VARIANTS
from tests.webhooks.listeners import listener, posted_to
from tests.webhooks.receiver import OK, Receiver
from webhooks.models import Endpoint

ANNA = "anna.admin@nordicfreight.example"


def faults_of(page, name: str) -> list[str]:
    found = Axe().run(page)
    faults = [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
    sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*faults, f"{name}: {sticking_out} pixels wider than the window"] if sticking_out > 0 else faults


@pytest.fixture
def paths(portal) -> list[str]:
    """Of a company with a webhook that works and one that was stopped."""
    company = Company.objects.get(code="NordicFreight")
    listener(company, "https://erp.nordicfreight.example/postroom/" + "long-part-of-an-address/" * 6)
    endpoint, _secret = listener(company, "https://tms.nordicfreight.example/hooks/postroom")
    posted_to(endpoint, "delivered", status=204, reply="", took_ms=41)
    posted_to(endpoint, "waiting", status=None, reply="The connection was cut.", tries=3)
    posted_to(endpoint, "failed", status=500, reply="x" * 500)
    Endpoint.objects.filter(pk=endpoint.pk).update(condition="failing", last_delivered_at=timezone.now())
    page = f"webhooks/{endpoint.pk}/"
    below = ("edit/", "secret/", "remove/", "?state=delivered")
    return ["webhooks/", "webhooks/new/", page, *(page + each for each in below)]


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_pages_of_webhooks_are_accessible_and_fit(portal, paths, sign_in, scheme, width):
    page = sign_in(ANNA)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    faults = []
    for path in paths:
        page.goto(f"{portal}/NordicFreight/{path}")
        faults += faults_of(page, path)
    assert faults == []


def test_an_admin_makes_a_webhook_and_tries_it(portal, sign_in, sandbox, settings, tmp_path):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.EXTRA_CA_FILE = str(tmp_path / "ca.pem")
    page = sign_in(ANNA)
    page.goto(f"{portal}/NordicFreight/webhooks/")
    page.get_by_role("link", name="New webhook").first.click()
    with Receiver(ca, [(500, {}, b"out of order"), OK]) as receiver:
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Make the webhook").click()
        secret = page.get_by_label("Signing secret", exact=True).input_value()
        assert faults_of(page, "made") == []
        page.get_by_role("link", name="Done").click()
        page.get_by_role("button", name="Post a test").click()
        page.get_by_text("The test was not taken: HTTP 500 out of order").wait_for()
        page.get_by_role("button", name="Post a test").click()
        page.get_by_text("The receiver took the test.").wait_for()
        _path, headers, body = receiver.requests[1]
    assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    assert secret not in page.content()
