"""Secrets typed into every form, rightly and wrongly, and then every page that could show them."""

import pytest
from django.urls import reverse

from accounts import services
from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent, Role, User
from mailsettings.models import Credential, CredentialKind
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator
from tests.mailsettings import forms_data
from tests.safety import canaries
from tests.test_walk import patterns

NO_ROWS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.fixture
def admin(search, world):
    return sign_in(search.client(), world.admin)


@pytest.fixture
def user(search, world):
    return sign_in(search.client(), world.user)


def page(name: str) -> str:
    return reverse(name, args=["Alpha"])


def stored(kind: str) -> str:
    return Credential.objects.get(kind=kind).reveal()


def office365(**changes: object) -> dict[str, object]:
    return forms_data.office365(client_secret=canaries.CLIENT_SECRET, **changes)


def smtp(**changes: object) -> dict[str, object]:
    return forms_data.smtp(password=canaries.SMTP_PASSWORD, **changes)


@pytest.mark.parametrize(
    "wrong",
    [{"tenant_id": "common"}, {"client_id": "no"}, {"secret_expires_on": "2001-01-01"}, {"cloud": "moon"}],
)
def test_a_client_secret_is_not_shown_with_the_mistakes_beside_it(search, admin, wrong):
    assert "error" in admin.post(page("settings-office365"), office365(**wrong)).content.decode()
    search.assert_clean()


@pytest.mark.parametrize("secret", [f" {canaries.CLIENT_SECRET} x", f"{canaries.CLIENT_SECRET}***"])
def test_a_wrong_client_secret_is_not_repeated(search, admin, secret):
    answer = admin.post(page("settings-office365"), office365() | {"client_secret": secret})
    assert "error" in answer.content.decode()
    search.assert_clean()


@pytest.mark.parametrize(
    "wrong", [{"host": "https://x"}, {"port": "465"}, {"user_name": "a b@c"}, {"security": "none"}]
)
def test_a_mail_servers_password_is_not_shown_with_the_mistakes_beside_it(search, admin, wrong):
    assert "error" in admin.post(page("settings-smtp"), smtp(**wrong)).content.decode()
    search.assert_clean()


@pytest.mark.parametrize("area", ["office365", "smtp", "app-only", "policy"])
def test_checking_a_form_while_it_is_typed_repeats_no_secret(search, admin, area):
    for wrong in ({}, {"client_id": "no", "port": "465"}, {"client_secret": f"{canaries.CLIENT_SECRET}***"}):
        typed = office365() | smtp() | wrong
        assert "missing" in admin.post(page(f"settings-missing-{area}"), typed).content.decode()
    assert not Credential.objects.exists()
    search.assert_clean()


def test_the_companys_secrets_are_stored_replaced_and_deleted_without_a_trace(search, admin):
    for _set_then_replaced in range(2):
        assert admin.post(page("settings-office365"), office365()).status_code == 302
        assert admin.post(page("settings-smtp"), smtp()).status_code == 302
        assert stored("client_secret") == canaries.CLIENT_SECRET
        assert stored("smtp_password") == canaries.SMTP_PASSWORD
        Credential.objects.all().delete()
    admin.post(page("settings-office365"), office365())
    admin.post(page("settings-smtp"), smtp())
    for address in ("settings", "settings-office365", "settings-smtp", "audit", "overview"):
        assert admin.get(page(address)).status_code == 200
        admin.get(page(address) + "?replace=1")
    for credential in Credential.objects.all():
        delete = reverse("credential-delete", args=["Alpha", credential.pk])
        assert admin.get(delete).status_code == 200
        assert admin.post(delete).status_code == 302
    search.assert_clean()


def test_a_persons_passwords_leave_no_trace(search, admin, user):
    admin.post(page("settings-smtp"), smtp())
    wrong = {"password": canaries.EMAIL_PASSWORD, "user_name": "a b@c"}
    assert "error" in user.post(page("profile-password"), wrong).content.decode()
    assert user.post(page("profile-password"), wrong | {"user_name": ""}).status_code == 302
    for typed in (canaries.typed(canaries.APP_PASSWORD) + " x", canaries.APP_PASSWORD + "x"):
        assert "error" in user.post(page("profile-gmail"), {"app_password": typed}).content.decode()
    typed = {"app_password": canaries.typed(canaries.APP_PASSWORD)}
    assert user.post(page("profile-gmail"), typed).status_code == 302
    assert stored("gmail_app_password") == canaries.APP_PASSWORD
    for address in ("profile", "profile-password", "profile-gmail", "profile-method", "overview"):
        assert user.get(page(address)).status_code == 200
    search.assert_clean()


