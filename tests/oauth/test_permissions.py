"""What the app registration has to list: as much as the company's settings need, and on the page that sets it up."""

import pytest
from django.urls import reverse

from mailsettings import catalog
from mailsettings.models import AppOnlySettings, CompanyMailSettings
from oauth.permissions import listed
from oauth.registration import wanted
from tests.accounts.sign_in import sign_in

LEAST = ("graph", False, ("Mail.Send", "User.Read"))
EXCHANGE = ("outlook", False, ("SMTP.Send",))


@pytest.fixture
def company(world):
    world.company.allowed_methods = list(catalog.METHODS)
    world.company.save()
    return world.company


def choose(company, **values):
    CompanyMailSettings.objects.update_or_create(company=company, defaults=values)


def shown(company):
    return [(one.resource, one.of_app, one.names) for one in listed(company)]


def test_without_further_settings_it_is_what_connect_always_asks(company):
    assert shown(company) == [LEAST]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"large_messages": True}, [("graph", False, ("Mail.Send", "User.Read", "Mail.ReadWrite"))]),
        ({"connections_from": "mailbox"}, [("graph", False, ("Mail.Send", "User.Read", "Mail.Send.Shared"))]),
        ({"use_connections_smtp": True}, [LEAST, EXCHANGE]),
        ({"use_connections": False}, [("graph", False, ("Mail.Send",))]),  # the password flow's
        ({"use_connections": False, "use_passwords": False}, []),
        ({"method": "company_smtp"}, []),
        (
            {"method": "company_mailbox", "use_fallback_mailbox": True, "large_messages": True},
            [("graph", False, ("Mail.Send", "User.Read", "Mail.ReadWrite"))],
        ),
    ],
)
def test_each_setting_adds_its_own_and_no_other(company, chosen, expected):
    choose(company, **chosen)
    assert shown(company) == expected


def test_delegated_ones_are_those_connect_asks_for(company):
    choose(company, large_messages=True, connections_from="on_behalf", use_connections_smtp=True)
    names = [name for one in listed(company) for name in one.names]
    assert sorted(names) == sorted(wanted(company))


def test_an_app_that_sends_by_itself_has_its_own_kind(company):
    AppOnlySettings.objects.create(company=company, use_graph=True, use_smtp=True)
    of_app = [("graph", True, ("Mail.Send",)), ("outlook", True, ("SMTP.SendAsApp",))]
    assert shown(company) == [LEAST, *of_app]
    choose(company, method="graph_app")
    assert shown(company) == of_app[:1]


def test_the_settings_page_names_them(company, world, client):
    sign_in(client, world.admin)
    page = reverse("settings-office365", args=["Alpha"])
    text = client.get(page).content.decode()
    assert "<code>Mail.Send</code>, <code>User.Read</code></li>" in text
    assert "SMTP.Send" not in text
    choose(company, large_messages=True, use_connections_smtp=True)
    text = client.get(page).content.decode()
    assert "<code>Mail.ReadWrite</code></li>" in text
    assert "<code>SMTP.Send</code></li>" in text
    choose(company, method="company_smtp")
    assert "none, as no way of sending that uses this app is on" in client.get(page).content.decode()
