from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.audit import COMMAND_LINE
from mailsettings import app_credentials, credentials
from mailsettings.models import CredentialKind, MicrosoftApp, SmtpServer
from oauth.models import Connection, ConnectionState
from tests.accounts.sign_in import sign_in
from tests.alarms.wrong import connection_lost, secret_ending
from tests.factories import make_member


def page(client, person) -> str:
    sign_in(client, person)
    return client.get(reverse("calendar", args=["Alpha"])).content.decode()


def test_everything_with_an_end_is_listed_the_nearest_first(client, world):
    secret_ending(world.company, 200)
    secret_ending(world.company, 9, CredentialKind.USER_PASSWORD, membership=world.user)
    secret_ending(world.company, -2, CredentialKind.GOOGLE_CLIENT_SECRET)
    credentials.store(world.company, CredentialKind.SMTP_PASSWORD, "alarm-canary", actor=COMMAND_LINE)
    soon = timezone.now() + timedelta(days=5)
    connection_lost(world.colleague, state=ConnectionState.CONNECTED, ends_at=soon)
    text = page(client, world.admin)
    titles = [
        "Google client secret",
        "Connection to Microsoft: Carol",
        "E-mail password: Bob",
        "Client secret",
        "Mail server password",
    ]
    places = [text.index(f'<div class="rows-main">{title}<small>') for title in titles]
    assert places == sorted(places)
    assert "200 days left" in text
    assert "no end" in text
    assert "alarm-canary" not in text


def test_the_change_over_leads_from_one_step_to_the_next(client, world):
    MicrosoftApp.objects.create(
        company=world.company, tenant_id="t", client_id="199c0398-63f2-478d-9eb9-0b1abe4001f4"
    )
    secret_ending(world.company, 9)
    text = page(client, world.admin)
    assert f'href="{reverse("app-credential", args=["Alpha"])}">Store a new one' in text
    assert "Try the new one" not in text
    later = world.company.today + timedelta(days=400)
    app_credentials.put(world.company, app_credentials.of_secret("next-canary", later), actor=COMMAND_LINE)
    text = page(client, world.admin)
    assert "is stored and not in use yet." in text
    assert f'action="{reverse("microsoft-try-next", args=["Alpha"])}"' in text
    assert "Store a new one" not in text


def test_support_looks_on_without_buttons(client, world):
    secret_ending(world.company, 9)
    text = page(client, world.support)
    assert "9 days left" in text
    assert "Store a new one" not in text
    assert "Read it from Microsoft" not in text


def test_a_plain_user_has_no_calendar(client, world):
    sign_in(client, world.user)
    assert client.get(reverse("calendar", args=["Alpha"])).status_code == 403


def test_an_empty_calendar_leads_an_admin_to_the_settings(client, world):
    text = page(client, world.admin)
    assert "The company has stored no secret yet" in text
    assert f'href="{reverse("settings", args=["Alpha"])}">Set up sending' in text


def test_what_providers_are_ending_is_told_where_it_touches_the_company(client, world):
    assert "Sending with a password through Microsoft 365 is ending." not in page(client, world.admin)
    SmtpServer.objects.create(company=world.company, host="smtp.office365.com", authentication="password")
    text = page(client, world.admin)
    assert "Sending with a password through Microsoft 365 is ending." in text
    assert "Move to Connect to Microsoft" in text


def test_the_number_of_queries_does_not_grow(client, world, django_assert_max_num_queries):
    for _number in range(15):
        person = make_member(world.company)
        secret_ending(world.company, 9, CredentialKind.USER_PASSWORD, membership=person)
    Connection.objects.all().delete()
    sign_in(client, world.admin)
    with django_assert_max_num_queries(12):
        client.get(reverse("calendar", args=["Alpha"]))


@pytest.mark.parametrize("person", ["support", "user"])
def test_only_an_admin_asks_microsoft_for_the_day(client, world, person):
    secret_ending(world.company, 9)
    sign_in(client, getattr(world, person))
    assert client.post(reverse("microsoft-read-end", args=["Alpha"])).status_code == 403


def test_the_calendar_file_has_a_day_for_each_end_with_a_reminder(client, world):
    secret = secret_ending(world.company, 20)
    credentials.store(world.company, CredentialKind.SMTP_PASSWORD, "alarm-canary", actor=COMMAND_LINE)
    secret_ending(world.stranger.company, 30)
    sign_in(client, world.admin)
    answer = client.get(reverse("calendar-file", args=["Alpha"]))
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer["Content-Type"].startswith("text/calendar")
    assert event["dtstart"].dt == secret.expires_on
    assert (event["summary"], event["uid"]) == ("Alpha Ltd: Client secret", f"{secret.pk}@testserver")
    assert event.walk("VALARM")[0]["trigger"].dt == timedelta(days=-14)
    assert b"alarm-canary" not in answer.content
