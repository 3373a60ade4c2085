"""Which mailboxes are due, and whose turn it is: a round over companies, and over the mailboxes of each."""

# ruff: noqa: S608 - the SQL is made of constants

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sender.models import Health, MailboxSlot, SendingMailbox
from sender.statements import as_moment, as_uuid, prepared

TURN_S = 5  # a slot's turn is over after it when others wait; below that, too much would go into handshakes
KEPT_FREE = 8  # one thread of so many is kept for companies that have none


_MAILBOXES = SendingMailbox._meta.db_table
# Mailboxes with something that is due and that nobody took; from the index `mailbox_due` alone.
_DUE = (
    f"FROM {_MAILBOXES} WHERE health = '{Health.READY}' AND next_due_at <= %(now)s "
    "AND (paused_until IS NULL OR paused_until <= %(now)s)"
)
_IN_TURN = "last_turn_at ASC NULLS FIRST, next_due_at"
_IS_BEGUN = f"EXISTS (SELECT 1 FROM {MailboxSlot._meta.db_table} WHERE mailbox_id = due.id AND owner <> '')"
NEXT_IN_TURN = (
    f"SELECT id, company_id, {_IS_BEGUN} FROM (SELECT id, company_id, last_turn_at, next_due_at, "
    f"ROW_NUMBER() OVER (PARTITION BY company_id ORDER BY {_IN_TURN}) AS place {_DUE}) AS due "
    f"ORDER BY place, {_IN_TURN} LIMIT %(limit)s"
)
_NEXT_MOMENT = (
    f"SELECT next_due_at FROM {_MAILBOXES} WHERE health = '{Health.READY}' AND next_due_at > %(now)s "
    "ORDER BY next_due_at LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class DueMailbox:
    pk: UUID
    company_id: UUID
    is_begun: bool = False  # a slot of it is taken, by whomever
    is_wanted: bool = False  # a further one is worth it all the same


def next_in_turn(now: datetime, limit: int, without: Collection[UUID] = ()) -> list[DueMailbox]:
    """Each company's mailbox that had its turn the longest ago, then each company's next, and so on."""
    rows = prepared(NEXT_IN_TURN, {"now": now, "limit": limit + len(without)})
    due = (DueMailbox(as_uuid(pk), as_uuid(company), bool(is_begun)) for pk, company, is_begun in rows)
    return [one for one in due if one.pk not in without][:limit]


def next_moment(now: datetime) -> datetime | None:
    """When a mailbox that is not due yet will be."""
    return next((as_moment(row[0]) for row in prepared(_NEXT_MOMENT, {"now": now})), None)


def startable(
    due_ones: list[DueMailbox], running: Counter[UUID], threads: int
) -> tuple[list[DueMailbox], list[DueMailbox]]:
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
