"""People's connections that send as a shared mailbox or on its behalf, from the policy to what recipients see."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import Membership, User
from mailsettings.models import ConnectionFrom
from mailsettings.services import save_policy
from sender.models import OutboxMessage
from sender.routing import NoRoute
from sender.services import Draft, RawMessage
from tests.delivery.conftest import Office
from tests.delivery.microsoft import connect
from tests.delivery.outbox import order, state

CODE = "NordicFreight"
SAM, DELLA, ULLA, INVOICES = (
    f"{name}@nordicfreight.example" for name in ("sam.support", "della.delegate", "ulla.user", "invoices")
)


@dataclass
class Shared:
    office: Office

    def choose(self, connections_from: str, **changes: object) -> None:
        company = self.office.person(ULLA, CODE).company
        chosen = {"shared_mailbox": INVOICES, "shared_mailbox_name": "Rēķini"} | changes
        save_policy(company, {"connections_from": connections_from} | chosen, actor=COMMAND_LINE)

    def connected(self, address: str) -> Membership:
        """Sam and Della belong to the company's directory at Microsoft; here they join on the way."""
        company = self.office.person(ULLA, CODE).company
        user = User.objects.filter(email=address).first() or User.objects.create_user(address)
        person, _is_new = Membership.objects.get_or_create(
            company=company, user=user, defaults={"role": "user"}
        )
        connect(person, self.office.sandbox.ca_file)
        return person

    def send(self, address: str, message: Draft | RawMessage | None = None) -> OutboxMessage:
        return self.office.send(self.connected(address), message or order())

    def seen(self, message: OutboxMessage) -> EmailMessage:
        (mail,) = self.office.arrived(message)
        return message_from_bytes(self.office.world.raw(mail.id), policy=policy.default)


@pytest.fixture
def shared(office):
    return Shared(office)


@pytest.mark.parametrize("keeps_copy", [True, False], ids=["mime", "json"])
def test_who_holds_send_as_sends_as_the_mailbox_and_is_not_seen(shared, keeps_copy):
    shared.choose(ConnectionFrom.MAILBOX, save_to_sent=keeps_copy)
    message = shared.send(SAM)
    assert state(message) == ("sent", "", "")
    seen = shared.seen(message)
    (author,) = seen["From"].addresses
    assert (author.display_name, author.addr_spec) == ("Rēķini", INVOICES)
    assert seen["Sender"] is None
    assert seen["Reply-To"] is None, "replies belong to the shared mailbox"
    assert SAM not in str(seen)


@pytest.mark.parametrize("keeps_copy", [True, False], ids=["mime", "json"])
def test_who_holds_send_on_behalf_is_named_beside_the_mailbox(shared, keeps_copy):
    shared.choose(ConnectionFrom.ON_BEHALF, save_to_sent=keeps_copy)
    message = shared.send(DELLA)
    assert state(message) == ("sent", "", "")
    seen = shared.seen(message)
    assert seen["From"].addresses[0].addr_spec == INVOICES
    assert seen.get_all("Sender") == [DELLA]


def test_a_finished_message_of_the_mailbox_gets_its_sender_line(shared):
    shared.choose(ConnectionFrom.ON_BEHALF)
    raw = f"From: {INVOICES}\r\nTo: janis@customer.example\r\nSubject: Rechnung\r\n\r\nText\r\n"
    message = shared.send(DELLA, RawMessage(raw.encode()))
    assert state(message) == ("sent", "", "")
    assert shared.seen(message)["Sender"] == DELLA


@pytest.mark.parametrize("chosen", [ConnectionFrom.MAILBOX, ConnectionFrom.ON_BEHALF])
def test_without_a_right_in_exchange_the_mailbox_waits_for_it(shared, chosen):
    shared.choose(chosen)
    message = shared.send(ULLA)
    assert state(message) == ("waiting", "send_as_denied", "send_as_denied")


def test_exchange_shows_the_person_where_the_company_wanted_more_than_it_has(shared):
    """Send on Behalf is not Send As: Exchange sends, and names who sent."""
    shared.choose(ConnectionFrom.MAILBOX)
    message = shared.send(DELLA)
    assert state(message) == ("sent", "", "")
    assert shared.seen(message)["Sender"] == DELLA


def test_a_grant_from_before_is_not_used_until_the_person_connects_again(shared):
    shared.choose(ConnectionFrom.PERSON)
    sam = shared.connected(SAM)
    assert state(shared.office.send(sam, order())) == ("sent", "", "")
    shared.choose(ConnectionFrom.MAILBOX)
    with pytest.raises(NoRoute) as none:
        shared.office.submit(sam, order())
    assert none.value.refused[0].cause == "consent_missing"
    assert state(shared.send(SAM)) == ("sent", "", "")


def test_a_permission_taken_back_at_microsoft_has_its_own_cause(shared):
    """The grant says Mail.Send.Shared, the token has it no more."""
    shared.choose(ConnectionFrom.MAILBOX)
    sam = shared.connected(SAM)
    shared.office.world.add_fault("graph.send", times=1, status=403, code="ErrorAccessDenied")
    message = shared.office.send(sam, order())
    assert state(message) == ("waiting", "graph_permission_missing", "graph_permission_missing")


def test_a_foreign_from_of_one_message_does_not_stop_the_shared_mailbox(shared):
    shared.choose(ConnectionFrom.MAILBOX)
    raw = RawMessage(b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: x\r\n\r\n")
    assert state(shared.send(SAM, raw)) == ("failed", "send_as_denied", "")
    assert state(shared.send(SAM)) == ("sent", "", "")


def test_a_person_without_a_mailbox_is_told_so(shared):
    shared.choose(ConnectionFrom.MAILBOX)
    message = shared.send("nora.nomailbox@nordicfreight.example")
    assert state(message) == ("waiting", "mailbox_missing_or_unlicensed", "mailbox_missing_or_unlicensed")


def by_smtp(shared: Shared, connections_from: str) -> None:
    company = shared.office.person(ULLA, CODE).company
    company.allowed_methods = ["microsoft_graph", "microsoft_smtp"]
    company.save()
    shared.choose(connections_from, use_connections_smtp=True, method="microsoft_smtp")


@pytest.mark.parametrize(
    ("chosen", "address", "envelope"),
    [(ConnectionFrom.MAILBOX, SAM, INVOICES), (ConnectionFrom.ON_BEHALF, DELLA, DELLA)],
    ids=["as", "on_behalf"],
)
def test_by_smtp_the_envelope_is_the_mailboxs_or_on_behalf_the_persons(shared, chosen, address, envelope):
    by_smtp(shared, chosen)
    message = shared.send(address)
    assert state(message) == ("sent", "", "")
    (mail,) = shared.office.arrived(message)
    assert (mail.via, mail.mailbox, mail.mail_from) == ("smtp", address, envelope)
    seen = shared.seen(message)
    assert (seen["From"].addresses[0].addr_spec, seen["Sender"]) == (
        INVOICES,
        address if envelope == address else None,
    )


@pytest.mark.parametrize("chosen", [ConnectionFrom.MAILBOX, ConnectionFrom.ON_BEHALF])
def test_by_smtp_without_a_right_in_exchange_the_mailbox_waits_for_it(shared, chosen):
    by_smtp(shared, chosen)
    message = shared.send(ULLA)
    assert state(message) == ("waiting", "send_as_denied", "send_as_denied")
