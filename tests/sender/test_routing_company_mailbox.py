"""The rung of the company's connected mailbox: for whom it sends, how that looks, and why it does not."""

import uuid

import pytest
from django.utils import timezone

from mailsettings.models import AppOnlySettings, CompanyMailSettings, MicrosoftApp, UserMailSettings
from oauth.models import Connection, ConnectionState
from sender.routing import NoRoute, Refused, route
from tests.sender.test_routing import CLIENT_ID, set_up_microsoft, set_up_server

OFFICE = "office@alpha.example"


@pytest.fixture
def policy(world):
    """Bob is connected, nobody else is."""
    set_up_microsoft(world)
    return CompanyMailSettings.objects.create(
        company=world.company, use_fallback_mailbox=True, fallback_mailbox=OFFICE
    )


@pytest.fixture
def connection(world, policy):
    now = timezone.now()
    return Connection.objects.create(
        company=world.company, client_id=CLIENT_ID, tenant_id="t", object_id="office", address=OFFICE,
        connected_at=now, refreshed_at=now,
    )  # fmt: skip


def refused(world) -> Refused:
    with pytest.raises(NoRoute) as none:
        route(world.colleague)
    return next(rung for rung in none.value.refused if rung.method == "company_mailbox")


def test_it_sends_for_who_has_no_way_of_his_own_with_replies_to_him(world, policy, connection):
    policy.fallback_mailbox_name = "Alpha office"
    policy.save()
    way = route(world.colleague)
    assert (way.method, way.account, way.membership) == ("company_mailbox", OFFICE, None)
    assert (way.from_address, way.from_name, way.sender_address) == (OFFICE, "Alpha office", "")
    assert way.reply_to == world.colleague.user.email
    assert way.reason == f"The company's mailbox {OFFICE} sends."
    assert route(world.user).method == "microsoft_graph", "his own way goes first"


def test_without_a_name_it_carries_the_companys(world, connection):
    assert route(world.colleague).from_name == "Alpha Ltd"


def test_the_companys_app_goes_before_it_and_its_server_after(world, connection):
    set_up_server(world)
    assert route(world.colleague).method == "company_mailbox"
    AppOnlySettings.objects.create(company=world.company, use_graph=True)
    assert route(world.colleague).method == "graph_app"


def test_it_does_not_wait_for_a_choice_that_is_not_ready(world, connection):
    chosen = {"membership": world.colleague, "method": "gmail_app_password"}
    UserMailSettings.objects.create(company=world.company, **chosen)
    assert route(world.colleague).method == "company_mailbox"


def test_nobody_has_connected_it_yet(world, policy):
    rung = refused(world)
    assert rung.cause == "not_connected"
    assert rung.reason == f"{OFFICE} is not connected to Microsoft yet; an administrator does that."


@pytest.mark.parametrize("change", ["disconnected", "another mailbox is named"])
def test_a_connection_of_before_is_not_used(world, policy, connection, change):
    if change == "disconnected":
        Connection.objects.filter(pk=connection.pk).update(state=ConnectionState.DISCONNECTED)
    else:
        CompanyMailSettings.objects.update(fallback_mailbox="orders@alpha.example")
    assert refused(world).cause == "not_connected"


def test_a_grant_microsoft_ended_is_named_with_its_cause(world, connection):
    ended = {"state": ConnectionState.NEEDS_RECONNECTING, "cause": "refresh_token_revoked"}
    Connection.objects.filter(pk=connection.pk).update(**ended)
    rung = refused(world)
    assert rung.cause == "refresh_token_revoked"
    assert "needs reconnecting by an administrator" in rung.reason


def test_another_app_registration_makes_it_useless(world, connection):
    MicrosoftApp.objects.update(client_id=uuid.uuid4())
    assert refused(world).cause == "not_connected"


def test_the_letters_case_of_the_address_does_not_count(world, policy, connection):
    CompanyMailSettings.objects.update(fallback_mailbox=OFFICE.upper())
    assert route(world.colleague).method == "company_mailbox"


@pytest.mark.parametrize("how", ["switched off", "not allowed", "another method chosen"])
def test_what_the_company_does_not_use_is_passed_over(world, policy, connection, how):
    if how == "not allowed":
        world.company.allowed_methods.remove("company_mailbox")
        world.company.save()
    else:
        changed = {"use_fallback_mailbox": False} if how == "switched off" else {"method": "company_smtp"}
        CompanyMailSettings.objects.update(**changed)
    assert refused(world).cause == "method_not_allowed"


def test_as_the_companys_one_method_it_carries_everybody(world, policy, connection):
    CompanyMailSettings.objects.update(method="company_mailbox")
    assert route(world.user).method == "company_mailbox"
    assert {rung.cause for rung in route(world.user).refused} == {"method_not_allowed"}


def test_without_the_office_365_settings_it_says_what_is_missing(world, policy, connection):
    MicrosoftApp.objects.all().delete()
    assert refused(world).cause == "settings_incomplete"
