"""What a person may do with a stored message; each returns whether the message was still in a fitting state."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Company, Membership
from mailsettings.models import CompanyMailSettings
from sender import outbox, standing
from sender.models import Health, MailboxSlot, OutboxMessage, SendingMailbox, State
from sender.routing import NoRoute, Route, choose_to_store, gather
from sender.sending_state import ways_of
from sender.storing import from_and_envelope, mailbox_for

AT_ONCE = 500  # mailboxes


@dataclass(frozen=True, slots=True)
class Round:
    """One go through many messages: each person's way is looked up, and each mailbox woken, only once."""

    ways: dict[UUID, Route | NoRoute] = field(default_factory=dict)
    woken: set[UUID] = field(default_factory=set)

    def way_of(self, person: Membership) -> Route:
        if person.pk not in self.ways:
            try:
                self.ways[person.pk] = choose_to_store(gather(person))
            except NoRoute as error:
                self.ways[person.pk] = error
        if isinstance(way := self.ways[person.pk], NoRoute):
            raise way
        return way

    def wake(self, mailbox: SendingMailbox) -> None:
        if mailbox.pk not in self.woken:
            self.woken.add(mailbox.pk)
            wake(mailbox)


def retry(message: OutboxMessage, among: Round | None = None) -> bool:
    """Try again now, by the way that holds today. Raises NoRoute."""
    return message.state != State.UNKNOWN and _again(message, among or Round())


def send_again(message: OutboxMessage, among: Round | None = None) -> bool:
    """Send a message of unknown outcome again: somebody made sure that it did not arrive. Raises NoRoute."""
    return message.state == State.UNKNOWN and _again(message, among or Round())


def cancel(message: OutboxMessage, _among: Round | None = None) -> bool:
    return outbox.cancel(message)


def mark_sent(message: OutboxMessage, _among: Round | None = None) -> bool:
    return outbox.resolve_as_sent(message)


def wake(mailbox: SendingMailbox) -> None:
    """Somebody mended something: the mailbox is ready, and what was tried before is due now."""
    needed_it = SendingMailbox.objects.filter(pk=mailbox.pk).exclude(health=Health.READY).exists()
    _wake(mailbox)
    if needed_it:
        standing.mailbox_changed(mailbox)


def _wake(mailbox: SendingMailbox) -> None:
    _make_ready([mailbox.pk])
    transaction.on_commit(lambda: outbox.due(mailbox.pk, timezone.now()))


def _make_ready(mailboxes: Collection[UUID]) -> None:
    SendingMailbox.objects.filter(pk__in=mailboxes).update(
        health=Health.READY, cause="", cause_raw="", paused_until=None, mended_at=timezone.now()
    )
    tried = OutboxMessage.objects.waiting().filter(mailbox__in=mailboxes, attempts_made__gt=0)
    tried.update(due_at=timezone.now())


def _again(message: OutboxMessage, among: Round) -> bool:
    mailbox, reason = message.mailbox, message.route_reason
    if message.membership is not None:
        way = among.way_of(message.membership)
        if _is_same_sender(message, way):
            mailbox, reason = mailbox_for(message.membership, way), way.reason
    among.wake(mailbox)
    settings = CompanyMailSettings.objects.filter(company=message.company).first() or CompanyMailSettings()
    return outbox.requeue(message, mailbox, reason, settings.give_up_hours)


def settings_changed(
    company: Company, membership: Membership | None = None, methods: Sequence[str] = (), **_kwargs: object
) -> None:
    """Signal receiver: how mail leaves was changed, so mailboxes that needed attention may work now.

    Waiting messages move to the way that holds now, where it sends from the same address.
    """
    mailboxes = SendingMailbox.objects.filter(company=company)
    if membership is not None:
        mailboxes = mailboxes.filter(membership=membership)
    if methods:
        mailboxes = mailboxes.filter(method__in=methods)
    # First those that a slot tries just now with what held before: it would pause them again.
    outbox.mended(mailboxes.filter(pk__in=MailboxSlot.taken().values("mailbox")))
    held_back = mailboxes.exclude(health=Health.READY, paused_until=None)
    keys = list(held_back.values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        _make_ready(some)
        for mailbox_id in _moved(company, some):
            transaction.on_commit(partial(outbox.look_again, mailbox_id))


def _moved(company: Company, mailboxes: Collection[UUID]) -> set[UUID]:
    """Move what waits in these; returns the mailboxes that something waits in now.

    All messages of a person at once: after a secret ended, there may be any number.
    """
    waiting = OutboxMessage.objects.waiting().filter(mailbox__in=mailboxes)
    alike = ("mailbox", "membership", "from_address", "envelope_from")
    groups = list(waiting.order_by().values_list(*alike).distinct())
    people = Membership.objects.select_related("user", "company").in_bulk({group[1] for group in groups})
    ways = ways_of(company, list(people.values()))
    now_in = set()
    for mailbox_id, person, *addresses in groups:
        way, target = ways.get(person), mailbox_id
        if way is not None and from_and_envelope(way) == tuple(addresses):
            target = mailbox_for(people[person], way).pk
        if target != mailbox_id:
            known = dict(zip(alike, (mailbox_id, person, *addresses), strict=True))
            waiting.filter(**known).update(mailbox=target, route_reason=way.reason)
        now_in.add(target)
    return now_in


def _is_same_sender(message: OutboxMessage, way: Route) -> bool:
    """Whether the message, whose header is written, may go this way."""
    return from_and_envelope(way) == (message.from_address, message.envelope_from)
