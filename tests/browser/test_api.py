"""The pages of API keys and the API's documentation: accessible, unblocked, within the window; a key made by hand."""

import json
import re
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from api import keys
from api.scopes import Scope
from tests.browser.test_looks import VARIANTS

ANNA = "anna.admin@nordicfreight.example"


def faults_of(page, name: str) -> list[str]:
    found = Axe().run(page)
    faults = [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
    sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*faults, f"{name}: {sticking_out} pixels wider than the window"] if sticking_out > 0 else faults


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_pages_of_the_api_are_accessible_and_fit(portal, sign_in, scheme, width):
    company = Company.objects.get(code="NordicFreight")
    key, _secret = keys.make(company, "Old ERP", list(Scope), actor=COMMAND_LINE)
    keys.revoke(key, COMMAND_LINE)
    keys.make(company, "Transport management system", [Scope.SEND, Scope.READ], actor=COMMAND_LINE)
    page = sign_in(ANNA)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    faults = []
    for path in ("NordicFreight/keys/", "NordicFreight/keys/new/", "api/v1/docs"):
        page.goto(f"{portal}/{path}")
        faults += faults_of(page, path)
    assert faults == []


def test_an_admin_makes_a_key_and_a_program_uses_it(portal, sign_in):
    page = sign_in(ANNA)
    page.goto(f"{portal}/NordicFreight/keys/")
    page.get_by_role("link", name="New key").first.click()
    page.get_by_label("Name", exact=True).fill("ERP")
    page.get_by_label("See who they are").check()
    page.get_by_label("Their e-mail addresses").fill("ulla.user@nordicfreight.example")
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_label("API key", exact=True).input_value()
    assert re.fullmatch(r"pmk_[0-9a-f]{12}_[\w-]{43}", secret)
    assert faults_of(page, "made") == []
    request = urllib.request.Request(f"{portal}/api/v1/people", headers={"Authorization": f"Bearer {secret}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        people = json.load(answer)["people"]
    assert [person["address"] for person in people] == ["ulla.user@nordicfreight.example"]
    page.get_by_role("link", name="Done").click()
    assert "ERP" in page.content()
    assert secret not in page.content()
