"""What a person may do with a stored message; each returns whether the message was still in a fitting state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from mailsettings.models import CompanyMailSettings
from sender import outbox, standing
from sender.models import Health, OutboxMessage, SendingMailbox, State
from sender.routing import NoRoute, Route, choose_to_store, gather
from sender.storing import from_and_envelope, mailbox_for


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
    SendingMailbox.objects.filter(pk=mailbox.pk).update(
        health=Health.READY, cause="", cause_raw="", paused_until=None
    )
    tried = OutboxMessage.objects.waiting().filter(mailbox=mailbox, attempts_made__gt=0)
    tried.update(due_at=timezone.now())
    transaction.on_commit(lambda: outbox.due(mailbox.pk, timezone.now()))


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
    company: object, membership: object = None, methods: Sequence[str] = (), **_kwargs: object
) -> None:
    """Signal receiver: how mail leaves was changed, so mailboxes that needed attention may work now.

    Waiting messages move to the way that holds now, where it sends from the same address.
    """
    mailboxes = SendingMailbox.objects.filter(company=company).exclude(health=Health.READY, paused_until=None)
    if membership is not None:
        mailboxes = mailboxes.filter(membership=membership)
    if methods:
        mailboxes = mailboxes.filter(method__in=methods)
    for mailbox in mailboxes:
        _wake(mailbox)
        for message in mailbox.messages.waiting().select_related("membership__user")[:1000]:
            _move(message)


def _move(message: OutboxMessage) -> None:
    if message.membership is None:
        return
    try:
        way = choose_to_store(gather(message.membership))
    except NoRoute:
        return
    if _is_same_sender(message, way):
        mailbox = mailbox_for(message.membership, way)
        if mailbox.pk != message.mailbox_id:
            rows = OutboxMessage.objects.filter(pk=message.pk, state=State.WAITING)
            rows.update(mailbox=mailbox, route_reason=way.reason, claimed_by="")
            transaction.on_commit(lambda: outbox.due(mailbox.pk, message.due_at))


def _is_same_sender(message: OutboxMessage, way: Route) -> bool:
    """Whether the message, whose header is written, may go this way."""
    return from_and_envelope(way) == (message.from_address, message.envelope_from)
