"""The company's connected mailbox at work: everybody without a way of his own, from it, with replies to him."""

from email import message_from_bytes, policy

import pytest

from accounts.audit import COMMAND_LINE
from mailsettings.services import save_policy
from oauth import services
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage
from tests.delivery.microsoft import connect_company
from tests.delivery.outbox import order, state

CODE = "NordicFreight"
ANNA, ULLA, OFFICE = (f"{name}@nordicfreight.example" for name in ("anna.admin", "ulla.user", "office"))


@pytest.fixture
def switched_on(office):
    company = office.person(ANNA, CODE).company
    company.allowed_methods = ["company_mailbox"]
    company.save()
    chosen = {
        "use_fallback_mailbox": True,
        "fallback_mailbox": OFFICE,
        "fallback_mailbox_name": "Ziemeļu birojs",
    }
    save_policy(company, chosen, actor=COMMAND_LINE)


@pytest.fixture
def ulla(office, switched_on):
    """The company's mailbox is connected; he is not."""
    connect_company(office.person(ANNA, CODE), OFFICE, office.sandbox.ca_file)
    return office.person(ULLA, CODE)


def mailbox_of(office) -> object:
    return services.connection_of_company(office.person(ANNA, CODE).company)


def test_mail_leaves_from_it_with_replies_to_the_person(office, ulla):
    message = office.send(ulla, order())
    assert state(message) == ("sent", "", "")
    assert (message.mailbox.method, message.from_address) == ("company_mailbox", OFFICE)
    (mail,) = office.arrived(message)
    assert (mail.via, mail.mailbox) == ("graph", OFFICE)
    seen = message_from_bytes(office.world.raw(mail.id), policy=policy.default)
    (author,) = seen["From"].addresses
    assert (author.display_name, author.addr_spec) == ("Ziemeļu birojs", OFFICE)
    assert (seen["Reply-To"], seen["Sender"]) == (ULLA, None)
    assert mailbox_of(office).last_used_at is not None


def test_a_caller_who_names_where_replies_go_is_obeyed(office, ulla):
    draft = Draft(to=["janis@customer.example"], reply_to=["dispatch@nordicfreight.example"])
    message = office.send(ulla, draft)
    (mail,) = office.arrived(message)
    assert b"Reply-To: dispatch@nordicfreight.example" in office.world.raw(mail.id)


def test_a_grant_that_is_revoked_keeps_the_mail_until_an_admin_reconnects(office, switched_on):
    office.world.add_fault("token.lifetime", times=1, seconds=10)
    admin = office.person(ANNA, CODE)
    connect_company(admin, OFFICE, office.sandbox.ca_file)
    office.world.revoke(OFFICE)
    message = office.send(office.person(ULLA, CODE), order())
    assert state(message) == ("waiting", "refresh_token_revoked", "refresh_token_revoked")
    assert mailbox_of(office).state == "needs_reconnecting"
    connect_company(admin, OFFICE, office.sandbox.ca_file)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1


def test_disconnected_meanwhile_it_loses_no_message(office, ulla):
    message = office.submit(ulla, order())
    services.disconnect(mailbox_of(office), COMMAND_LINE)
    office.work()
    assert state(message) == ("waiting", "not_connected", "not_connected")
    connect_company(office.person(ANNA, CODE), OFFICE, office.sandbox.ca_file)
    office.work()
    assert state(message) == ("sent", "", "")


def test_the_admin_who_connected_it_may_leave_the_company(office, ulla):
    office.person(ANNA, CODE).delete()
    assert state(office.send(ulla, order())) == ("sent", "", "")


def test_a_foreign_from_of_one_message_does_not_stop_everybody(office, ulla):
    raw = RawMessage(b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: x\r\n\r\n")
    assert state(office.send(ulla, raw)) == ("failed", "send_as_denied", "")
    message: OutboxMessage = office.send(ulla, order())
    assert state(message) == ("sent", "", "")
