"""Mail by a person's connection that leaves as a shared mailbox, or on behalf of it."""

import pytest

from mailsettings.models import CompanyMailSettings, ConnectionFrom
from sender.routing import NoRoute, Refused, Route, route
from sender.services import Draft, submit
from tests.sender.test_routing import set_up_microsoft, set_up_server

BOB, ORDERS = "bob@alpha.example", "orders@alpha.example"
GRANTED = ["Mail.Send", "User.Read", "https://graph.microsoft.com/mail.send.shared"]


@pytest.fixture
def connection(world):
    found = set_up_microsoft(world)
    found.scopes = GRANTED
    found.save()
    return found


def choose(world, connections_from: str, **fields: object) -> CompanyMailSettings:
    fields = {"connections_from": connections_from, "shared_mailbox": ORDERS} | fields
    return CompanyMailSettings.objects.create(company=world.company, **fields)


def seen(way: Route) -> tuple[str, str, str, str]:
    return way.from_address, way.from_name, way.sender_address, way.reply_to


def refused(world) -> Refused:
    with pytest.raises(NoRoute) as none:
        route(world.user)
    return none.value.refused[0]


def test_as_the_shared_mailbox_nothing_shows_the_person_and_replies_stay_there(world, connection):
    choose(world, ConnectionFrom.MAILBOX, shared_mailbox_name="Alpha orders")
    way = route(world.user)
    assert seen(way) == (ORDERS, "Alpha orders", "", "")
    assert (way.account, way.membership) == (BOB, world.user), "the person signs in"
    assert way.reason == f"Connected to Microsoft as {BOB}. It sends as {ORDERS}."


def test_on_behalf_of_the_shared_mailbox_the_person_is_named_as_sender(world, connection):
    choose(world, ConnectionFrom.ON_BEHALF)
    way = route(world.user)
    assert seen(way) == (ORDERS, "Alpha Ltd", BOB, "")
    assert way.reason.endswith(f"It sends on behalf of {ORDERS}.")


def test_the_persons_own_address_stays_where_the_company_chose_nothing_else(world, connection):
    choose(world, ConnectionFrom.PERSON)
    assert seen(route(world.user)) == (BOB, "Bob", "", "")


@pytest.mark.parametrize("chosen", [ConnectionFrom.MAILBOX, ConnectionFrom.ON_BEHALF])
def test_who_signs_in_as_that_mailbox_sends_as_himself(world, connection, chosen):
    connection.scopes = ["Mail.Send"]
    connection.save()
    choose(world, chosen, shared_mailbox=BOB.upper())
    assert seen(route(world.user)) == (BOB, "Bob", "", "")


def test_without_the_permission_the_way_is_refused_and_names_what_to_do(world, connection):
    connection.scopes = ["Mail.Send", "User.Read"]
    connection.save()
    choose(world, ConnectionFrom.MAILBOX)
    rung = refused(world)
    assert rung.cause == "consent_missing"
    assert rung.reason == (f"{BOB} has not yet allowed sending from {ORDERS}: connect to Microsoft again.")
    set_up_server(world)
    assert route(world.user).method == "company_smtp", "the ladder goes on"


def test_without_a_mailbox_the_way_is_refused(world, connection):
    choose(world, ConnectionFrom.MAILBOX, shared_mailbox="")
    assert refused(world).cause == "settings_incomplete"


def test_a_stored_message_keeps_from_and_sender_apart(world, connection):
    choose(world, ConnectionFrom.ON_BEHALF)
    message = submit(world.user, Draft(to=["rita@recipient.example"]), submitted_by="test")
    assert (message.from_address, message.envelope_from) == (ORDERS, BOB)
    stored = message.content.unseal()
    assert f'From: "Alpha Ltd" <{ORDERS}>\r\nSender: {BOB}\r\n'.encode() in stored
    assert b"Reply-To" not in stored
