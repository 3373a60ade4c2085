"""The pages of the agreement texts: request in, page and rows out."""

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from mailsettings import agreements
from mailsettings.models import AgreementKind, AgreementText
from tests.accounts.sign_in import sign_in

TYPED = {"kind": "carrier_order", "language": "en", "html": "<p>Pay <b>soon</b></p>", "is_active": "on"}


@pytest.fixture
def admin(client, world):
    sign_in(client, world.admin)
    return client


@pytest.fixture
def text(world):
    values = {"html": "<p>Pay <b>soon</b></p>", "is_active": True}
    agreements.save_text(world.company, "carrier_order", "lv", values, actor=COMMAND_LINE)
    return AgreementText.objects.get()


def at(name: str, *args: object) -> str:
    return reverse(name, args=["Alpha", *args])


def test_the_settings_page_leads_to_the_texts(admin):
    assert at("settings-agreements") in admin.get(at("settings")).content.decode()
    shown = admin.get(at("settings-agreements")).content.decode()
    assert "Order to a carrier" in shown
    assert "Order to a client" in shown
    assert shown.count("No text yet.") == 2


def test_a_text_is_added_and_shown_as_it_will_be_appended(world, admin):
    answer = admin.post(at("settings-agreement-new"), TYPED, follow=True)
    text = AgreementText.objects.get()
    assert answer.redirect_chain == [(at("settings-agreement", text.pk), 302)]
    shown = answer.content.decode()
    assert "The text is saved." in shown
    assert "<hr>\n<p>Pay <b>soon</b></p>" in shown
    assert "-" * 40 + "\n\nPay soon\n</pre>" in shown
    assert (text.company, text.changed_by_label) == (world.company, world.admin.user.email)
    listed = admin.get(at("settings-agreements")).content.decode()
    assert "English" in listed
    assert world.admin.user.email in listed


def test_the_kind_one_came_from_is_chosen_already(admin):
    shown = admin.get(at("settings-agreement-new") + "?kind=client_order").content.decode()
    assert '<option value="client_order" selected>' in shown


def test_what_was_taken_out_is_said_and_what_is_left_is_shown(admin):
    answer = admin.post(at("settings-agreement-new"), TYPED | {"html": "<p>a</p><script>x</script>"})
    shown = answer.content.decode()
    assert "<title>Error: " in shown
    assert "taken out: &lt;script&gt;." in shown
    assert "&lt;p&gt;a&lt;/p&gt;</textarea>" in shown
    assert not AgreementText.objects.exists()


def test_a_change_is_audited_by_size_and_fingerprint_only(world, admin, text):
    page = at("settings-agreement", text.pk)
    assert admin.post(page, {"html": "<p>Pay later</p>"}).status_code == 302
    event = AuditEvent.objects.get(action="agreement_text.changed")
    assert (event.actor, event.object_label) == (world.admin.user, "carrier_order (lv)")
    assert event.details == {
        "html": ["22 bytes, fingerprint a1b65c21", "16 bytes, fingerprint 3e1c624b"],
        "is_active": [True, False],
    }
    text.refresh_from_db()
    assert (text.html, text.is_active) == ("<p>Pay later</p>", False)
    assert "so nothing is appended" in admin.get(page).content.decode()


def test_saving_the_same_again_changes_nothing(admin, text):
    before = AuditEvent.objects.count()
    answer = admin.post(
        at("settings-agreement", text.pk), {"html": text.html, "is_active": "on"}, follow=True
    )
    assert "Nothing was changed." in answer.content.decode()
    assert AuditEvent.objects.count() == before


def test_a_text_is_deleted_after_a_question(admin, text):
    page = at("settings-agreement-delete", text.pk)
    assert "Latvian" in admin.get(page).content.decode()
    assert AgreementText.objects.exists()
    assert admin.post(page).status_code == 302
    assert not AgreementText.objects.exists()
    event = AuditEvent.objects.get(action="agreement_text.deleted")
    assert event.details["html"] == ["22 bytes, fingerprint a1b65c21", None]


def test_a_kind_of_its_own_is_added_used_and_deleted(world, admin):
    kind = {"slug": "client_offer", "label": "Offer to a client"}
    assert admin.post(at("settings-agreement-kind"), kind).status_code == 302
    own = AgreementKind.objects.get(company=world.company)
    admin.post(at("settings-agreement-new"), TYPED | {"kind": "client_offer"})
    delete = at("settings-agreement-kind-delete", own.pk)
    assert "Delete its texts first." in admin.post(delete, follow=True).content.decode()
    AgreementText.objects.all().delete()
    assert "Delete this kind" in admin.get(at("settings-agreements")).content.decode()
    admin.post(delete)
    assert not AgreementKind.objects.exists()
    assert AuditEvent.objects.filter(action__startswith="agreement_kind.").count() == 2


def test_another_companys_texts_and_kinds_are_out_of_reach(world, admin):
    other = world.stranger.company
    own = AgreementKind.objects.create(company=other, slug="offer", label="Their offer")
    text = AgreementText.objects.create(company=other, kind="offer", language="en", html="<p>Theirs</p>")
    assert "Their offer" not in admin.get(at("settings-agreements")).content.decode()
    assert admin.get(at("settings-agreement", text.pk)).status_code == 404
    assert admin.post(at("settings-agreement-delete", text.pk)).status_code == 404
    assert admin.post(at("settings-agreement-kind-delete", own.pk)).status_code == 404
    typed = admin.post(at("settings-agreement-new"), TYPED | {"kind": "offer"})
    assert "not one of the available choices" in typed.content.decode()
