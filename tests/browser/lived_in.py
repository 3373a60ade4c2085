"""A company with a month of mail behind it, for pictures of pages as people meet them."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from unittest import mock

from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company, Membership
from core import ids
from mailsettings.credentials import store
from mailsettings.models import CredentialKind
from sender import outbox
from sender.models import MailboxSlot, OutboxMessage
from tests.sender.helpers import begun, ended, hand_over, left_without_an_answer, refused

PLACES = ("Riga", "Hamburg", "Göteborg", "Rotterdam", "Tallinn", "Oslo", "Gdańsk", "Århus")
FIRMS = ("carrier", "client", "warehouse", "customs")
USER_UNKNOWN = "550 5.1.1 <dispatch@carrier.example>: Recipient address rejected: User unknown"


def live_a_month(company: Company) -> OutboxMessage:
    """Messages of thirty days, most of them sent; returns one that was refused today."""
    chance = Random(7)
    people = list(company.memberships.select_related("user", "company"))
    ends = timezone.localdate() + timedelta(days=24)
    store(company, CredentialKind.CLIENT_SECRET, "a secret", actor=COMMAND_LINE, expires_on=ends)
    for days_ago in range(30, 0, -1):
        day = timezone.now() - timedelta(days=days_ago)
        for number in range(2 if day.weekday() > 4 else chance.randint(7, 12)):
            with at(day.replace(hour=7, minute=5) + timedelta(minutes=47 * number)):
                _one(chance, chance.choice(people), days_ago)
    MailboxSlot.objects.all().delete()  # those of the month's workers
    return _today(people)


def _one(chance: Random, person: Membership, days_ago: int) -> None:
    message = _order(chance, person)
    if chance.random() < 0.04:
        refused(message, USER_UNKNOWN)
    else:
        ended(begun(message))


def _order(chance: Random, person: Membership) -> OutboxMessage:
    start, end = chance.sample(PLACES, 2)
    subject = f"Transport order {chance.randint(26_100, 26_999)}: {start} – {end}"
    return hand_over(person, to=(f"dispatch@{chance.choice(FIRMS)}.example",), subject=subject)


def _today(people: list[Membership]) -> OutboxMessage:
    chance = Random(8)
    stopped, unknown, failed = (_order(chance, person) for person in people[:3])
    outbox.cancel(stopped)
    left_without_an_answer(unknown)
    refused(failed, USER_UNKNOWN)
    for _ in range(3):
        ended(begun(_order(chance, people[-1])))
    _order(chance, people[-1])
    return failed


@contextmanager
def at(moment: datetime):
    """What is stored within gets the time and the keys of that moment."""
    before = ids._last
    ids._last = 0
    with (
        mock.patch.object(ids.time, "time_ns", return_value=int(moment.timestamp() * 1e9)),
        mock.patch("django.utils.timezone.now", return_value=moment),
    ):
        yield
    ids._last = before
