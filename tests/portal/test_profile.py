"""The profile: what the person sends as, why, and his ways of signing in."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import (
    CompanyMailSettings,
    CredentialKind,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from oauth.models import Connection
from sender import outbox
from tests.sender.helpers import hand_over

APP = "199c0398-63f2-478d-9eb9-0b1abe4001f4"


@pytest.fixture
def bob(client, world):
    client.force_login(world.user.user)
    return client


@pytest.fixture
def office365(world):
    MicrosoftApp.objects.create(company=world.company, tenant_id="alpha.example", client_id=APP)
    credentials.store(world.company, CredentialKind.CLIENT_SECRET, "secret-canary", actor=COMMAND_LINE)


@pytest.fixture
def connection(world, office365):
    return Connection.objects.create(
        company=world.company, membership=world.user, client_id=APP, tenant_id="t", object_id="o",
        address="bob@alpha.example", connected_at=timezone.now(), refreshed_at=timezone.now(),
    )  # fmt: skip


def page_of(client, code="Alpha"):
    response = client.get(f"/{code}/profile/")
    assert response.status_code == 200
    return response.content.decode()


def test_who_has_no_way_is_told_what_is_missing(bob):
    page = page_of(bob)
    assert "You cannot send mail yet" in page
    assert "Office 365 settings are not filled in" in page
    assert "intent=" not in page
    assert "Send a test to myself" not in page


def test_where_the_company_has_chosen_one_way_no_other_is_asked_for(bob, office365, world):
    CompanyMailSettings.objects.create(company=world.company, method="smtp_password")
    page = page_of(bob)
    assert "Your company sends by E-mail password, which is not ready for you yet." in page
    assert "The company&#x27;s mail server is not filled in." in page
    assert "intent=" not in page
    assert 'id="gmail"' not in page
    assert "What you choose here counts when that ends." in page


def test_connect_is_offered_when_the_company_is_ready(bob, office365):
    page = page_of(bob)
    assert 'href="/Alpha/oauth/microsoft/start?intent=' in page
    assert "Connect to Microsoft" in page
    assert "Disconnect" not in page


def test_a_connected_person_sees_what_he_sends_as_and_may_test_it(bob, connection, world):
    page = page_of(bob)
    assert "You are sending as bob@alpha.example" in page
    assert "Connected to Microsoft as bob@alpha.example." in page
    assert 'href="/Alpha/oauth/microsoft/disconnect"' in page
    assert 'action="/Alpha/test/"' in page
    assert f'name="to" value="{world.user.user.email}"' in page


def test_a_connection_that_ended_says_why_and_offers_to_reconnect(bob, connection):
    Connection.objects.update(
        state="needs_reconnecting", cause="refresh_token_revoked", cause_raw="AADSTS50173: revoked"
    )
    page = page_of(bob)
    assert "Reconnect to Microsoft" in page
    assert "AADSTS50173: revoked" in page
    assert "You cannot send mail yet" in page


def test_a_disconnected_person_can_connect_again(bob, connection):
    Connection.objects.update(state="disconnected")
    page = page_of(bob)
    assert "Connect to Microsoft" in page
    assert "oauth/microsoft/disconnect" not in page


def test_a_client_secret_that_ended_is_named_in_place_of_the_button(bob, office365, world):
    secret = credentials.stored(world.company, CredentialKind.CLIENT_SECRET)
    secret.expires_on = timezone.localdate() - timedelta(days=1)
    secret.save()
    page = page_of(bob)
    assert "client secret ended on" in page
    assert "intent=" not in page


def test_only_what_the_operator_allowed_is_shown(bob, world):
    world.company.allowed_methods = ["smtp_password"]
    world.company.save()
    page = page_of(bob)
    assert 'id="email-password"' in page
    assert 'id="microsoft"' not in page
    assert 'id="gmail"' not in page


def test_a_stored_password_shows_its_fingerprint_and_never_itself(bob, world):
    SmtpServer.objects.create(company=world.company, host="mail.alpha.example")
    stored = credentials.store(
        world.company,
        CredentialKind.USER_PASSWORD,
        "password-canary",
        actor=COMMAND_LINE,
        membership=world.user,
    )
    page = page_of(bob)
    assert f"…{stored.fingerprint}" in page
    assert f"/{stored.pk}/" in page
    assert "password-canary" not in page
    assert "Own e-mail password, through mail.alpha.example." in page


def test_the_name_in_from_is_changed_from_here(bob, world):
    assert 'action="/Alpha/settings/mine/"' in page_of(bob)
    response = bob.post("/Alpha/settings/mine/", {"from_name": "Bob of Alpha", "method": "", "user_name": ""})
    assert response["Location"] == "/Alpha/profile/"
    assert UserMailSettings.objects.get().from_name == "Bob of Alpha"
    assert 'value="Bob of Alpha"' in page_of(bob)


def test_everybody_sees_his_own_profile_and_a_stranger_none(client, world, connection):
    for member in (world.admin, world.support, world.colleague):
        client.force_login(member.user)
        assert "bob@alpha.example" not in page_of(client)
    client.force_login(world.stranger.user)
    assert client.get("/Alpha/profile/").status_code == 404
    client.logout()
    assert client.get("/Alpha/profile/")["Location"].startswith("/accounts/login/")


def test_that_mail_cannot_be_read_is_said_only_where_no_permission_for_it_is_asked(bob, office365, world):
    assert "It cannot read your mail." in page_of(bob)
    CompanyMailSettings.objects.create(company=world.company, large_messages=True)
    page = page_of(bob)
    assert "cannot read your mail" not in page
    assert "Mail.ReadWrite" in page


def main_button(client, world):
    """The label of the page's one main button, on the person's own profile."""
    text = client.get(reverse("profile", args=[world.company.code])).content.decode()
    found = re.findall(
        r'class="btn[^"]*btn-primary[^"]*"[^>]*>(?:\s*<svg.*?</svg>)?\s*([^<]+?)\s*<', text, re.DOTALL
    )
    assert len(found) == 1, found
    return found[0]


def test_a_password_is_not_asked_for_while_the_companys_part_is_missing(bob, world):
    world.company.allowed_methods = ["smtp_password"]
    world.company.save()
    page = page_of(bob)
    assert "Store my e-mail password" not in page
    assert "None of the ways below is ready yet. Ask your administrator." in page


def test_there_is_one_main_button_and_it_is_the_step_that_is_next(bob, world):
    server = SmtpServer.objects.create(company=world.company, host="mail.alpha.example")
    assert main_button(bob, world) == "Store my e-mail password"
    server.delete()
    world.company.allowed_methods = ["gmail_app_password"]
    world.company.save()
    assert main_button(bob, world) == "Store my Gmail app password"
    world.company.allowed_methods = ["company_smtp"]
    world.company.save()
    message = hand_over(world.user)
    assert main_button(bob, world) == "Send a test to myself"
    outbox.needs_attention(message.mailbox, "smtp_auth_rejected_generic", "535 5.7.3")
    assert main_button(bob, world) == "Find out what is wrong"
