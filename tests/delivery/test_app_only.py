"""The company's app sends for people who never connected: what arrives, and the cause of each unhappy end."""

import pytest

from accounts.audit import COMMAND_LINE
from mailsettings import credentials, services
from mailsettings.forms import AppOnlyForm
from mailsettings.models import CredentialKind, FromPolicy, MicrosoftApp
from oauth.models import AppToken
from sender import sign_in
from sender.mime import Attachment
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage
from tests.delivery.conftest import SECRETS
from tests.delivery.outbox import order, state, time_passes

ULLA, NORA, OLAF, PAULA, NOBODY = (
    f"{name}@nordicfreight.example"
    for name in ("ulla.user", "nora.nomailbox", "olaf.smtpoff", "paula.private", "nobody")
)
MIGRATION, INVOICES = "migration.mailbox@nordicfreight.example", "invoices@nordicfreight.example"
EXPIRED_SECRET = "xyz8Q~.Kf7UAVN0p5GsPjbWEKY6JS-wUxAi3iBj5"
GRAPH, SMTP = "AppByGraph", "AppBySmtp"
WAYS = {GRAPH: ("graph_app", "use_graph", "graph"), SMTP: ("smtp_app", "use_smtp", "smtp")}

both = pytest.mark.parametrize("company", [GRAPH, SMTP])


def choose(person, **chosen: object) -> None:
    """As the admin would on the page; the switch of the company's way is on."""
    data = {WAYS[person.company.code][1]: True, "mailbox_from": "mailbox"} | chosen
    form = AppOnlyForm(data, company=person.company)
    assert form.is_valid(), form.errors
    services.save_app_only(person.company, form.values, actor=COMMAND_LINE)


def store_secret(person, value: str) -> None:
    credentials.store(person.company, CredentialKind.CLIENT_SECRET, value, actor=COMMAND_LINE)


def paused_for(message: OutboxMessage, cause: str) -> bool:
    return state(message) == ("waiting", cause, cause)


@both
def test_a_person_who_never_connected_sends_from_his_own_mailbox(office, company):
    message = office.send(office.person(ULLA, company), order())
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert (message.mailbox.method, mail.via, mail.mailbox) == (WAYS[company][0], WAYS[company][2], ULLA)
    assert b"From: =?utf-8?" in office.world.raw(mail.id)


@both
def test_many_messages_of_several_people_need_one_token(office, company):
    for address in (ULLA, ULLA, OLAF if company == GRAPH else ULLA):
        office.submit(office.person(address, company), order())
    office.work()
    assert len(office.world.mail()) == 3
    assert office.world.requests()["token.client_credentials"] == 1


@both
def test_all_mail_may_leave_from_one_mailbox_with_replies_to_the_person(office, company):
    ulla = office.person(ULLA, company)
    choose(ulla, mailbox=INVOICES, mailbox_name="Rēķini")
    message = office.send(ulla, order())
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert (mail.mailbox, mail.mail_from) == (INVOICES, INVOICES)
    assert f"Reply-To: {ULLA}".encode() in office.world.raw(mail.id)


@both
def test_a_mailbox_with_send_as_may_carry_the_persons_address(office, company):
    ulla = office.person(ULLA, company)
    choose(ulla, mailbox=MIGRATION, mailbox_from=FromPolicy.USER)
    message = office.send(ulla, order())
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert mail.mailbox == MIGRATION
    assert ULLA.encode() in office.world.raw(mail.id)


@both
def test_a_foreign_from_ends_its_message_and_not_the_mailbox(office, company):
    ulla = office.person(ULLA, company)
    raw = b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: x\r\n\r\n"
    assert state(office.send(ulla, RawMessage(raw))) == ("failed", "send_as_denied", "")
    assert state(office.send(ulla, order())) == ("sent", "", "")


@both
@pytest.mark.parametrize(
    ("secret", "cause"),
    [(EXPIRED_SECRET, "client_secret_expired"), ("abc8Q~not-the-secret", "client_secret_invalid")],
)
def test_a_wrong_or_ended_secret_pauses_the_mailbox_until_it_is_replaced(office, company, secret, cause):
    ulla = office.person(ULLA, company)
    store_secret(ulla, secret)
    message = office.send(ulla, order())
    assert paused_for(message, cause)
    store_secret(ulla, SECRETS["CLIENT_SECRET"])
    office.work()
    assert state(message) == ("sent", "", "")


