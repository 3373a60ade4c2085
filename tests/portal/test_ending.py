"""The notice that sending with a password through Microsoft 365 is ending: on every page it concerns."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from core import clock
from mailsettings import credentials
from mailsettings.models import CompanyMailSettings, CredentialKind, MicrosoftApp, SmtpServer
from tests.accounts.sign_in import sign_in

TITLE = "Sending with a password through Microsoft 365 is ending."
APP = "199c0398-63f2-478d-9eb9-0b1abe4001f4"


@pytest.fixture
def exchange(world):
    """The company's mail server is Exchange Online; Bob has stored his password."""
    server = SmtpServer.objects.create(
        company=world.company, host="smtp.office365.com", authentication="password"
    )
    kind = CredentialKind.USER_PASSWORD
    credentials.store(world.company, kind, "password-canary", actor=COMMAND_LINE, membership=world.user)
    return server


@pytest.fixture
def office365(world):
    MicrosoftApp.objects.create(company=world.company, tenant_id="alpha.example", client_id=APP)
    credentials.store(world.company, CredentialKind.CLIENT_SECRET, "secret-canary", actor=COMMAND_LINE)


def page(client, person, name: str) -> str:
    sign_in(client, person)
    return client.get(reverse(name, args=["Alpha"])).content.decode()


def test_the_profile_offers_the_move_where_connect_is_ready(client, world, exchange, office365):
    text = page(client, world.user, "profile")
    assert TITLE in text
    assert "Move to Connect to Microsoft" in text
    assert "&amp;move=1" in text
    assert "Text to forward" not in text


def test_the_profile_gives_a_text_to_forward_where_connect_is_not_ready(client, world, exchange, settings):
    text = page(client, world.user, "profile")
    assert "Move to Connect to Microsoft" not in text
    assert "Text to forward" in text
    assert f"{settings.PUBLIC_URL}/Alpha/settings/office365/" in text
    assert "Your company&#x27;s Office 365 settings are not filled in yet." in text


def test_an_admin_is_led_to_the_settings_instead(client, world, exchange):
    kind = CredentialKind.USER_PASSWORD
    credentials.store(world.company, kind, "password-canary", actor=COMMAND_LINE, membership=world.admin)
    text = page(client, world.admin, "profile")
    assert "Open the mail settings" in text
    assert "Text to forward" not in text


def test_who_sends_another_way_is_not_bothered(client, world, exchange):
    SmtpServer.objects.update(host="smtp.firm.example")
    assert TITLE not in page(client, world.user, "profile")
    assert TITLE not in page(client, world.user, "profile-password")
    assert TITLE not in page(client, world.user, "overview")


def test_the_companys_own_password_is_ending_too(client, world, exchange):
    SmtpServer.objects.update(user_name="orders@alpha.example")
    kind = CredentialKind.SMTP_PASSWORD
    credentials.store(world.company, kind, "password-canary", actor=COMMAND_LINE)
    assert TITLE in page(client, world.colleague, "profile")
    SmtpServer.objects.update(authentication="none")
    assert TITLE not in page(client, world.colleague, "profile")


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (datetime(2026, 11, 21, 12, tzinfo=UTC), "At the end of December 2026 Microsoft switches it off"),
        (
            datetime(2027, 2, 1, 12, tzinfo=UTC),
            "Since the end of December 2026 Microsoft has it switched off",
        ),
    ],
)
def test_the_settings_say_it_in_the_words_of_the_day(client, world, exchange, monkeypatch, now, says):
    monkeypatch.setattr(clock, "now", lambda: now)
    assert says in page(client, world.admin, "settings")
    assert says in page(client, world.admin, "settings-smtp")
    assert says in page(client, world.user, "profile-password")


def test_the_admins_overview_counts_the_people(client, world, exchange):
    text = page(client, world.admin, "overview")
    assert "1 person sends with a password through Microsoft 365, which is ending." in text
    assert "Set up Connect to Microsoft" in text
    kind = CredentialKind.USER_PASSWORD
    credentials.store(world.company, kind, "password-canary", actor=COMMAND_LINE, membership=world.colleague)
    text = page(client, world.support, "overview")
    assert "2 people send with a password through Microsoft 365, which is ending." in text
    assert "Set up Connect to Microsoft" not in text
    assert "See the people" in text


def test_a_persons_own_overview_says_it(client, world, exchange):
    assert TITLE in page(client, world.user, "overview")


def test_nothing_is_left_to_say_when_the_company_sends_another_way(client, world, exchange):
    CompanyMailSettings.objects.create(company=world.company, method="gmail_app_password")
    assert TITLE not in page(client, world.user, "profile")
    assert TITLE not in page(client, world.admin, "overview")
