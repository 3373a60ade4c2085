"""Reading a stored message: who may, that it is audited, and that nothing in it can do anything."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from core.crypto import DecryptionFailed
from mailsettings.models import CompanyMailSettings
from sender.mime import Attachment
from sender.models import Content, OutboxMessage
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import hand_over

HTML = '<p onclick="x()">Canary text</p><script>alert(1)</script><img src="https://spy.example/p.gif">'


@pytest.fixture
def message(world) -> OutboxMessage:
    files = (Attachment('../or"der.pdf', b"%PDF canary", "application/pdf"),)
    return hand_over(world.user, subject="Order 1", text="Canary <b>text</b>", html=HTML, attachments=files)


def page_of(message: OutboxMessage, part: str = "") -> str:
    return f"/Alpha/outbox/{message.pk}/content/{part}"


def client_of(person) -> Client:
    return sign_in(Client(), person)


def shown_to(world, whom: str) -> None:
    CompanyMailSettings.objects.update_or_create(company=world.company, defaults={"bodies_shown_to": whom})


@pytest.mark.parametrize(
    ("whom", "admin", "support"),
    [("nobody", 403, 403), ("admins", 200, 403), ("staff", 200, 200), (None, 403, 403)],
)
def test_others_read_it_only_as_the_company_says_and_the_person_always(world, message, whom, admin, support):
    if whom:
        shown_to(world, whom)
    for part in ("", "html/", "0/"):
        assert client_of(world.admin).get(page_of(message, part)).status_code == admin
        assert client_of(world.support).get(page_of(message, part)).status_code == support
        assert client_of(world.user).get(page_of(message, part)).status_code == 200
        assert client_of(world.colleague).get(page_of(message, part)).status_code == 404
        assert client_of(world.stranger).get(page_of(message, part)).status_code == 404


@pytest.mark.parametrize("who", ["admin", "support", "user"])
def test_no_other_page_shows_what_it_says(world, message, who):
    shown_to(world, "staff")
    client = client_of(getattr(world, who))
    for path in (f"/Alpha/outbox/{message.pk}/", "/Alpha/outbox/", "/Alpha/"):
        assert "Canary" not in client.get(path).content.decode()
    assert not AuditEvent.objects.filter(action="message.body_viewed").exists()


def test_each_reading_is_in_the_audit_log_without_the_words(world, message):
    client = client_of(world.user)
    client.get(page_of(message))
    client.get(page_of(message))
    client.get(page_of(message, "html/"))  # the frame of the second
    client.get(page_of(message, "0/"))
    events = AuditEvent.objects.filter(object_label=message.message_id, actor=world.user.user).order_by("pk")
    assert [row.action for row in events] == ["message.body_viewed"] * 2 + ["message.attachment_downloaded"]
    assert "anary" not in str(list(events.values()))
    assert "Read by bob@people.example" in client.get(f"/Alpha/outbox/{message.pk}/").content.decode()


def test_the_frame_opened_by_itself_is_a_reading_too(world, message):
    client_of(world.user).get(page_of(message, "html/"))
    assert AuditEvent.objects.filter(action="message.body_viewed").count() == 1


def test_text_is_shown_as_text(world, message):
    response = client_of(world.user).get(page_of(message))
    html = response.content.decode()
    assert "Canary &lt;b&gt;text&lt;/b&gt;" in html
    assert "alert(1)" not in html
    assert '<iframe class="mail-frame" sandbox src=' in html
    assert "frame-src 'self'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"


def test_html_runs_loads_and_submits_nothing(world, message):
    response = client_of(world.user).get(page_of(message, "html/"))
    rules = {rule.strip() for rule in response["Content-Security-Policy"].split(";")}
    wanted = {"default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'", "sandbox"}
    assert wanted <= rules
    assert not any(rule.startswith("script-src") for rule in rules)
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_saved_under_a_harmless_name_and_never_shown(world, message):
    response = client_of(world.user).get(page_of(message, "0/"))
    assert response.content == b"%PDF canary"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert "/" not in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client_of(world.user).get(page_of(message, "1/")).status_code == 404


def test_a_deleted_text_is_not_an_empty_one(world, message):
    Content.objects.all().delete()
    client = client_of(world.user)
    assert "were deleted after the time" in client.get(page_of(message)).content.decode()
    assert client.get(page_of(message, "html/")).status_code == 404
    assert not AuditEvent.objects.filter(action="message.body_viewed").exists()


def test_a_missing_key_is_said(world, message, monkeypatch):
    def fail(self: Content) -> bytes:
        raise DecryptionFailed("no key")

    monkeypatch.setattr(Content, "unseal", fail)
    assert "cannot be decrypted" in client_of(world.user).get(page_of(message)).content.decode()


def test_the_message_page_offers_reading_only_to_those_who_may(world, message):
    page = f"/Alpha/outbox/{message.pk}/"
    assert "Read the message" in client_of(world.user).get(page).content.decode()
    html = client_of(world.admin).get(page).content.decode()
    assert "Read the message" not in html
    assert "Change that in the mail policy" in html
    assert "Change that in the mail policy" not in client_of(world.support).get(page).content.decode()


def test_a_very_large_message_is_not_read_into_memory(world, message):
    OutboxMessage.objects.update(size_bytes=140_000_000)
    client = client_of(world.user)
    assert "too large to be shown here" in client.get(page_of(message)).content.decode()
    assert client.get(page_of(message, "0/")).status_code == 404
