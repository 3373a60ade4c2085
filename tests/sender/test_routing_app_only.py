"""The rungs of the company's app: as the person, from its mailbox, and why not."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings.credentials import store
from mailsettings.models import AppOnlySettings, CredentialKind, FromPolicy, MicrosoftApp, UserMailSettings
from sender.models import Health
from sender.routing import NoRoute, Refused, route
from sender.sending_state import state_of
from sender.storing import mailbox_for
from tests.sender.test_routing import set_up_microsoft, set_up_server

ORDERS = "orders@alpha.example"


@pytest.fixture
def secret(world):
    MicrosoftApp.objects.create(company=world.company, tenant_id="alpha.example", client_id=uuid.uuid4())
    return store(world.company, CredentialKind.CLIENT_SECRET, "s3cret", actor=COMMAND_LINE)


@pytest.fixture
def switched_on(world, secret):
    def save(**fields):
        fields = {"use_graph": True} | fields
        return AppOnlySettings.objects.update_or_create(company=world.company, defaults=fields)[0]

    return save


def refused(world, method: str) -> Refused:
    try:
        rungs = route(world.user).refused
    except NoRoute as none:
        rungs = none.refused
    return next(rung for rung in rungs if rung.method == method)


def test_the_app_sends_as_a_person_who_never_connected(world, switched_on):
    switched_on()
    way = route(world.user)
    email = world.user.user.email
    assert (way.method, way.account, way.from_address, way.reply_to) == ("graph_app", email, email, "")
    assert way.membership is None, "it is the company's sign-in"
    assert email in way.reason


def test_smtp_is_taken_where_graph_is_off_and_says_so(world, switched_on):
    switched_on(use_graph=False, use_smtp=True)
    way = route(world.user)
    assert way.method == "smtp_app"
    assert refused(world, "graph_app").cause == "method_not_allowed"


def test_graph_goes_before_smtp(world, switched_on):
    switched_on(use_smtp=True)
    assert route(world.user).method == "graph_app"


def test_a_persons_own_ways_go_first_and_the_company_server_last(world):
    set_up_server(world)
    set_up_microsoft(world)
    AppOnlySettings.objects.create(company=world.company, use_graph=True)
    assert route(world.user).method == "microsoft_graph"
    assert route(world.colleague).method == "graph_app"


def test_all_mail_may_leave_from_one_mailbox_with_replies_to_the_person(world, switched_on):
    switched_on(as_person=False, mailbox=ORDERS, mailbox_name="Alpha orders")
    way = route(world.user)
    assert (way.account, way.from_address, way.from_name) == (ORDERS, ORDERS, "Alpha orders")
    assert way.reply_to == world.user.user.email


def test_the_mailbox_may_send_with_the_persons_address_in_from(world, switched_on):
    switched_on(as_person=False, mailbox=ORDERS, mailbox_from=FromPolicy.USER)
    way = route(world.user)
    assert (way.account, way.from_address, way.reply_to) == (ORDERS, world.user.user.email, "")


def test_a_mailbox_whose_user_name_differs_is_signed_in_to_by_it(world, switched_on):
    switched_on(as_person=False, mailbox=ORDERS, mailbox_user_name="orders@alpha.onmicrosoft.example")
    way = route(world.user)
    assert (way.account, way.from_address) == ("orders@alpha.onmicrosoft.example", ORDERS)


@pytest.mark.parametrize("cause", ["graph_user_not_found", "mailbox_missing_or_unlicensed"])
def test_an_address_microsoft_does_not_know_is_replaced_by_the_mailbox(world, switched_on, cause):
    switched_on(mailbox=ORDERS)
    box = mailbox_for(world.user, route(world.user))
    box.health, box.cause = Health.NEEDS_ATTENTION, cause
    box.save()
    way = route(world.user)
    assert (way.account, way.reply_to) == (ORDERS, world.user.user.email)
    assert f"Microsoft has no mailbox {world.user.user.email}." in way.reason
    assert route(world.colleague).account == world.colleague.user.email
    assert str(state_of(world.user).way) == str(way.label)


def test_another_fault_does_not_move_a_person_to_the_mailbox(world, switched_on):
    switched_on(mailbox=ORDERS)
    box = mailbox_for(world.user, route(world.user))
    box.health, box.cause = Health.NEEDS_ATTENTION, "graph_permission_missing"
    box.save()
    assert route(world.user).account == world.user.user.email


def test_without_a_mailbox_an_unknown_address_stays_so_that_it_can_be_tried_again(world, switched_on):
    switched_on()
    box = mailbox_for(world.user, route(world.user))
    box.health, box.cause = Health.NEEDS_ATTENTION, "graph_user_not_found"
    box.save()
    assert route(world.user).account == world.user.user.email


def test_a_missing_mailbox_an_ended_secret_and_a_missing_registration_are_each_named(
    world, switched_on, secret
):
    switched_on(as_person=False)
    assert refused(world, "graph_app").reason == "No mailbox is chosen for the company's app."
    secret.expires_on = timezone.localdate() - timedelta(days=1)
    secret.save()
    ended = refused(world, "graph_app")
    assert ended.cause == "client_secret_expired"
    assert "client secret ended on" in ended.reason
    MicrosoftApp.objects.all().delete()
    assert refused(world, "graph_app").cause == "settings_incomplete"


def test_what_the_operator_does_not_allow_is_not_used(world, switched_on):
    switched_on()
    world.company.allowed_methods.remove("graph_app")
    world.company.save()
    assert "operator" in refused(world, "graph_app").reason


def test_a_person_whose_own_choice_is_not_ready_is_still_carried_by_the_app(world, switched_on):
    switched_on()
    UserMailSettings.objects.create(company=world.company, membership=world.user, method="gmail_app_password")
    assert route(world.user).method == "graph_app"
