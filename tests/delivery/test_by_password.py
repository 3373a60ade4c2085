"""Sending by user name and password at Microsoft: what arrives, and the cause of each unhappy end."""

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import credentials, services
from mailsettings.models import CredentialKind, MicrosoftApp
from oauth.models import PasswordToken
from sender import actions
from sender.mime import Attachment
from sender.services import Draft, RawMessage
from tests.delivery.conftest import SECRETS
from tests.delivery.microsoft import allow, approve
from tests.delivery.outbox import order, state, time_passes
from tests.sandbox.people import ARCHIVE

COMPANY = "ByPassword"
ULLA = "ulla.user@nordicfreight.example"
EXPIRED_SECRET = "xyz8Q~.Kf7UAVN0p5GsPjbWEKY6JS-wUxAi3iBj5"


def somebody(office, name: str):
    return office.person(f"{name}@nordicfreight.example", COMPANY)


@pytest.fixture
def ulla(office, sandbox):
    """Her password is stored, and an administrator has approved the app."""
    approve(COMPANY, sandbox.ca_file)
    return somebody(office, "ulla.user")


def store_secret(person, value: str) -> None:
    credentials.store(person.company, CredentialKind.CLIENT_SECRET, value, actor=COMMAND_LINE)


def type_password(person, value: str) -> None:
    services.save_password(person, "graph_password", {}, secret=value, actor=COMMAND_LINE)


def asked(office) -> int:
    """How many times a password was told to the sandbox."""
    return office.world.requests().get("token.password", 0)


def paused_for(message, cause: str) -> bool:
    return state(message) == ("waiting", cause, cause)


def test_a_person_who_never_connected_sends_by_password(office, ulla):
    message = office.send(ulla, order())
    assert state(message) == ("sent", "", "")
    (mail,) = office.arrived(message)
    assert (message.mailbox.method, mail.via, mail.mailbox) == ("graph_password", "graph", ULLA)
    stored = credentials.stored(ulla.company, CredentialKind.USER_PASSWORD, ulla)
    assert stored.last_worked_at is not None


def test_many_messages_need_one_sign_in_and_the_token_cannot_be_read(office, ulla):
    for _ in range(3):
        office.submit(ulla, order())
    office.work()
    assert len(office.world.mail()) == 3
    assert asked(office) == 1
    row = PasswordToken.objects.get()
    assert row.unseal().startswith(b"eyJ")
    assert b"eyJ" not in bytes(row.ciphertext)


def test_a_wrong_password_is_tried_once_whatever_people_press_and_the_right_one_sends(office, ulla):
    type_password(ulla, "wrong")
    first = office.send(ulla, order())
    assert paused_for(first, "user_password_wrong")
    second = office.send(ulla, order())
    for _ in range(3):
        actions.retry(first)
        office.work()
    services.save_policy(ulla.company, {"give_up_hours": 48}, actor=COMMAND_LINE)
    office.work()
    assert paused_for(first, "user_password_wrong")
    assert asked(office) == 1
    type_password(ulla, SECRETS["ULLA_PASSWORD"])
    office.work()
    assert (state(first), state(second)) == (("sent", "", ""), ("sent", "", ""))
    assert asked(office) == 2


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("mia.mfa", "mfa_required"),
        ("fiona.federated", "federated_account_needs_browser"),
        ("emil.expired", "user_password_expired"),
        ("boris.blocked", "user_account_disabled"),
        ("nobody", "user_not_in_tenant"),
        ("nora.nomailbox", "mailbox_missing_or_unlicensed"),
    ],
)
def test_an_account_that_cannot_send_so_is_told_why(office, ulla, name, cause):
    assert paused_for(office.send(somebody(office, name), order()), cause)


def test_a_federated_password_is_told_to_nobody(office, ulla):
    office.send(somebody(office, "fiona.federated"), order())
    assert office.world.requests()["userrealm"] == 1
    assert asked(office) == 0


def test_without_an_administrators_approval_nobody_can_be_asked(office):
    assert paused_for(office.send(somebody(office, "ulla.user"), order()), "consent_missing")


def test_the_approval_and_another_try_send_it(office, sandbox):
    message = office.send(somebody(office, "ulla.user"), order())
    approve(COMPANY, sandbox.ca_file)
    actions.retry(message)
    office.work()
    assert state(message) == ("sent", "", "")


@pytest.mark.parametrize(
    ("secret", "cause"),
    [(EXPIRED_SECRET, "client_secret_expired"), ("abc8Q~not-the-secret", "client_secret_invalid")],
)
def test_a_wrong_or_ended_secret_of_the_app_pauses_until_it_is_replaced(office, ulla, secret, cause):
    store_secret(ulla, secret)
    message = office.send(ulla, order())
    assert paused_for(message, cause)
    store_secret(ulla, SECRETS["CLIENT_SECRET"])
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_registration_without_the_permission_is_told(office, ulla):
    MicrosoftApp.objects.filter(company=ulla.company).update(client_id=ARCHIVE.client_id)
    store_secret(ulla, ARCHIVE.secrets[0].value)
    assert paused_for(office.send(ulla, order()), "consent_missing")


def test_a_locked_account_is_waited_for_and_not_asked_meanwhile(office, ulla):
    office.world.add_fault("token", times=1, error="AADSTS50053")
    message = office.send(ulla, order())
    assert state(message) == ("waiting", "account_locked_or_malicious_ip", "")
    office.work()
    assert asked(office) == 1
    message.refresh_from_db()
    assert (message.due_at - message.submitted_at).total_seconds() > 14 * 60
    time_passes(message)
    PasswordToken.objects.update(expires_at=timezone.now())
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_passing_fault_is_waited_for(office, ulla):
    office.world.add_fault("token", times=1, status=503, retry_after="400")
    message = office.send(ulla, order())
    assert state(message) == ("waiting", "provider_temporarily_unavailable", "")
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_token_that_graph_refuses_is_replaced_once(office, ulla):
    office.world.add_fault("graph.send", times=1, status=401, code="InvalidAuthenticationToken")
    assert state(office.send(ulla, order())) == ("sent", "", "")
    assert asked(office) == 2


def test_a_foreign_from_is_a_send_as_refusal_and_pauses_nobody(office, ulla):
    raw = b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: x\r\n\r\n"
    assert state(office.send(ulla, RawMessage(raw))) == ("failed", "send_as_denied", "")
    assert state(office.send(ulla, order())) == ("sent", "", "")


def test_a_large_file_needs_the_permission_it_names(office, ulla):
    large = Draft(to=["janis@customer.example"], attachments=[Attachment("drawing.bin", b"\0" * 3_200_000)])
    refused = office.send(ulla, large)
    assert state(refused) == ("failed", "message_too_large", "")
    assert "Mail.ReadWrite" in refused.cause_raw
    allow(ULLA, "Mail.ReadWrite", office.sandbox.authority_url, office.sandbox.ca_file)
    PasswordToken.objects.all().delete()
    assert state(office.send(ulla, large)) == ("sent", "", "")
