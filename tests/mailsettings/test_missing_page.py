"""The panel beside the forms: on the page itself, and as the answer while somebody types."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from mailsettings.models import Credential, MicrosoftApp, SmtpServer
from mailsettings.presets import presets
from tests.mailsettings import forms_data as typed
from tests.mailsettings.test_pages import admin, allow, at, sign_in  # noqa: F401 - fixtures

AREAS = ("office365", "smtp", "app-only", "policy")


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("area", AREAS)
def test_each_page_shows_its_list_and_asks_for_a_new_one_while_typing(world, admin, area):  # noqa: F811
    shown = text_of(admin.get(at(f"settings-{area}")))
    assert 'id="missing-list"' in shown
    assert f'hx-post="{at(f"settings-missing-{area}")}"' in shown
    assert 'id="settings-form"' in shown


def test_the_answer_counts_and_links_to_the_fields(world, admin):  # noqa: F811
    data = typed.office365(client_id="", client_secret="")
    answer = text_of(admin.post(at("settings-missing-office365"), data))
    assert "2 things are missing" in answer
    assert '<a href="#id_client_id">Application (client) ID is missing.</a>' in answer
    assert '<a href="#id_client_secret">Client secret is missing.</a>' in answer
    data["client_secret"] = typed.CLIENT_SECRET
    assert "1 thing is missing" in text_of(admin.post(at("settings-missing-office365"), data))
    data["client_id"] = typed.CLIENT_ID
    assert "Nothing is missing" in text_of(admin.post(at("settings-missing-office365"), data))


def test_checking_stores_nothing_and_echoes_nothing(world, admin):  # noqa: F811
    answers = [
        text_of(admin.post(at("settings-missing-office365"), typed.office365(tenant_id="typed-canary"))),
        text_of(
            admin.post(at("settings-missing-smtp"), typed.smtp(host="typed canary", password="p canary"))
        ),
    ]
    assert "canary" not in "".join(answers)
    assert typed.CLIENT_SECRET not in "".join(answers)
    assert not MicrosoftApp.objects.exists()
    assert not SmtpServer.objects.exists()
    assert not Credential.objects.exists()
    assert not AuditEvent.objects.filter(company=world.company).exists()


def test_after_a_failed_save_the_page_lists_what_was_typed(world, admin):  # noqa: F811
    shown = text_of(admin.post(at("settings-office365"), typed.office365(client_id="")))
    assert "1 thing is missing" in shown


@pytest.mark.parametrize("area", AREAS)
def test_the_check_is_for_admins_by_post_and_with_a_token(world, admin, sign_in, area):  # noqa: F811
    page = at(f"settings-missing-{area}")
    assert admin.get(page).status_code == 405
    assert sign_in(world.user).post(page).status_code == 403
    assert sign_in(world.stranger).post(page).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.admin.user)
    assert strict.post(page).status_code == 403


def test_a_way_that_is_not_allowed_is_not_checked_either(world, admin):  # noqa: F811
    allow(world, "company_smtp")
    assert admin.post(at("settings-missing-office365")).status_code == 403
    assert admin.post(at("settings-missing-smtp")).status_code == 200


def test_typing_microsofts_server_brings_the_warning(world, admin):  # noqa: F811
    page = at("settings-missing-smtp")
    assert "is ending" in text_of(admin.post(page, typed.smtp(host="smtp.office365.com")))
    answer = text_of(admin.post(page, typed.smtp()))
    assert "is ending" not in answer
    assert '<div id="ending" role="status" hx-swap-oob="true"></div>' in answer


def test_a_provider_fills_in_its_server_without_saving(world, admin):  # noqa: F811
    shown = text_of(admin.get(at("settings-smtp"), {"preset": "microsoft-global"}))
    assert 'value="smtp.office365.com"' in shown
    assert 'value="587"' in shown
    assert "Filled in for Microsoft 365 (worldwide, GCC)." in shown
    assert "is ending" in shown
    assert "Mail server is missing." not in shown
    assert not SmtpServer.objects.exists()


def test_a_provider_keeps_the_rest_of_what_is_stored(world, admin):  # noqa: F811
    admin.post(at("settings-smtp"), typed.smtp(timeout_s="77"))
    shown = text_of(admin.get(at("settings-smtp"), {"preset": "fastmail", "replace": ""}))
    for value in ("smtp.fastmail.com", "465", "77", "orders@firm.example"):
        assert f'value="{value}"' in shown
    assert 'type="password"' in shown, "the stored password was for another server"
    assert SmtpServer.objects.get().host == "smtp.firm.example"


def test_an_unknown_provider_is_ignored(world, admin):  # noqa: F811
    assert "Mail server is missing." in text_of(admin.get(at("settings-smtp"), {"preset": "nobody"}))


@pytest.mark.parametrize("slug", presets())
def test_every_provider_passes_the_forms_own_rules(world, admin, slug):  # noqa: F811
    values = {name: str(value) for name, value in presets()[slug].values.items()}
    assert admin.post(at("settings-smtp"), typed.smtp(**values)).status_code == 302
