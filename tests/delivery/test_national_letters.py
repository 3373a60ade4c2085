"""Letters of any script in addresses, names and passwords: readable here, correct on the wire."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from accounts.services import invitation_of, invite, join
from core.addresses import wire_form
from mailsettings import credentials, services
from mailsettings.forms import EmailPasswordForm
from mailsettings.models import CredentialKind
from sender.services import Draft, RawMessage
from tests.delivery.outbox import order, state

WIRE = "xn--exmple-cua.example"
UWE = "uwe.user@nordicfreight.example"
ZANNA = "žanna@žuvis.example"


@pytest.fixture
def uwe(office) -> Membership:
    return office.person(UWE, "OwnPassword")


def without_smtputf8(office) -> None:
    office.world.add_fault("smtp.lacks", reply="SMTPUTF8")


def page_of(office, message, person) -> str:
    browser = Client(HTTP_HOST="localhost:8000")
    browser.force_login(person.user)
    return browser.get(reverse("message", args=[person.company.code, message.pk])).content.decode()


@pytest.mark.parametrize("typed", ["anna@exämple.example", f"anna@{WIRE}"])
def test_a_domain_goes_in_its_ascii_form_everywhere_and_is_shown_readable(office, uwe, typed):
    without_smtputf8(office)
    draft = Draft(
        to=[f"Ännä <{typed}>"], cc=[f"cc.{typed}"], bcc=[f"bcc.{typed}"], reply_to=[typed], subject="x"
    )
    message = office.send(uwe, draft)
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert mail.recipients == {f"anna@{WIRE}": "to", f"cc.anna@{WIRE}": "cc", f"bcc.anna@{WIRE}": "bcc"}
    raw = office.world.raw(mail.id)
    assert raw.partition(b"\r\n\r\n")[0].isascii()
    assert f"Reply-To: anna@{WIRE}\r\n".encode() in raw
    page = page_of(office, message, uwe)
    assert "cc.anna@exämple.example" in page
    assert f"cc.anna@{WIRE}" not in page


def test_other_letters_before_the_at_sign_go_where_the_server_takes_them(office, uwe):
    message = office.send(uwe, order("müller@exämple.example"))
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert mail.recipients == {f"müller@{WIRE}": "to"}
    assert f"To: müller@{WIRE}\r\n".encode() in office.world.raw(mail.id)


def test_else_they_are_refused_before_anything_is_sent_naming_address_and_server(office, uwe):
    without_smtputf8(office)
    message = office.send(uwe, order("janis@customer.example", "müller@exämple.example"))
    assert state(message) == ("failed", "recipient_invalid", "")
    assert "müller@exämple.example" in message.cause_raw
    assert "localhost" in message.cause_raw
    assert office.world.mail() == []
    assert state(office.send(uwe, order())) == ("sent", "", ""), "the mailbox goes on"


def test_graph_takes_them_too(office):
    ulla = office.person("ulla.user@nordicfreight.example", "NordicFreight")
    office.connect("ulla.user@nordicfreight.example")
    message = office.send(ulla, order("müller@exämple.example", "anna@exämple.example"))
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert set(mail.recipients) == {f"müller@{WIRE}", f"anna@{WIRE}"}


RAW = (
    "From: uwe.user@nordicfreight.example\r\n"
    'To: "Ännä, ännä@exämple.example" <anna@exämple.example>,\r\n janis@customer.example\r\n'
    "Subject: Žuvis ņķļ\r\n\r\nText\r\n"
).encode()


@pytest.mark.parametrize("takes_utf8", [True, False])
def test_a_finished_message_keeps_its_bytes_where_the_server_takes_utf8(office, uwe, takes_utf8):
    """Elsewhere only the domains change: a name in quotes, the subject and the text stay as they came."""
    if not takes_utf8:
        without_smtputf8(office)
    message = office.send(uwe, RawMessage(RAW))
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert set(mail.recipients) == {f"anna@{WIRE}", "janis@customer.example"}
    there = RAW if takes_utf8 else RAW.replace("<anna@exämple.example>".encode(), f"<anna@{WIRE}>".encode())
    assert office.world.raw(mail.id).endswith(there)


def test_name_and_password_of_any_letters_sign_in_and_send(office):
    zanna = office.person(ZANNA, "OwnPassword")
    message = office.send(zanna, order())
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert mail.mailbox == ZANNA
    assert mail.mail_from == wire_form(ZANNA)
    credentials.store(
        zanna.company, CredentialKind.USER_PASSWORD, "Žāvēta zivs, s", actor=COMMAND_LINE, membership=zanna
    )
    assert state(office.send(zanna, order()))[1] == "user_password_wrong"


def test_a_user_name_goes_to_the_server_as_it_was_typed(office):
    """Servers differ in how they know an account; From and the envelope are right either way."""
    zanna = office.person(ZANNA, "OwnPassword")
    typed = wire_form(ZANNA)
    form = EmailPasswordForm({"user_name": typed, "password": "x"}, membership=zanna)
    assert form.is_valid(), form.errors
    services.save_person(zanna, form.values, actor=COMMAND_LINE)
    message = office.submit(zanna, order())
    assert message.mailbox.account == typed
    assert message.envelope_from == typed


def test_a_person_joins_and_signs_in_by_either_spelling(office):
    company = office.person(UWE, "OwnPassword").company
    _row, link = invite(company, f"Jürgen@{WIRE}", "user", COMMAND_LINE)
    invitation = invitation_of(link.rstrip("/").rpartition("/")[2])
    assert invitation.email == "jürgen@exämple.example"
    join(invitation, "Jürgen", "a-Portal-password-7")
    for typed in ("jürgen@exämple.example", f"Jürgen@{WIRE}"):
        browser = Client(HTTP_HOST="localhost:8000")
        answer = browser.post(reverse("account_login"), {"login": typed, "password": "a-Portal-password-7"})
        assert answer.status_code == 302, answer.content.decode()
