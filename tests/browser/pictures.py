"""The pictures of README and docs: `make screenshots`. Not a test: pytest runs it only when it is named."""

import base64
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Company, Membership
from mailsettings.models import SmtpServer
from sender.doctor import runs
from sender.models import SendingMailbox
from tests.browser.lived_in import live_a_month
from tests.sender.helpers import open_relay

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
ADMIN = "anna.admin@nordicfreight.example"
AS_WEBP = """async source => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  const blob = await canvas.convertToBlob({type: "image/webp", quality: 0.92});
  const reader = new FileReader();
  reader.readAsDataURL(blob);
  await new Promise(done => reader.onload = done);
  return reader.result;
}"""
WIDE, PHONE = {"width": 1160, "height": 740}, {"width": 390, "height": 780}


@pytest.fixture
def lived_in(portal, sandbox) -> dict[str, str]:
    """Name of the picture -> path."""
    company = Company.objects.get(code="NordicFreight")
    admin = Membership.objects.get(company=company, user__email=ADMIN)
    server = open_relay(admin, host="mail.nordicfreight.example", security="none")
    failed = live_a_month(company)
    SendingMailbox.objects.update(last_worked_at=timezone.now())
    there = SmtpServer.objects.filter(pk=server.pk)
    there.update(host="localhost", port=sandbox.ports.relay)  # for the check alone, which really connects
    runs.ask(admin, asked_by=ADMIN)
    run = runs.perform(runs.take(timezone.now()))
    there.update(host=server.host, port=server.port)
    base = f"/{company.code}"
    return {
        "overview": f"{base}/",
        "people": f"{base}/people/",
        "settings": f"{base}/settings/",
        "outbox": f"{base}/outbox/",
        "message": f"{base}/outbox/{failed.pk}/",
        "check": f"{base}/check/{run.pk}/",
    }


def test_take_pictures(lived_in: dict[str, str], sign_in, portal: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    page = sign_in(ADMIN)
    for name, path in lived_in.items():
        _take(page, portal + path, name, WIDE)
    page.emulate_media(color_scheme="dark")
    _take(page, portal + lived_in["overview"], "overview-dark", WIDE)
    page.emulate_media(color_scheme="light")
    _take(page, f"{portal}/NordicFreight/profile/", "profile-phone", PHONE)


def _take(page: Page, address: str, name: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.goto(address)
    (FOLDER / f"{name}.webp").write_bytes(_as_webp(page, page.screenshot()))


def _as_webp(page: Page, png: bytes) -> bytes:
    """By the browser itself: a quarter of the bytes, and no further package."""
    painter = page.context.new_page()
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    made = painter.evaluate(AS_WEBP, source)
    painter.close()
    return base64.b64decode(made.partition(",")[2])
