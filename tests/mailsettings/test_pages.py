"""The settings pages: request in, page and rows out."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from mailsettings import credentials, services
from mailsettings.models import Credential, CredentialKind, MicrosoftApp, SmtpServer, UserMailSettings
from tests.mailsettings import forms_data as typed

COMPANY_PAGES = ("settings", "settings-smtp", "settings-office365", "settings-policy", "settings-app-only")
OWN_PAGES = ("profile-method", "profile-password", "profile-gmail")
SERVER = {"host": "smtp.firm.example", "port": 587, "security": "starttls", "user_name": "orders"}


@pytest.fixture
def sign_in(world):
    """A browser in which this person has just typed his password."""

    def browser_of(membership) -> Client:
        cache.clear()  # the counters of the rate limits
        browser = Client()
        form = {"login": membership.user.email, "password": "correct horse battery"}
        assert browser.post(reverse("account_login"), form).status_code == 302
        return browser

    return browser_of


@pytest.fixture
def admin(world, sign_in):
    return sign_in(world.admin)


@pytest.fixture
def user(world, sign_in):
    return sign_in(world.user)


def at(name: str, *args: object) -> str:
    return reverse(name, args=["Alpha", *args])


def store(world, kind: str, membership=None) -> Credential:
    return credentials.store(world.company, kind, "stored secret", actor=COMMAND_LINE, membership=membership)


def allow(world, *methods: str) -> None:
    world.company.allowed_methods = list(methods)
    world.company.save()


@pytest.mark.parametrize("name", COMPANY_PAGES)
def test_the_companys_settings_are_for_its_admins(world, sign_in, name):
    assert sign_in(world.admin).get(at(name)).status_code == 200
    for other in (world.support, world.user):
        browser = sign_in(other)
        assert browser.get(at(name)).status_code == 403
        assert browser.post(at(name)).status_code == 403
    assert sign_in(world.stranger).get(at(name)).status_code == 404
    assert Client().get(at(name)).status_code == 302


@pytest.mark.parametrize("name", OWN_PAGES)
def test_everybody_has_his_own_pages(world, sign_in, name):
    for member in (world.admin, world.support, world.user):
        assert sign_in(member).get(at(name)).status_code == 200
    assert sign_in(world.stranger).get(at(name)).status_code == 404


def test_office_365_is_saved_and_its_secret_never_comes_back(world, admin):
    page = at("settings-office365")
    assert 'value="http://testserver/Alpha/oauth/microsoft/callback"' in admin.get(page).content.decode()
    answer = admin.post(page, typed.office365(), follow=True)
    assert "The Office 365 settings are saved." in answer.content.decode()
    assert str(world.company.microsoft_app.client_id) == typed.CLIENT_ID
    stored = credentials.stored(world.company, CredentialKind.CLIENT_SECRET)
    assert stored.reveal() == typed.CLIENT_SECRET
    for address in (page, page + "?replace"):
        shown = admin.get(address).content.decode()
        assert typed.CLIENT_SECRET not in shown
        assert typed.DIRECTORY_ID in shown
    assert stored.fingerprint in admin.get(page).content.decode()
    assert 'name="client_secret"' not in admin.get(page).content.decode()
    assert 'name="client_secret"' in admin.get(page + "?replace").content.decode()


def test_the_chosen_callback_address_is_the_one_to_copy(world, admin):
    admin.post(at("settings-office365"), typed.office365(callback_form="aspx"))
    shown = admin.get(at("settings-office365")).content.decode()
    assert 'value="http://testserver/Alpha/Services/Office365Callback.aspx"' in shown
    assert 'value="http://testserver/Alpha/oauth/microsoft/callback"' not in shown


def test_mistakes_are_listed_on_top_and_typed_values_kept_except_the_secret(world, admin):
    answer = admin.post(at("settings-office365"), typed.office365(tenant_id="common"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r"<title>\s*Error: ", shown)
    assert '<a href="#id_tenant_id">' in shown
    assert "lets in accounts of any company" in shown
    assert 'value="common"' in shown
    assert typed.CLIENT_ID in shown
    assert typed.CLIENT_SECRET not in shown
    assert not MicrosoftApp.objects.exists()


def test_the_mail_server_is_saved_and_its_password_kept_when_not_replaced(world, admin):
    admin.post(at("settings-smtp"), typed.smtp())
    kept = {name: value for name, value in typed.smtp(port="2525").items() if name != "password"}
    assert admin.post(at("settings-smtp"), kept).status_code == 302
    assert world.company.smtp_server.port == 2525
    assert credentials.stored(world.company, CredentialKind.SMTP_PASSWORD).reveal() == "long and secret"


def test_the_password_field_opens_when_the_server_changes(world, admin):
    admin.post(at("settings-smtp"), typed.smtp())
    moved = typed.smtp(host="smtp.other.example", password="")
    shown = admin.post(at("settings-smtp"), moved).content.decode()
    assert "Type the password again" in shown
    assert 'name="password"' in shown
    assert world.company.smtp_server.host == "smtp.firm.example"


def test_saving_the_same_again_says_so_and_is_not_audited(world, admin):
    admin.post(at("settings-policy"), typed.policy())
    before = AuditEvent.objects.count()
    answer = admin.post(at("settings-policy"), typed.policy(), follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert AuditEvent.objects.count() == before


def test_a_change_is_audited_as_the_person_who_made_it(world, admin):
    admin.post(at("settings-policy"), typed.policy(give_up_hours="48"))
    event = AuditEvent.objects.get(action="mail_policy.added")
    assert (event.company, event.actor, event.ip_address) == (world.company, world.admin.user, "127.0.0.1")
    assert event.details["give_up_hours"] == [None, 48]


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        (
            "settings-office365",
            {
                "microsoft_graph",
                "microsoft_smtp",
                "graph_password",
                "graph_app",
                "smtp_app",
                "company_mailbox",
            },
        ),
        ("settings-google", {"google_api", "google_smtp"}),
        ("settings-app-only", {"graph_app", "smtp_app"}),
        ("profile-password", {"smtp_password", "graph_password"}),
        ("profile-gmail", {"gmail_app_password"}),
    ],
)
def test_a_way_the_operator_has_not_allowed_is_refused(world, admin, name, methods):
    services.save_smtp_server(world.company, SERVER, actor=COMMAND_LINE)
    others = [slug for slug in world.company.allowed_methods if slug not in methods]
    allow(world, *others)
    forms = typed.office365() | {"password": "x", "app_password": "abcdefghijklmnop"}
    assert admin.get(at(name)).status_code == 403
    answer = admin.post(at(name), forms)
    assert answer.status_code == 403
    assert "have not allowed this way" in answer.content.decode()
    assert not Credential.objects.exists()


def test_the_mail_server_serves_two_ways_and_is_refused_without_either(world, admin):
    allow(world, "company_smtp")
    assert admin.get(at("settings-smtp")).status_code == 200
    allow(world, "microsoft_graph")
    assert admin.post(at("settings-smtp"), typed.smtp()).status_code == 403
    assert not SmtpServer.objects.exists()


def test_an_e_mail_password_waits_for_a_server_that_encrypts(world, user):
    allow(world, "smtp_password")
    assert "not filled in yet" in user.get(at("profile-password")).content.decode()
    services.save_smtp_server(world.company, SERVER | {"security": "none"}, actor=COMMAND_LINE)
    assert "does not encrypt" in user.post(at("profile-password"), {"password": "x"}).content.decode()
    assert not Credential.objects.exists()


def test_a_person_stores_his_e_mail_password(world, user):
    services.save_smtp_server(world.company, SERVER, actor=COMMAND_LINE)
    answer = user.post(at("profile-password"), {"password": " mine ", "from_name": "Bob B."})
    assert answer.url == at("profile")
    stored = credentials.stored(world.company, CredentialKind.USER_PASSWORD, world.user)
    assert (stored.reveal(), stored.set_by) == ("mine", world.user.user)
    assert UserMailSettings.objects.get(membership=world.user).from_name == "Bob B."


def test_a_person_stores_his_app_password_for_the_server_that_is_filled_in(world, user):
    assert "smtp.gmail.com:465" in user.get(at("profile-gmail")).content.decode()
    user.post(at("profile-gmail"), {"app_password": "abcd efgh ijkl mnop", "user_name": "bob@gmail.example"})
    stored = credentials.stored(world.company, CredentialKind.GMAIL_APP_PASSWORD, world.user)
    assert stored.reveal() == "abcdefghijklmnop"


def test_a_person_chooses_among_the_allowed_ways(world, user):
    user.post(at("profile-method"), {"method": "smtp_password"})
    assert UserMailSettings.objects.get(membership=world.user).method == "smtp_password"
    allow(world, "microsoft_graph")
    shown = user.post(at("profile-method"), {"method": "gmail_app_password"}).content.decode()
    assert "Select a valid choice" in shown


def test_a_secret_is_deleted_after_a_page_that_says_what_stops(world, admin):
    credential = store(world, CredentialKind.CLIENT_SECRET)
    page = at("credential-delete", credential.pk)
    assert "Nobody in the company can connect" in admin.get(page).content.decode()
    assert Credential.objects.exists()
    assert admin.post(page).url == at("settings-office365")
    assert not Credential.objects.exists()
    assert AuditEvent.objects.filter(action="credential.deleted", actor=world.admin.user).exists()


def test_a_person_deletes_his_own_secret_and_an_admin_anybodys(world, user, admin):
    mine = store(world, CredentialKind.USER_PASSWORD, world.user)
    assert user.post(at("credential-delete", mine.pk)).url == at("profile")
    again = store(world, CredentialKind.GMAIL_APP_PASSWORD, world.user)
    assert admin.post(at("credential-delete", again.pk)).url == at("person", world.user.pk)
    assert not Credential.objects.exists()


def test_nobody_elses_secret_can_be_deleted(world, sign_in):
    company_secret = store(world, CredentialKind.CLIENT_SECRET)
    bobs = store(world, CredentialKind.USER_PASSWORD, world.user)
    for browser in (sign_in(world.colleague), sign_in(world.support)):
        for credential in (company_secret, bobs):
            assert browser.post(at("credential-delete", credential.pk)).status_code == 404
    stranger = sign_in(world.stranger)
    assert stranger.post(at("credential-delete", bobs.pk)).status_code == 404
    assert stranger.post(reverse("credential-delete", args=["Omega", bobs.pk])).status_code == 404
    assert Credential.objects.count() == 2


@pytest.mark.parametrize("name", ["settings-smtp", "settings-office365", "profile-password", "profile-gmail"])
def test_a_page_that_takes_a_secret_asks_for_the_password_again(world, admin, name, monkeypatch):
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("time.time", later.timestamp)
    answer = admin.get(at(name))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert admin.post(at(name), typed.office365() | typed.smtp()).url.startswith(
        reverse("account_reauthenticate")
    )
    assert not Credential.objects.exists()


def states(browser: Client) -> list[str]:
    shown = browser.get(at("settings")).content.decode().partition('id="second-step"')[0]
    return re.findall(r'<span class="pill tone-\w+">([^<]+)</span>', shown)


def test_the_cards_say_how_far_each_way_is(world, admin):
    allow(world, *(slug for slug in world.company.allowed_methods if slug != "graph_password"))
    assert states(admin) == [
        "not set up",
        "not used",
        "not set up",
        "not set up",
        "not set up",
        "not allowed by the operator",
        "ready",
        "not set up",
        "not set up",
        "not set up",
        "not set up",
    ]
    admin.post(at("settings-smtp"), typed.smtp())
    admin.post(at("settings-office365"), typed.office365())
    assert states(admin) == [
        "saved",
        "not used",
        "not set up",
        "not set up",
        "saved",
        "not allowed by the operator",
        "ready",
        "not set up",
        "not set up",
        "not set up",
        "saved",
    ]
    Credential.objects.filter(kind="smtp_password").delete()
    Credential.objects.filter(kind="client_secret").update(
        expires_on=timezone.localdate() + timedelta(days=5)
    )
    assert states(admin) == [
        "needs attention",
        "not used",
        "not set up",
        "not set up",
        "saved",
        "not allowed by the operator",
        "ready",
        "not set up",
        "not set up",
        "not set up",
        "needs attention",
    ]
    Credential.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert "Nobody can send until it is replaced" in admin.get(at("settings")).content.decode()
    allow(world, "company_smtp")
    assert states(admin) == ["not allowed by the operator"] * 10 + ["needs attention"]


def test_an_admin_chooses_the_companys_language(world, admin):
    answer = admin.post(at("settings-language"), {"locale": "lv"}, follow=True)
    assert answer["Content-Language"] == "lv"
    assert '<option value="lv" selected>' in answer.content.decode()
    event = AuditEvent.objects.filter(action="company.changed").first()
    assert event.details == {"locale": ["en", "lv"]}


@pytest.mark.parametrize("typed_language", ["fr", "", "LV"])
def test_a_language_that_is_not_spoken_changes_nothing(world, admin, typed_language):
    admin.post(at("settings-language"), {"locale": typed_language})
    world.company.refresh_from_db()
    assert world.company.locale == "en"
    assert not AuditEvent.objects.filter(action="company.changed").exists()