def test_a_secret_typed_when_the_sign_in_was_too_long_ago_is_dropped(search, world):
    late = sign_in(search.client(), world.admin, minutes_ago=120)
    assert "reauthenticate" in late.post(page("settings-office365"), office365()).url
    assert not Credential.objects.exists()
    search.assert_clean()


def test_the_password_of_the_portal_is_nowhere_in_clear(search, world, client):
    person, browser = world.user.user, search.client()
    person.set_password(canaries.SIGN_IN_PASSWORD)
    person.save()
    secret, wrong = canaries.SIGN_IN_PASSWORD, canaries.EMAIL_PASSWORD
    login = reverse("account_login")
    browser.post(login, {"login": person.email, "password": wrong})
    browser.post(login, {"login": "nobody@people.example", "password": secret})
    browser.post(login, {"login": secret, "password": ""})
    assert browser.post(login, {"login": person.email, "password": secret}).status_code == 302
    browser.post(reverse("account_reauthenticate"), {"password": wrong})
    assert browser.post(reverse("account_reauthenticate"), {"password": secret}).status_code == 302
    change = reverse("account_change_password")
    browser.post(change, {"oldpassword": wrong, "password1": canaries.SMTP_PASSWORD})
    browser.post(change, {"oldpassword": secret, "password1": "short"})
    browser.post(change, {"oldpassword": secret, "password1": canaries.SMTP_PASSWORD})
    person.refresh_from_db()
    assert person.check_password(canaries.SMTP_PASSWORD)
    # The address field shows what was typed into it, a password typed there by mistake as well.
    shown = [part for part in search.parts if secret.encode() in part[1]]
    search.parts = [part for part in search.parts if part not in shown]
    assert {where for where, _ in shown} == {f"POST {login}"}
    search.assert_clean()


def test_an_invited_persons_password_and_link_are_nowhere_in_clear(search, world):
    _invitation, link = services.invite(world.company, "new@people.example", Role.USER, COMMAND_LINE)
    path, token = link.removeprefix("http://testserver"), link.rstrip("/").rpartition("/")[2]
    browser = search.client()
    browser.get(path)
    form = {"name": "", "password": canaries.SIGN_IN_PASSWORD}
    assert "error" in browser.post(path, form).content.decode()
    assert browser.post(path, form | {"name": "New"}).status_code == 302
    assert User.objects.get(email="new@people.example").check_password(canaries.SIGN_IN_PASSWORD)
    browser.get(path)
    search.assert_clean()
    everywhere_but_pages = [part for part in search.everything() if "/invite/" not in part[0]]
    assert [where for where, content in everywhere_but_pages if token.encode() in content] == []


def test_the_operators_pages_show_no_secret(search, vault):
    operator = sign_in(search.client(), make_operator())
    add, password = reverse("admin:accounts_user_add"), canaries.SIGN_IN_PASSWORD
    fields = {"email": "next@portal.example", "name": "Next", "platform_role": "operator", **NO_ROWS}
    mistyped = {"password1": password, "password2": password + "x"}
    assert "error" in operator.post(add, fields | mistyped).content.decode()
    assert operator.post(add, fields | {"password1": password, "password2": password}).status_code == 302
    rows = [vault.company, vault.user.user, AuditEvent.objects.first()]
    addresses = [reverse(f"admin:{r._meta.app_label}_{r._meta.model_name}_change", args=[r.pk]) for r in rows]
    addresses += [
        "/" + route
        for route, _name in patterns()
        if route.startswith("operator/") and "<" not in route and "(" not in route
    ]
    for address in addresses:
        assert operator.get(address).status_code < 500, address
    assert not any("credential" in route for route, _name in patterns() if route.startswith("operator/"))
    search.assert_clean()


@pytest.mark.parametrize("role", ["admin", "support", "user"])
def test_no_page_shows_what_is_stored(search, vault, role):
    browser = sign_in(search.client(), getattr(vault, role))
    for route, _name in patterns():
        path = "/" + route.replace("<company:company_code>", "Alpha").replace(
            "<uuid:membership_id>", str(vault.user.pk)
        )
        credential = Credential.objects.get(kind=CredentialKind.USER_PASSWORD)
        path = path.replace("<uuid:credential_id>", str(credential.pk))
        if "<" not in path and "(" not in path:
            assert browser.get(path).status_code < 500, path
    search.assert_clean()
