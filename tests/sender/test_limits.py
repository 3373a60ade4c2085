"""What a provider allows one mailbox is kept, and waited for without a failed try."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from mailsettings import catalog
from mailsettings.models import Security, SmtpServer
from sender import leases, limits, sign_in
from sender.drain import Drain
from sender.limits import Limits, limits_of
from sender.models import OutboxMessage, SendingMailbox
from sender.transports.base import TransportError
from tests.sender.helpers import hand_over, state_of
from tests.sender.test_drain import Scripted, accepted

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def made(company, method: str) -> SendingMailbox:
    return SendingMailbox(company=company, method=method, owner="", account="x@alpha.example")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (catalog.MICROSOFT_GRAPH, (4, 0, 10_000)),
        (catalog.GRAPH_APP, (4, 0, 10_000)),
        (catalog.SMTP_APP, (3, 30, 10_000)),
        (catalog.GMAIL_APP_PASSWORD, (3, 0, 0)),
    ],
)
def test_each_provider_has_its_limits(world, method, expected):
    found = limits_of(made(world.company, method))
    assert (found.connections, found.messages_a_minute, found.recipients_a_day) == expected


def test_an_own_server_takes_as_many_connections_as_its_company_says(world):
    server = SmtpServer.objects.create(company=world.company, host="mail.alpha.example")
    box = made(world.company, catalog.COMPANY_SMTP)
    assert limits_of(box) == Limits(10)
    SmtpServer.objects.filter(pk=server.pk).update(max_connections=2)
    assert limits_of(box) == Limits(2)


def test_a_password_at_exchange_has_exchanges_limits_and_the_pace_can_be_switched_off(world, settings):
    fields = {"host": "smtp.office365.com", "security": Security.STARTTLS}
    SmtpServer.objects.create(company=world.company, **fields)
    settings.EXCHANGE_MESSAGES_A_MINUTE = 0
    assert limits_of(made(world.company, catalog.SMTP_PASSWORD)) == Limits(3, 0, 10_000)


def test_a_minutes_messages_fill_up_evenly_and_never_beyond_a_minutes():
    allowed = Limits(3, messages_a_minute=30)
    box = SendingMailbox(allowance=0, allowance_at=NOON)
    assert limits.allowance(SendingMailbox(), allowed, NOON) == 30
    assert limits.allowance(box, allowed, NOON + timedelta(seconds=20)) == 10
    assert limits.allowance(box, allowed, NOON + timedelta(hours=1)) == 30
    assert limits.allowance(box, allowed, NOON - timedelta(hours=1)) == 0  # the clock was set back
    assert limits.enough_at(box, allowed, NOON) == NOON + timedelta(seconds=20)


def drained(mailbox: SendingMailbox, allowed: Limits, monkeypatch) -> Scripted:
    transport = Scripted(*[accepted() for _ in range(100)])
    monkeypatch.setattr(sign_in, "transport_for", lambda _: transport)
    lease = leases.take(mailbox, 1)
    Drain(mailbox, lease, lambda: False, allowed).run()
    lease.release()
    return transport


def test_messages_beyond_the_minutes_wait_without_a_try(world, monkeypatch):
    messages = [hand_over(world.user, subject=f"Order {number}") for number in range(25)]
    mailbox = messages[0].mailbox
    SendingMailbox.objects.update(next_due_at=timezone.now())
    assert len(drained(mailbox, Limits(3, messages_a_minute=22), monkeypatch).sent) == 22
    mailbox.refresh_from_db()
    assert timedelta(seconds=20) < mailbox.next_due_at - timezone.now() < timedelta(seconds=30)
    assert (state_of(messages[-1]), messages[-1].attempts_made) == ("waiting", 0)


def test_a_days_recipients_pause_the_mailbox_until_the_next_day(world, monkeypatch):
    messages = [
        hand_over(world.user, to=("a@recipient.example", "b@recipient.example"), subject=str(number))
        for number in range(21)
    ]
    mailbox = messages[0].mailbox
    sent = drained(mailbox, Limits(1, recipients_a_day=40), monkeypatch).sent
    mailbox.refresh_from_db()
    assert (len(sent), mailbox.recipients_counted) == (20, 40)
    assert mailbox.paused_until == limits.next_day(timezone.now())
    assert mailbox.health == "ready"


def test_what_goes_back_unsent_used_up_nothing(world, monkeypatch):
    to = ("a@recipient.example", "b@recipient.example")
    messages = [hand_over(world.user, to=to, subject=str(number)) for number in range(15)]
    mailbox = messages[0].mailbox
    transport = Scripted(TransportError(stage="smtp_connect", reply="421 too busy", smtp_code=421))
    monkeypatch.setattr(sign_in, "transport_for", lambda _: transport)
    allowed = Limits(1, messages_a_minute=30, recipients_a_day=100)
    lease = leases.take(mailbox, 1)
    Drain(mailbox, lease, lambda: False, allowed).run()
    lease.release()
    mailbox.refresh_from_db()
    assert mailbox.recipients_counted == 2
    assert 29 <= mailbox.allowance < 30
    assert OutboxMessage.objects.waiting().count() == 15
