"""What a provider allows one mailbox: connections at once, messages a minute, recipients a day.

Exchange: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission
(3 connections, 30 messages a minute, 10,000 recipients a day); Graph: 4 requests at once for an app and a mailbox,
https://learn.microsoft.com/graph/throttling-limits. Google names no number of connections that it stands by.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from mailsettings import catalog
from mailsettings.models import SmtpServer
from sender.models import RecipientOutcome, SendingMailbox

GRAPH_REQUESTS, EXCHANGE_CONNECTIONS, GMAIL_CONNECTIONS = 4, 3, 3
EXCHANGE_RECIPIENTS_A_DAY = 10_000
_EXCHANGE_HOSTS = (".office365.com", ".outlook.com", ".office365.us", ".outlook.cn")
_WORTH_WAITING_FOR = 10  # messages: with fewer, each would pay for a connection of its own


@dataclass(frozen=True, slots=True)
class Limits:
    """Zero: no limit is kept here, and the server's own answer decides."""

    connections: int
    messages_a_minute: int = 0
    recipients_a_day: int = 0


def limits_of(mailbox: SendingMailbox) -> Limits:
    """Those of the method and, with an own mail server, of that server."""
    method = catalog.METHODS[mailbox.method]
    if method.provider == "microsoft":
        return _GRAPH if "graph" in method.transport else _exchange()
    if method.provider == "google":
        return Limits(GMAIL_CONNECTIONS)
    server = SmtpServer.objects.filter(company=mailbox.company_id).only("host", "max_connections").first()
    if server is None:
        return Limits(1)
    if server.host.endswith(_EXCHANGE_HOSTS):
        return _exchange(server.max_connections)
    return Limits(server.max_connections)


_GRAPH = Limits(GRAPH_REQUESTS, recipients_a_day=EXCHANGE_RECIPIENTS_A_DAY)


def _exchange(most: int = EXCHANGE_CONNECTIONS) -> Limits:
    return Limits(
        min(EXCHANGE_CONNECTIONS, most), settings.EXCHANGE_MESSAGES_A_MINUTE, EXCHANGE_RECIPIENTS_A_DAY
    )


def allowance(mailbox: SendingMailbox, limits: Limits, now: datetime) -> float:
    """How many messages may go now: as many as a minute allows, less what went, filled up evenly."""
    most = limits.messages_a_minute
    if mailbox.allowance is None or mailbox.allowance_at is None:
        return most
    passed_s = max((now - mailbox.allowance_at).total_seconds(), 0)
    return min(mailbox.allowance + passed_s * most / 60, most)


def enough_at(mailbox: SendingMailbox, limits: Limits, now: datetime) -> datetime:
    """When it is worth going on after the minute's messages are used up."""
    lacking = max(min(_WORTH_WAITING_FOR, limits.messages_a_minute) - allowance(mailbox, limits, now), 0)
    return now + timedelta(seconds=lacking * 60 / limits.messages_a_minute)


def is_day_used_up(mailbox: SendingMailbox, limits: Limits, now: datetime) -> bool:
    counted = mailbox.recipients_counted if mailbox.counted_on == now.date() else 0
    return bool(limits.recipients_a_day) and counted >= limits.recipients_a_day


def next_day(now: datetime) -> datetime:
    """When the day's recipients are counted anew; days are counted in UTC."""
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def count(
    mailbox: SendingMailbox, limits: Limits, keys: Collection[UUID], now: datetime, *, goes_back: bool = False
) -> None:
    """Note which messages were taken, or go back unsent. Call it in that transaction, with the mailbox's row locked."""
    sign = -1 if goes_back else 1
    if limits.messages_a_minute:
        mailbox.allowance = allowance(mailbox, limits, now) - sign * len(keys)
        mailbox.allowance_at = now
    if limits.recipients_a_day:
        before = mailbox.recipients_counted if mailbox.counted_on == now.date() else 0
        recipients = RecipientOutcome.objects.filter(message__in=keys).count()
        mailbox.recipients_counted, mailbox.counted_on = max(before + sign * recipients, 0), now.date()
    mailbox.save(update_fields=["allowance", "allowance_at", "counted_on", "recipients_counted"])


def is_limited(limits: Limits) -> bool:
    return bool(limits.messages_a_minute or limits.recipients_a_day)
