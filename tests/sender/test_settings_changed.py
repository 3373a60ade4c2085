"""Somebody mended the settings: what stood still goes on, by the way that holds now."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import CredentialKind, SmtpServer
from sender import actions, leases, outbox, sign_in
from sender.doctor import examine
from sender.drain import Drain
from sender.limits import limits_of
from sender.models import Health, OutboxMessage, SendingMailbox
from sender.transports.base import TransportError
from tests.sender.helpers import hand_over, state_of, take_slot
from tests.sender.test_drain import Scripted, accepted

WRONG_PASSWORD = {"stage": "smtp_auth", "reply": "535 5.7.8 Authentication failed", "smtp_code": 535}
NO_CONNECTION = {"stage": "smtp_connect", "reply": "TimeoutError: timed out"}


def broken_with_mail(world, number: int) -> list:
    """That many messages wait in a mailbox that needs attention."""
    messages = [hand_over(world.user, subject=f"Order {n}") for n in range(number)]
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION, cause="smtp_auth_rejected_generic")
    return messages


def use_another_server(world) -> None:
    """The company's server wants a sign-in from now on: that is another mailbox with the same From."""
    SmtpServer.objects.update(authentication="password", user_name="relay")
    facts = {"actor": COMMAND_LINE, "membership": None}
    credentials.store(world.company, CredentialKind.SMTP_PASSWORD, "bright-morning-mail", **facts)


def test_all_mail_moves_to_the_new_way_however_much_it_is(world, django_assert_max_num_queries):
    messages = broken_with_mail(world, 30)
    use_another_server(world)
    before = SendingMailbox.objects.get()
    with django_assert_max_num_queries(30):
        actions.settings_changed(company=world.company)
    moved = set(OutboxMessage.objects.values_list("mailbox__account", flat=True))
    assert (before.account, moved) == ("", {"relay"})
    assert OutboxMessage.objects.count() == len(messages)


def test_mailboxes_without_mail_cost_nothing_when_settings_are_mended(world):
    broken_with_mail(world, 1)
    before = asked_for_after_a_change(world)
    SendingMailbox.objects.bulk_create(
        SendingMailbox(company=world.company, method="smtp_password", owner=str(n), account=f"{n}@x.example")
        for n in range(50)
    )
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION, cause="smtp_auth_rejected_generic")
    assert asked_for_after_a_change(world) == before
    assert not SendingMailbox.objects.exclude(health=Health.READY).exists()


def asked_for_after_a_change(world) -> int:
    with CaptureQueriesContext(connection) as asked:
        actions.settings_changed(company=world.company)
    return len(asked)


def test_a_message_whose_from_the_new_way_does_not_have_stays_where_it_is(world):
    (message,) = broken_with_mail(world, 1)
    OutboxMessage.objects.update(from_address="other@people.example")
    use_another_server(world)
    actions.settings_changed(company=world.company)
    message.refresh_from_db()
    assert message.mailbox.account == ""


def turn(mailbox: SendingMailbox, monkeypatch, result: object) -> None:
    """A slot takes its turn; a callable result is what happens while the server is asked."""
    monkeypatch.setattr(sign_in, "transport_for", lambda _mailbox: Scripted(result))
    mailbox.refresh_from_db()
    lease = leases.take(mailbox, 1)
    Drain(mailbox, lease, lambda: False, limits_of(mailbox)).run()
    lease.release()


def saves_the_settings(world) -> None:
    actions.settings_changed(company=world.company)


def presses_retry(world) -> None:
    actions.wake(SendingMailbox.objects.get())


def checks(world) -> None:
    """The steps themselves are not looked at here: what they come to is."""
    examine._settled(SendingMailbox.objects.get())


@pytest.mark.parametrize("failure", [WRONG_PASSWORD, NO_CONNECTION], ids=["sign-in", "connection"])
@pytest.mark.parametrize("mends", [saves_the_settings, presses_retry, checks])
def test_what_fails_with_the_old_settings_does_not_pause_the_mended_mailbox(
    world, monkeypatch, mends: Callable, failure: dict
):
    message = hand_over(world.user)

    def fails(_before_handover: Callable) -> None:
        mends(world)
        raise TransportError(**failure)

    turn(message.mailbox, monkeypatch, fails)
    mailbox = SendingMailbox.objects.get()
    assert (mailbox.health, mailbox.cause, mailbox.paused_until) == (Health.READY, "", None)
    assert state_of(message) == "waiting"
    assert max(mailbox.next_due_at, message.due_at) <= timezone.now()
    turn(message.mailbox, monkeypatch, accepted())
    assert state_of(message) == "sent"


def test_what_fails_with_the_new_settings_pauses_it(world, monkeypatch):
    message = hand_over(world.user)
    for mends in (saves_the_settings, presses_retry):
        mends(world)
        turn(message.mailbox, monkeypatch, TransportError(**WRONG_PASSWORD))
        assert SendingMailbox.objects.get().health == Health.NEEDS_ATTENTION
        assert state_of(message) == "waiting"


def test_a_further_slot_that_fails_after_the_mending_of_what_another_met_pauses_nothing(world):
    message = hand_over(world.user)
    one, another = (SendingMailbox.objects.get() for _slot in range(2))
    assert outbox.needs_attention(one, "smtp_auth_rejected_generic", "535")
    saves_the_settings(world)
    assert not outbox.needs_attention(another, "smtp_auth_rejected_generic", "535")
    message.mailbox.refresh_from_db()
    assert message.mailbox.health == Health.READY


def test_saving_the_settings_writes_to_no_mailbox_that_works_and_is_at_rest(world):
    take_slot(hand_over(world.user))
    facts = {"company": world.company, "method": "smtp_password"}
    at_rest = SendingMailbox.objects.create(owner="1", account="bob@x.example", **facts)
    saves_the_settings(world)
    assert list(SendingMailbox.objects.filter(mended_at=None)) == [at_rest]
