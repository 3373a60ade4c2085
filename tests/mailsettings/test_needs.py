"""What is missing, area by area: as typed, as stored, and across the areas."""

from datetime import timedelta

import pytest

from accounts.audit import COMMAND_LINE
from mailsettings import credentials, needs
from mailsettings.cards import cards
from mailsettings.models import (
    AppOnlySettings,
    CompanyMailSettings,
    Credential,
    CredentialKind,
    MicrosoftApp,
    SmtpServer,
)
from tests.mailsettings import forms_data as typed


def texts(area: str, company, data=None) -> list[str]:
    return [need.text for need in needs.of(area, company, data)]


def fields(area: str, company, data=None) -> list[str]:
    return [need.field for need in needs.of(area, company, data)]


def store_app(world, ends_in_days: int = 100) -> None:
    MicrosoftApp.objects.create(
        company=world.company, tenant_id=typed.DIRECTORY_ID, client_id=typed.CLIENT_ID
    )
    ends = world.company.today + timedelta(days=ends_in_days)
    kind = CredentialKind.CLIENT_SECRET
    credentials.store(world.company, kind, typed.CLIENT_SECRET, actor=COMMAND_LINE, expires_on=ends)


def store_server(world, **fields: object) -> None:
    SmtpServer.objects.create(company=world.company, **({"host": "smtp.firm.example"} | fields))


def test_an_empty_form_names_each_field_that_is_missing(world):
    assert texts("office365", world.company) == [
        "Directory (tenant) ID is missing.",
        "Application (client) ID is missing.",
        "Client secret is missing.",
        "The day the client secret ends is missing.",
    ]
    assert fields("office365", world.company) == [
        "tenant_id", "client_id", "client_secret", "secret_expires_on",
    ]  # fmt: skip


def test_the_list_shrinks_while_the_form_is_filled_in(world):
    data = typed.office365(client_id="", client_secret="")
    assert texts("office365", world.company, data) == [
        "Application (client) ID is missing.",
        "Client secret is missing.",
    ]
    assert texts("office365", world.company, typed.office365()) == []


def test_what_is_wrong_says_so_in_the_words_beside_the_field(world):
    (sentence,) = texts("office365", world.company, typed.office365(tenant_id="common"))
    assert sentence.startswith("Directory (tenant) ID: “common” lets in accounts")


def test_what_is_stored_is_not_asked_for_again(world):
    store_app(world)
    assert texts("office365", world.company) == []
    data = typed.office365(client_secret="", secret_expires_on=str(world.company.today))
    assert texts("office365", world.company, data) == []


def test_a_secret_that_has_ended_is_named_until_a_new_one_is_typed(world):
    store_app(world, ends_in_days=-1)
    (need,) = needs.of("office365", world.company)
    assert "client secret ended on" in need.text
    assert need.page == "app-credential"
    assert texts("office365", world.company, typed.office365()) == []


def test_a_deleted_secret_is_missing_again(world):
    store_app(world)
    Credential.objects.all().delete()
    assert "Client secret is missing." in texts("office365", world.company)


def test_settings_that_the_policy_passes_over_say_so(world):
    store_app(world)
    world.company.allowed_methods = ["microsoft_graph", "graph_app"]
    policy = CompanyMailSettings.objects.create(company=world.company, use_connections=False)
    (need,) = needs.of("office365", world.company)
    assert (need.text, need.page) == ("The policy switches this way off.", "settings-policy")
    AppOnlySettings.objects.create(company=world.company, use_graph=True)
    assert texts("office365", world.company) == []
    policy.method, policy.use_connections = "company_smtp", True
    policy.save()
    assert texts("office365", world.company) == ["The company sends by Company mail server."]


def test_a_mail_server_without_a_user_name_is_for_peoples_own_passwords(world):
    store_server(world)
    assert texts("smtp", world.company) == []
    assert needs.of_method(world.company, "smtp_password") == []
    assert needs.of_method(world.company, "company_smtp") is None
    CompanyMailSettings.objects.create(company=world.company, use_passwords=False)
    (need,) = needs.of_method(world.company, "company_smtp")
    assert (need.text, need.field) == ("Company's user name is missing.", "user_name")


def test_the_mail_servers_password_is_missing_when_only_the_name_is_typed(world):
    data = typed.smtp(password="")
    assert texts("smtp", world.company, data) == ["Company's password is missing."]
    assert texts("smtp", world.company, typed.smtp()) == []


def test_a_server_without_encryption_takes_nobodys_password(world):
    store_server(world, security="none", authentication="none")
    assert texts("smtp", world.company) == []
    assert needs.of_method(world.company, "smtp_password") is None
    assert needs.of_method(world.company, "company_smtp") == []
    CompanyMailSettings.objects.create(company=world.company, use_company_server=False)
    (need,) = needs.of_method(world.company, "smtp_password")
    assert (need.field, "no encryption" in need.text) == ("security", True)


def test_app_only_needs_a_switch_and_the_app_registration(world):
    assert texts("app-only", world.company) == [
        "Neither way of sending as the app is switched on.",
        "The Office 365 settings of the app are not filled in.",
    ]
    store_app(world)
    assert (
        texts("app-only", world.company, {"use_graph": "on", "as_person": "on", "mailbox_from": "mailbox"})
        == []
    )
    data = {"use_graph": "on", "mailbox_from": "mailbox"}
    assert texts("app-only", world.company, data) == ["Mailbox is missing."]
    Credential.objects.all().delete()
    found = needs.of("app-only", world.company, data)
    assert ("Client secret is missing.", "settings-office365") in [(need.text, need.page) for need in found]


def test_the_policy_says_which_ways_are_on_but_not_complete(world):
    world.company.allowed_methods = ["microsoft_graph", "smtp_password"]
    assert texts("policy", world.company) == ["No way of sending is set up yet."]
    store_app(world, ends_in_days=-3)
    (need,) = needs.of("policy", world.company)
    assert need.text.startswith("Connect to Microsoft: The client secret ended on")
    assert texts("policy", world.company, typed.policy(use_connections="")) == [
        "No way of sending is set up yet."
    ]


def test_the_policys_own_choice_is_judged_as_typed(world):
    store_server(world, authentication="none")
    assert texts("policy", world.company, typed.policy(method="company_smtp")) == []
    assert texts("policy", world.company, typed.policy(method="microsoft_graph")) == [
        "Connect to Microsoft is not set up yet."
    ]


@pytest.mark.parametrize("area", list(needs.AREAS))
def test_no_sentence_holds_what_was_typed_into_a_secret(world, area):
    canary = "secret canary with spaces"
    data = typed.office365(client_secret=canary) | typed.smtp(password=canary + "\n", security="tls")
    assert "canary" not in " ".join(texts(area, world.company, data))


def test_cards_and_lists_never_disagree(world):
    """Whatever is stored: a card needs attention exactly when its method's list is not empty."""
    store_app(world, ends_in_days=-1)
    store_server(world)
    AppOnlySettings.objects.create(company=world.company, use_smtp=True)
    for policy in ({}, {"use_passwords": False}, {"method": "smtp_password"}):
        CompanyMailSettings.objects.update_or_create(company=world.company, defaults=policy)
        by_label = {str(card.label): card.state for card in cards(world.company)}
        for slug, method in needs.catalog.METHODS.items():
            state = by_label[str(method.label)]
            passed_over = needs.unused(needs.policy_of(world.company), slug)
            assert (state.word == "not used") is bool(passed_over)
            listed = [need.text for need in needs.of_method(world.company, slug) or ()]
            if listed and not passed_over:
                assert state.note == " ".join(listed)
