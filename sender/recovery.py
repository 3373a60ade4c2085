"""Settling what dead workers left: by the lease's journal where it lies on this host, else by waiting for its host.

What a journal says takes no account of time (sender/journal.py). Where it lies on another host, only that host's
workers can know what was not handed over: they are waited for, and then it is all `unknown`. Nothing is ever sent
again without having read the journal.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from diagnosis.retry import next_delay_s
from sender import claims, endings, journal, outbox
from sender.claims import Claimed
from sender.endings import Ending
from sender.journal import JournalFailed, Told
from sender.leases import HAS_LAPSED
from sender.models import MailboxSlot, OutboxMessage, SendingMailbox, State
from sender.statements import one_writer
from sender.transports.base import Outcome, Phase

AWAY = timedelta(minutes=10)  # that a host which holds a journal is waited for
PATIENCE = 3  # tries
STOPPED = "The worker stopped before the server answered."
STOPPED_BEFORE = "The worker stopped before it handed the message over."

log = structlog.get_logger()


def recover(held_here: Collection[str] = ()) -> int:
    """Settle what dead workers left, in slots whose lease has lapsed and in journals on this host.

    Leases held by this process are its heartbeat's, whatever a clock that jumped makes of them. Returns how many.
    Raises the error of one that cannot be settled, when all others are: JournalFailed, or the database's.
    """
    left_here = set(journal.left_here()) - set(
        held_here
    )  # before the slots: those of now are in the database
    lapsed = MailboxSlot.taken().filter(HAS_LAPSED).exclude(owner__in=held_here)
    jobs = [partial(_settle_slot, slot) for slot in lapsed[:100]]
    if left_here:
        owned = MailboxSlot.taken().filter(owner__in=left_here).values_list("owner", flat=True)
        jobs += [partial(_settle_journal, owner) for owner in left_here.difference(owned)]
    done, failed = 0, None
    for job in jobs:
        try:
            done += job()
        except (JournalFailed, DataError, IntegrityError) as error:
            failed = error
    if failed is not None:
        raise failed
    return done


def _settle_slot(slot: MailboxSlot) -> bool:
    with one_writer(), transaction.atomic():
        still_lapsed = MailboxSlot.objects.filter(HAS_LAPSED, pk=slot.pk, owner=slot.owner)
        if not still_lapsed.update(owner="", until=None):
            return False
        held = _settle(slot.owner, slot.mailbox_id)
    outbox.due(slot.mailbox_id, timezone.now())
    if held is not None:
        journal.remove(slot.owner)
    return True


def _settle_journal(owner: str) -> bool:
    """Its slot is free, as another host saw to that, which could not read this."""
    with one_writer(), transaction.atomic():
        held = _settle(owner)
    if held is not None:
        journal.remove(owner)
    return bool(held)


def _settle(owner: str, mailbox_id: UUID | None = None) -> int | None:
    """End what this lease held, by its journal: answered, handed over without an answer, or to be sent again.

    Returns how many messages that were; None when the journal does not lie here.

    The message that the slot was at, and had not handed over, counts a try, and keeps its place for a few: one that
    kills its worker each time must not hold up the others for ever.
    """
    told = journal.take_over(owner)
    held = claims.taken(owner, mailbox_id)
    if told is None:
        if mailbox_id is not None:
            _wait_for_its_host(held)
        return None
    _wait_no_longer(held)
    methods = _methods(held)
    ended = [_as_told(one, told, methods[one.mailbox_id]) for one in held]
    unbegun = [one for one, end in zip(held, ended, strict=True) if end is None]
    if unbegun and not any(end is not None and end.state == State.UNKNOWN for end in ended):
        ended.append(_tried(unbegun[0], methods[unbegun[0].mailbox_id]))
    endings.write([*(end for end in ended if end is not None), *_late(told, held)])
    claims.give_back(owner, [one.pk for one in unbegun])
    for mailbox_id in methods:
        outbox.due(mailbox_id, timezone.now())
    return len(held)


def _as_told(claimed: Claimed, told: Told, method: str) -> Ending | None:
    """What became of it; None when it was certainly not handed over, or not since it was put off."""
    answer = told.ended.get(claimed.pk)
    if answer is not None and answer.get("number", claimed.number) == claimed.number:
        claimed.is_begun = True
        return endings.from_told(claimed, method, answer)
    if told.is_all and (answer is not None or claimed.pk not in told.begun):
        return None
    return _without_an_answer(claimed, method)


def _late(told: Told, held: list[Claimed]) -> list[Ending]:
    """The answers to what was given up while this host was waited for."""
    unknown = claims.given_up(told.ended.keys() - {claimed.pk for claimed in held})
    methods = _methods(unknown)
    answered = [one for one in unknown if told.ended[one.pk].get("number") == one.number]
    return [endings.from_told(one, methods[one.mailbox_id], told.ended[one.pk]) for one in answered]


def _without_an_answer(claimed: Claimed, method: str) -> Ending:
    claimed.is_begun = True
    said = {"cause": "unknown_outcome", "raw": STOPPED, "reply": STOPPED}
    return Ending(claimed, State.UNKNOWN, Outcome.UNKNOWN, Phase.HANDED_OVER, timezone.now(), method, **said)


def _tried(claimed: Claimed, method: str) -> Ending:
    again = claimed.attempts_made - PATIENCE
    due_at = timezone.now() + timedelta(seconds=next_delay_s(again)) if again > 0 else None
    said = {"due_at": due_at, "raw": STOPPED_BEFORE, "reply": STOPPED_BEFORE}
    return Ending(claimed, State.WAITING, Outcome.DEFERRED, Phase.CONNECT, timezone.now(), method, **said)


def _wait_for_its_host(held: list[Claimed]) -> None:
    """`due_at` of a message that no slot holds any more says until when (`settle_strays`)."""
    if held:
        log.warning(
            "the host of a lapsed lease is waited for", messages=len(held), minutes=AWAY.seconds // 60
        )
        keys = [claimed.pk for claimed in held]
        OutboxMessage.objects.filter(pk__in=keys).update(due_at=timezone.now() + AWAY)


def _wait_no_longer(held: list[Claimed]) -> None:
    waited_for = OutboxMessage.objects.filter(
        pk__in=[claimed.pk for claimed in held], due_at__gt=timezone.now()
    )
    waited_for.update(due_at=timezone.now())


def _methods(held: list[Claimed]) -> dict[UUID, str]:
    mailboxes = SendingMailbox.objects.filter(pk__in={claimed.mailbox_id for claimed in held})
    return dict(mailboxes.values_list("pk", "method"))


def settle_strays(now: datetime | None = None) -> int:
    """Give up waiting for hosts that hold journals of messages no slot holds any more; returns how many messages."""
    owners = MailboxSlot.taken().values("owner")
    strays = (
        OutboxMessage.objects.sending()
        .filter(due_at__lte=now or timezone.now())
        .exclude(claimed_by__in=owners)
    )
    done = 0
    for owner in set(strays.values_list("claimed_by", flat=True)[:1000]) - set(journal.left_here()):
        held = claims.taken(owner)
        methods = _methods(held)
        endings.write([_without_an_answer(one, methods[one.mailbox_id]) for one in held])
        done += len(held)
    return done
