"""The unhappy ends by SMTP: each has its own cause, and the message a definite state."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import Credential, CredentialKind
from sender import actions, sign_in
from sender.services import RawMessage
from tests.delivery.outbox import TO, answers, order, state, time_passes

UWE = "uwe.user@nordicfreight.example"


@pytest.fixture
def uwe(office):
    return office.person(UWE, "OwnPassword")


def store_password(person, password: str) -> None:
    credentials.store(
        person.company, CredentialKind.USER_PASSWORD, password, actor=COMMAND_LINE, membership=person
    )


def test_a_wrong_password_pauses_the_mailbox_and_the_right_one_wakes_it(office, uwe):
    store_password(uwe, "not the password")
    first, second = office.submit(uwe, order()), office.submit(uwe, order())
    office.work()
    assert state(first) == ("waiting", "user_password_wrong", "user_password_wrong")
    assert state(second) == ("waiting", "", "user_password_wrong")
    office.work()
    assert office.world.requests()["smtp.auth"] == 1, "a locked account is not knocked at again"

    store_password(uwe, "Uwe-sails-1")
    office.work()
    assert state(first) == state(second) == ("sent", "", "")
    assert len(office.world.mail()) == 2


@pytest.mark.parametrize(
    ("password", "cause"),
    [("Gina-sails-1", "app_password_required"), ("ponmlkjihgfedcba", "user_password_wrong")],
)
def test_gmail_refusing_the_app_password_pauses_the_mailbox(office, password, cause):
    gina = office.person("gina.gmail@gmail.example", "AtGmail")
    kind = CredentialKind.GMAIL_APP_PASSWORD
    credentials.store(gina.company, kind, password, actor=COMMAND_LINE, membership=gina)
    message = office.send(gina, order())
    assert state(message) == ("waiting", cause, cause)
    credentials.store(gina.company, kind, "abcdefghijklmnop", actor=COMMAND_LINE, membership=gina)
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_password_that_no_key_opens_is_waited_for(office, uwe):
    stored = Credential.objects.filter(membership=uwe)
    key = stored.get().key_id
    stored.update(key_id="lost")
    message = office.send(uwe, order())
    assert state(message) == ("waiting", "portal_at_fault", "")
    stored.update(key_id=key)  # the operator brought it back
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")


def test_a_password_deleted_meanwhile_pauses_the_mailbox_until_there_is_one(office, uwe):
    message = office.submit(uwe, order())
    credentials.remove(Credential.objects.get(membership=uwe), COMMAND_LINE)
    office.work()
    assert state(message) == ("waiting", "settings_incomplete", "settings_incomplete")
    store_password(uwe, "Uwe-sails-1")
    office.work()
    assert state(message) == ("sent", "", "")


def test_smtp_auth_switched_off_for_the_directory_pauses_the_mailbox(office, uwe):
    reply = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    office.world.add_fault("smtp.auth", times=1, reply=reply)
    message = office.send(uwe, order())
    assert state(message) == ("waiting", "smtp_auth_disabled_tenant", "smtp_auth_disabled_tenant")
    actions.wake(message.mailbox)  # somebody switched it on, and pressed "Try again now"
    office.work()
    assert state(message) == ("sent", "", "")


def test_smtp_auth_switched_off_for_the_mailbox_pauses_that_mailbox_only(office, uwe):
    olaf = office.person("olaf.smtpoff@nordicfreight.example", "OwnPassword")
    message, other = office.submit(olaf, order()), office.submit(uwe, order())
    office.work()
    assert state(message) == ("waiting", "smtp_auth_disabled_mailbox", "smtp_auth_disabled_mailbox")
    assert state(other) == ("sent", "", "")


def test_a_foreign_from_ends_its_message_and_not_the_mailbox(office, uwe):
    raw = b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nSubject: x\r\n\r\n"
    message = office.send(uwe, RawMessage(raw))
    assert state(message) == ("failed", "send_as_denied", "")
    assert state(office.send(uwe, order())) == ("sent", "", "")


def test_one_unknown_recipient_does_not_hold_up_the_others(office, uwe):
    message = office.send(uwe, order("nobody@customer.example", *TO, "zanete@customer.example"))
    assert state(message) == ("sent", "", "")
    assert answers(message) == {
        "nobody@customer.example": "refused",
        "janis@customer.example": "accepted",
        "zanete@customer.example": "accepted",
    }
    (mail,) = office.arrived(message)
    assert set(mail.recipients) == {"janis@customer.example", "zanete@customer.example"}


def test_only_unknown_recipients_end_the_message(office, uwe):
    message = office.send(uwe, order("nobody@customer.example"))
    assert state(message) == ("failed", "recipient_invalid", "")
    assert "5.1.10" in message.cause_raw


def test_a_greylisted_recipient_is_tried_again_alone(office, uwe):
    message = office.send(uwe, order("later@customer.example", *TO))
    assert state(message) == ("waiting", "provider_temporarily_unavailable", "")
    assert answers(message) == {"later@customer.example": "deferred", "janis@customer.example": "accepted"}
    assert message.due_at > timezone.now() + timedelta(seconds=50)
    time_passes(message)
    office.work()
    assert state(message)[0] == "waiting"
    (mail,) = office.arrived(message)
    assert set(mail.recipients) == {"janis@customer.example"}
    assert state(office.send(uwe, order()))[0] == "sent", "other mail does not wait for it"


def test_a_recipient_put_off_once_gets_the_message_at_the_next_try(office, uwe):
    zanete = "zanete@customer.example"
    office.world.add_fault("smtp.rcpt", times=1, recipient=zanete, reply="450 4.7.1 Greylisted")
    message = office.send(uwe, order(zanete, *TO))
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
    assert [set(mail.recipients) for mail in office.arrived(message)] == [{zanete}, set(TO)]


@pytest.mark.parametrize(
    ("where", "reply"),
    [
        ("smtp.auth", "432 4.3.2 Concurrent connections limit exceeded."),
        ("smtp.mail", "421 4.4.2 Message submission rate for this client has exceeded the configured limit"),
        ("smtp.eod", "451 4.7.500 Server busy. Please try again later"),
    ],
)
def test_a_busy_server_makes_the_message_wait_and_it_goes_by_itself(office, uwe, where, reply):
    office.world.add_fault(where, times=1, reply=reply)
    message = office.send(uwe, order())
    assert state(message) == ("waiting", "provider_throttled", ""), "nobody has to mend anything"
    assert message.due_at > timezone.now() + timedelta(seconds=50)
    office.work()
    assert office.world.mail() == []
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1


@pytest.mark.parametrize(
    "where", ["smtp.connect", "smtp.ehlo", "smtp.auth", "smtp.mail", "smtp.rcpt", "smtp.data"]
)
def test_a_connection_cut_before_the_point_of_no_return_is_tried_again(office, uwe, where):
    office.world.add_fault(where, times=1, action="drop")
    message = office.send(uwe, order())
    assert state(message) == ("waiting", "smtp_connection_dropped", "")
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1


@pytest.mark.parametrize(("action", "copies"), [("drop_after", 1), ("drop_before", 0)])
def test_a_connection_cut_after_the_final_dot_is_unknown_and_not_sent_again(office, uwe, action, copies):
    office.world.add_fault("smtp.eod", times=1, action=action)
    message = office.send(uwe, order())
    assert state(message) == ("unknown", "unknown_outcome", "")
    time_passes(message)
    office.work()
    assert state(message)[0] == "unknown"
    assert len(office.arrived(message)) == copies
    assert office.world.requests()["smtp.session"] == 1


def test_a_message_larger_than_the_server_takes_fails_before_it_is_sent(office, uwe):
    line = b"x" * 76 + b"\r\n"
    raw = b"To: janis@customer.example\r\nSubject: large\r\n\r\n" + line * (38_000_000 // len(line))
    message = office.send(uwe, RawMessage(raw))
    assert state(message) == ("failed", "message_too_large", "")
    assert "37748736" in message.cause_raw
    assert "smtp.message" not in office.world.requests()


def test_an_error_that_nobody_foresaw_is_not_tried_without_end(office, uwe, monkeypatch):
    def surprise(_mailbox) -> None:
        raise ValueError("A surprise.")

    with monkeypatch.context() as patch:
        patch.setattr(sign_in, "transport_for", surprise)
        message = office.send(uwe, order())
    assert state(message)[0] == "waiting"
    assert message.attempts_made == 1
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
