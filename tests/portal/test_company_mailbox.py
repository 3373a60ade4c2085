"""The company's connected mailbox on the overview, the settings page and the pages about people."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailsettings.models import CompanyMailSettings
from oauth.models import Connection, ConnectionState
from sender.models import Health, SendingMailbox
from tests.accounts.sign_in import sign_in
from tests.portal.test_dashboard import CLIENT, connect, overview, use_microsoft

OFFICE = "office@people.example"


@pytest.fixture
def mailbox(world):
    use_microsoft(world.company, timezone.localdate() + timedelta(days=100))
    return CompanyMailSettings.objects.create(
        company=world.company, use_fallback_mailbox=True, fallback_mailbox=OFFICE
    )


def connect_mailbox(company, **fields: object) -> Connection:
    now = timezone.now()
    account = {"tenant_id": "t", "object_id": "o", "address": OFFICE, "client_id": CLIENT}
    return Connection.objects.create(company=company, connected_at=now, refreshed_at=now, **account | fields)


def test_who_has_no_way_of_his_own_is_told_that_the_mailbox_is_not_connected(world, mailbox, client):
    shown = overview(client, world.admin)
    assert "The company&#x27;s mailbox does not send." in shown
    assert "office@people.example is not connected to Microsoft yet" in shown
    assert reverse("company-mailbox", args=["Alpha"]) in shown


def test_support_sees_the_trouble_without_the_page_that_mends_it(world, mailbox, client):
    shown = overview(client, world.support)
    assert "The company&#x27;s mailbox does not send." in shown
    assert reverse("company-mailbox", args=["Alpha"]) not in shown


def test_a_connected_mailbox_carries_everybody_else(world, mailbox, client):
    connect_mailbox(world.company)
    connect(world.user)
    assert "does not send" not in overview(client, world.admin)
    sign_in(client, world.colleague)
    profile = client.get(reverse("profile", args=["Alpha"])).content.decode()
    assert f"You are sending as {OFFICE}" in profile
    assert f"Replies go to {world.colleague.user.email}." in profile
    sign_in(client, world.user)
    profile = client.get(reverse("profile", args=["Alpha"])).content.decode()
    assert f"You are sending as {world.user.user.email}" in profile


def test_a_mailbox_to_be_reconnected_is_explained_on_its_page(world, mailbox, client):
    connect_mailbox(world.company, state=ConnectionState.NEEDS_RECONNECTING, cause="refresh_token_revoked")
    assert "needs reconnecting by an administrator" in overview(client, world.admin)
    shown = client.get(reverse("company-mailbox", args=["Alpha"])).content.decode()
    assert "Reconnect the mailbox" in shown
    assert "Needs reconnecting" in shown


def test_a_refusal_of_the_mailbox_names_the_way_and_leads_to_its_page(world, mailbox, client):
    connect_mailbox(world.company)
    SendingMailbox.objects.create(
        company=world.company,
        method="company_mailbox",
        account=OFFICE,
        health=Health.NEEDS_ATTENTION,
        cause="graph_permission_missing",
    )
    shown = overview(client, world.admin)
    assert "Company&#x27;s connected mailbox needs attention." in shown
    assert reverse("company-mailbox", args=["Alpha"]) in shown


def test_the_card_says_which_mailbox_it_is(world, mailbox, client):
    sign_in(client, world.admin)
    shown = client.get(reverse("settings", args=["Alpha"])).content.decode()
    assert f"As {OFFICE}." in shown
