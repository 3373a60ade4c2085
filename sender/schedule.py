"""Which mailboxes are due, and whose turn it is: a round over companies, and over the mailboxes of each."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from sender.models import Health, SendingMailbox

TURN_S = 5  # a slot's turn is over after it when others wait; below that, too much would go into handshakes
KEPT_FREE = 8  # one thread of so many is kept for companies that have none


def due(now: datetime) -> QuerySet[SendingMailbox]:
    """Mailboxes with something that is due and that nobody took; from the index `mailbox_due` alone."""
    not_paused = Q(paused_until=None) | Q(paused_until__lte=now)
    return SendingMailbox.objects.filter(not_paused, health=Health.READY, next_due_at__lte=now)


def next_in_turn(now: datetime, limit: int, without: Collection[UUID] = ()) -> list[SendingMailbox]:
    """Each company's mailbox that had its turn the longest ago, then each company's next, and so on."""
    longest_ago = F("last_turn_at").asc(nulls_first=True)
    place = Window(RowNumber(), partition_by="company_id", order_by=[longest_ago, "next_due_at"])
    rows = (
        due(now).exclude(pk__in=without).annotate(place=place).order_by("place", longest_ago, "next_due_at")
    )
    return list(rows.select_related("company", "membership__user")[:limit])


def next_moment(now: datetime) -> datetime | None:
    """When a mailbox that is not due yet will be."""
    rows = SendingMailbox.objects.filter(health=Health.READY, next_due_at__gt=now).order_by("next_due_at")
    return rows.values_list("next_due_at", flat=True).first()


def startable(
    due_ones: list[SendingMailbox], running: Counter[UUID], threads: int
) -> tuple[list[SendingMailbox], list[SendingMailbox]]:
    """Those that get a thread now, fewest of their company first, and those that wait for one.

    `running` counts threads by company. A company that has one already leaves the last few to others.
    """
    running = Counter(running)
    free = threads - running.total()
    kept_free = threads // KEPT_FREE
    chosen, waiting = [], []
    for mailbox in sorted(due_ones, key=lambda one: running[one.company_id]):
        needed = 1 + (kept_free if running[mailbox.company_id] else 0)
        if free < needed:
            waiting.append(mailbox)
            continue
        chosen.append(mailbox)
        running[mailbox.company_id] += 1
        free -= 1
    return chosen, waiting
