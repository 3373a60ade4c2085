"""What is told of an ending way, by the day; and for which servers."""

from datetime import UTC, date, datetime

import pytest

from core import clock
from mailsettings.models import SmtpServer
from mailsettings.retirements import ALL, EWS, SMTP_PASSWORDS, is_exchange_online, of_way, told


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 11, 21), "At the end of December 2026", "will name the day"),
        (date(2026, 12, 31), "At the end of December 2026", "will name the day"),
        (date(2027, 1, 1), "Since the end of December 2026", "will name the day"),
        (date(2027, 6, 30), "Since the end of December 2026", "will name the day"),
        (date(2027, 7, 1), "Since the end of December 2026", "names the day"),
        (date(2028, 1, 1), "Since the end of December 2026", "meant to name the day"),
    ],
)
def test_the_words_go_by_the_day(today, first, last):
    one, two = told(SMTP_PASSWORDS, today).sentences
    assert one.startswith(first)
    assert last in two


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 9, 30), "From 1 October 2026", "On 1 April 2027 it ends"),
        (date(2026, 10, 1), "Since 1 October 2026", "On 1 April 2027 it ends"),
        (date(2027, 4, 1), "Since 1 October 2026", "It ended for good"),
    ],
)
def test_the_words_about_ews_go_by_the_day_too(today, first, last):
    one, two = told(EWS, today).sentences
    assert one.startswith(first)
    assert two.startswith(last)


@pytest.mark.parametrize("retirement", ALL)
def test_each_milestone_has_a_text_for_every_day_and_its_days_in_order(retirement):
    for texts in retirement.milestones:
        days = [first_day for first_day, _text in texts]
        assert days[0] == date.min
        assert days == sorted(set(days))
    assert retirement.source.startswith("https://")


def test_today_is_the_day_in_the_pages_time_zone(monkeypatch, settings):
    settings.TIME_ZONE = "Europe/Riga"
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert told(SMTP_PASSWORDS).text.startswith("Since")


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("smtp.office365.com", True),
        ("SMTP.Office365.com.", True),
        ("smtp-legacy.office365.com", True),
        ("smtp-mail.outlook.com", True),
        ("smtp.office365.us", True),
        ("smtp.partner.outlook.cn", True),
        ("smtp-hve.office365.com", False),
        ("smtp.gmail.com", False),
        ("smtp.office365.com.firm.example", False),
        ("notoffice365.com", False),
    ],
)
def test_exchange_onlines_servers_are_known(host, is_one):
    assert is_exchange_online(host) is is_one


def test_only_passwords_are_ending():
    server = SmtpServer(host="smtp.office365.com")
    assert of_way("smtp_password", server)
    assert of_way("company_smtp", server)
    assert of_way("smtp_app", server) is None
    assert of_way("gmail_app_password", server) is None
    server.authentication = "none"
    assert of_way("company_smtp", server) is None
    assert of_way("smtp_password", server), "people sign in with their own passwords all the same"
    assert of_way("smtp_password", SmtpServer(host="smtp.firm.example")) is None
    assert of_way("smtp_password", None) is None