@both
def test_a_new_wrong_secret_shows_at_the_next_message_although_the_old_token_lives(office, company):
    ulla = office.person(ULLA, company)
    office.send(ulla, order())
    store_secret(ulla, "abc8Q~not-the-secret")
    assert paused_for(office.send(ulla, order()), "client_secret_invalid")


@pytest.mark.parametrize(
    ("company", "cause"), [(GRAPH, "app_access_policy_blocked"), (SMTP, "xoauth2_token_rejected")]
)
def test_a_mailbox_the_app_may_not_use_is_told_and_pauses_no_other(office, company, cause):
    message = office.send(office.person(PAULA, company), order())
    assert paused_for(message, cause)
    assert state(office.send(office.person(ULLA, company), order())) == ("sent", "", "")


@pytest.mark.parametrize(
    ("address", "cause"), [(NOBODY, "graph_user_not_found"), (NORA, "mailbox_missing_or_unlicensed")]
)
def test_a_person_without_a_mailbox_is_told_so_and_later_mail_leaves_from_the_companys(
    office, address, cause
):
    person = office.person(address, GRAPH)
    choose(person, as_person=True, mailbox=INVOICES)
    assert paused_for(office.send(person, order()), cause)
    later = office.send(person, order())
    assert state(later) == ("sent", "", "")
    (mail,) = office.arrived(later)
    assert mail.mailbox == INVOICES
    assert address in later.route_reason


def test_smtp_switched_off_for_the_mailbox_is_its_own_cause_and_no_matter_to_graph(office):
    assert paused_for(office.send(office.person(OLAF, SMTP), order()), "smtp_auth_disabled_mailbox")
    assert state(office.send(office.person(OLAF, GRAPH), order())) == ("sent", "", "")


def test_a_token_that_smtp_refuses_is_replaced_once(office):
    ulla = office.person(ULLA, SMTP)
    office.world.add_fault("smtp.auth", times=1, reply="535 5.7.3 Authentication unsuccessful")
    assert state(office.send(ulla, order())) == ("sent", "", "")
    assert office.world.requests()["token.client_credentials"] == 2


def test_a_token_that_graph_refuses_is_replaced_once(office):
    ulla = office.person(ULLA, GRAPH)
    office.world.add_fault("graph.send", times=1, status=401, code="InvalidAuthenticationToken")
    assert state(office.send(ulla, order())) == ("sent", "", "")
    assert office.world.requests()["token.client_credentials"] == 2


@both
def test_a_passing_fault_of_the_token_endpoint_is_waited_for(office, company):
    office.world.add_fault("token", times=1, status=503, retry_after="400")
    message = office.send(office.person(ULLA, company), order())
    assert state(message) == ("waiting", "provider_temporarily_unavailable", "")
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")


@both
def test_a_registration_removed_meanwhile_pauses_the_mailbox(office, company):
    ulla = office.person(ULLA, company)
    message = office.submit(ulla, order())
    MicrosoftApp.objects.filter(company=ulla.company).delete()
    office.work()
    assert paused_for(message, "settings_incomplete")


def test_the_apps_own_permissions_decide_about_large_files(office):
    message = office.submit(office.person(ULLA, GRAPH), order())
    transport = sign_in.transport_for(message.mailbox)
    assert transport.settings.scopes == {"Mail.Send"}
    large = Draft(to=["janis@customer.example"], attachments=[Attachment("drawing.bin", b"\0" * 3_200_000)])
    refused = office.send(office.person(ULLA, GRAPH), large)
    assert state(refused) == ("failed", "message_too_large", "")
    assert "Mail.ReadWrite" in refused.cause_raw


def test_the_stored_token_cannot_be_read_in_the_database(office):
    office.send(office.person(ULLA, GRAPH), order())
    row = AppToken.objects.get()
    assert row.unseal().startswith(b"eyJ")
    assert b"eyJ" not in bytes(row.ciphertext)
