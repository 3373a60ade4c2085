"""One e-mail password, two ways that can use it: which one it is for, and what people are told of it."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from mailsettings import catalog, credentials, services
from mailsettings.email_password import way_of
from mailsettings.forms import CompanyForm
from mailsettings.models import CredentialKind, SmtpServer, UserMailSettings
from tests.factories import make_operator

PASSWORD_PAGE = "/Alpha/settings/mine/password/"


@pytest.fixture
def user(world):
    """Bob's browser, in which he has just typed his password for the portal."""
    cache.clear()  # the counters of the rate limits
    browser = Client()
    form = {"login": world.user.user.email, "password": "correct horse battery"}
    assert browser.post(reverse("account_login"), form).status_code == 302
    return browser


def allow(world, *methods: str) -> None:
    world.company.allowed_methods = list(methods)
    world.company.save()


def set_up_server(world, security: str = "starttls") -> None:
    SmtpServer.objects.update_or_create(
        company=world.company, defaults={"host": "mail.alpha.example", "port": 587, "security": security}
    )


@pytest.mark.parametrize(
    ("allowed", "security", "chosen", "way"),
    [
        (["smtp_password"], "starttls", "", "smtp_password"),
        (["smtp_password"], "", "", "smtp_password"),
        (["graph_password"], "starttls", "", "graph_password"),
        (["smtp_password", "graph_password"], "starttls", "", "smtp_password"),
        (["smtp_password", "graph_password"], "starttls", "graph_password", "graph_password"),
        (["smtp_password", "graph_password"], "none", "", "graph_password"),
        (["smtp_password", "graph_password"], "", "", "graph_password"),
        (["smtp_password"], "starttls", "graph_password", "smtp_password"),
    ],
)
def test_the_way_is_the_chosen_one_else_the_first_that_can_take_it(world, allowed, security, chosen, way):
    allow(world, *allowed)
    if security:
        set_up_server(world, security)
    services.save_person(world.user, {"method": chosen}, actor=COMMAND_LINE)
    assert way_of(world.user) == way


def test_a_person_types_it_for_microsoft_and_reads_what_speaks_against_it(world, user):
    allow(world, "graph_password")
    page = user.get(PASSWORD_PAGE).content.decode()
    assert "sent only to Microsoft’s sign-in" in page
    assert "cannot pass a second factor" in page
    answer = user.post(PASSWORD_PAGE, {"password": " mine ", "user_name": "bob@alpha.example"})
    assert answer.status_code == 302
    stored = credentials.stored(world.company, CredentialKind.USER_PASSWORD, world.user)
    assert stored.reveal() == "mine"
    assert UserMailSettings.objects.get(membership=world.user).method == "graph_password"
    profile = user.get(reverse("profile", args=["Alpha"])).content.decode()
    assert "Mail leaves through Microsoft Graph" in profile
    assert "cannot pass a second factor" in profile


def test_the_companys_card_and_the_operators_page_say_what_speaks_against_it(world, client):
    client.force_login(world.admin.user)
    page = client.get(reverse("settings", args=["Alpha"])).content.decode()
    assert page.count("It cannot pass a second factor (MFA), and Microsoft advises against it") == 1
    client.force_login(make_operator())
    page = client.get(f"/operator/accounts/company/{world.company.pk}/change/").content.decode()
    assert "learn.microsoft.com/entra/identity-platform/v2-oauth-ropc" in page
    allow(world, "smtp_password")
    client.force_login(world.admin.user)
    assert "advises against" not in client.get(reverse("settings", args=["Alpha"])).content.decode()


def test_a_new_company_does_not_have_it_and_every_way_can_be_allowed(db):
    form = CompanyForm()
    assert form.instance.allowed_methods == []
    assert [slug for slug, _label in form.fields["allowed_methods"].choices] == list(catalog.METHODS)
