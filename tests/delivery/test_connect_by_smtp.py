"""People's connections by Exchange's SMTP server (XOAUTH2): what arrives, and each thing that can be missing."""

from dataclasses import dataclass

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import Membership, User
from mailsettings import catalog
from mailsettings.services import save_policy
from oauth.models import Connection
from sender.models import Attempt, OutboxMessage
from sender.routing import NoRoute
from tests.delivery.conftest import Office
from tests.delivery.microsoft import connect
from tests.delivery.outbox import order, state

CODE = "NordicFreight"
ULLA, OLAF = "ulla.user@nordicfreight.example", "olaf.smtpoff@nordicfreight.example"
SIGNED_OUT = "530 5.7.57 Client not authenticated to send mail"


@dataclass
class Desk:
    office: Office

    def choose(self, **changes: object) -> None:
        save_policy(self.office.person(ULLA, CODE).company, changes, actor=COMMAND_LINE)

    def connected(self, address: str = ULLA) -> Membership:
        company = self.office.person(ULLA, CODE).company
        user = User.objects.filter(email=address).first() or User.objects.create_user(address)
        person, _new = Membership.objects.get_or_create(company=company, user=user, defaults={"role": "user"})
        connect(person, self.office.sandbox.ca_file)
        return person


@pytest.fixture
def desk(office) -> Desk:
    company = office.person(ULLA, CODE).company
    company.allowed_methods = [catalog.MICROSOFT_GRAPH, catalog.MICROSOFT_SMTP]
    company.save()
    desk = Desk(office)
    desk.choose(use_connections_smtp=True, method=catalog.MICROSOFT_SMTP)
    return desk


def test_a_persons_own_mail_leaves_by_smtp_as_it_was_handed_over(desk):
    message = desk.office.send(desk.connected(), order())
    assert state(message) == ("sent", "", "")
    (mail,) = desk.office.arrived(message)
    assert (mail.via, mail.mailbox, mail.mail_from) == ("smtp", ULLA, ULLA)
    assert message.content.unseal() == desk.office.world.raw(mail.id)
    assert desk.office.world.sent_copy(mail.id)


def test_a_token_that_ends_between_two_messages_delays_neither(desk):
    desk.office.world.add_fault("smtp.again", times=1, reply=SIGNED_OUT)
    ulla = desk.connected()
    messages = [desk.office.submit(ulla, order()) for _ in range(3)]
    desk.office.work()
    assert [state(message) for message in messages] == [("sent", "", "")] * 3
    assert Attempt.objects.count() == 3
    assert len(desk.office.world.mail()) == 3
    assert desk.office.world.requests()["smtp.auth"] == 2


def test_an_access_token_that_has_ended_is_refreshed_for_smtp_alone(desk):
    desk.office.world.add_fault("token.lifetime", times=2, seconds=10)  # of the code, and of Exchange's first
    message = desk.office.send(desk.connected(), order())
    assert state(message) == ("sent", "", "")
    assert desk.office.world.mail()[0].via == "smtp"


def test_who_connected_before_it_was_asked_for_has_to_connect_again(desk):
    desk.choose(use_connections_smtp=False, method="")
    ulla = desk.connected()
    desk.choose(use_connections_smtp=True, method=catalog.MICROSOFT_SMTP)
    with pytest.raises(NoRoute) as none:
        desk.office.submit(ulla, order())
    causes = {rung.method: rung.cause for rung in none.value.refused}
    assert causes[catalog.MICROSOFT_SMTP] == "consent_missing"
    assert not OutboxMessage.objects.exists()
    assert state(desk.office.send(desk.connected(), order())) == ("sent", "", "")


def test_consent_taken_back_at_microsoft_has_its_own_cause_and_leaves_the_connection(desk):
    desk.office.world.add_fault("token.lifetime", times=2, seconds=10)
    ulla = desk.connected()
    desk.office.world.add_fault("token", error="AADSTS65001", times=1)
    message = desk.office.send(ulla, order())
    assert state(message) == ("waiting", "consent_missing", "consent_missing")
    connection = Connection.objects.get()
    assert connection.is_usable
    assert not any(scope.endswith("SMTP.Send") for scope in connection.scopes)


def test_smtp_auth_switched_off_for_the_mailbox_has_its_own_cause(desk):
    message = desk.office.send(desk.connected(OLAF), order())
    assert state(message) == ("waiting", "smtp_auth_disabled_mailbox", "smtp_auth_disabled_mailbox")
    assert "5.7.139" in message.mailbox.cause_raw
    assert desk.office.world.mail() == []
