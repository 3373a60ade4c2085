"""Somebody mended the settings: what stood still goes on, by the way that holds now."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import CredentialKind, SmtpServer
from sender import actions
from sender.models import Health, OutboxMessage, SendingMailbox
from tests.sender.helpers import hand_over


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
