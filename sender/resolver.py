"""Messages of unknown outcome, sent through Microsoft Graph: look whether they lie in Sent Items.

Only finding one settles it. Not finding one proves nothing: Graph files the copy when the message leaves, which may
be later (learn.microsoft.com/graph/outlook-things-to-know-about-send-mail), and Exchange does not promise to keep the
Message-ID. So nothing is ever sent again from here; after a quarter of an hour a person decides, as without it.
"""

import time
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.ids import first_of
from core.sentences import kept
from mailsettings import catalog
from sender import outbox, sign_in
from sender.models import Attempt, OutboxMessage, RecipientOutcome, State
from sender.transports.base import Outcome, TransportError
from sender.transports.graph import GraphTransport

FIRST_LOOK = timedelta(seconds=20)
LAST_LOOK = timedelta(minutes=15)
OLDEST = timedelta(days=8)  # since it was handed over: nothing is tried for longer
MOST_A_ROUND = 50
FOR_S = 30.0  # in all: a server that hangs must not take the round of others
_BY_GRAPH = [slug for slug, each in catalog.METHODS.items() if each.transport.endswith(".GraphTransport")]

log = structlog.get_logger()


def look(now: datetime) -> int:
    """Settle the messages that are found; called each minute. Returns how many were."""
    unknown = OutboxMessage.objects.filter(
        state=State.UNKNOWN,
        pk__gt=first_of(now - OLDEST),
        finished_at__range=(now - LAST_LOOK, now - FIRST_LOOK),
        mailbox__method__in=_BY_GRAPH,
    )
    rows = unknown.select_related("mailbox__company", "mailbox__membership__user")
    settled, until = 0, time.monotonic() + FOR_S
    for message in rows.filter(pk__in=_in_turn(unknown, now)):
        if time.monotonic() > until:
            break
        settled += _settled(message)
    return settled


def _in_turn(unknown: QuerySet[OutboxMessage], now: datetime) -> list[UUID]:
    """Others each minute, where they are more than a round takes: those that are not there stay unknown."""
    keys = list(unknown.order_by("pk").values_list("pk", flat=True))
    begin = int(now.timestamp() // 60) * MOST_A_ROUND % max(len(keys), 1)
    return (keys[begin:] + keys[:begin])[:MOST_A_ROUND]


def _settled(message: OutboxMessage) -> bool:
    with suppress(TransportError, sign_in.SignInMissing):
        transport = sign_in.transport_for(message.mailbox)
        try:
            is_found = isinstance(transport, GraphTransport) and transport.is_sent(message.message_id)
        finally:
            transport.close()
        if is_found and _is_now_sent(message):
            log.info("found in Sent Items", message=str(message.pk))
            return True
    return False


@transaction.atomic
def _is_now_sent(message: OutboxMessage) -> bool:
    if not outbox.resolve_as_sent(message):
        return False
    Attempt.objects.filter(message=message, outcome=Outcome.UNKNOWN).update(note=_found())
    unsure = RecipientOutcome.objects.filter(message=message, outcome=Outcome.UNKNOWN)
    unsure.update(outcome=Outcome.ACCEPTED, reply="Found in Sent Items.")
    return True


def _found() -> str:
    with kept():
        return _("Found in Sent Items.")
