"""What a person may do with a stored message; each returns whether the message was still in a fitting state."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from mailsettings.models import CompanyMailSettings
from sender import outbox, standing
from sender.models import Health, OutboxMessage, SendingMailbox, State
from sender.routing import NoRoute, Route, route
from sender.storing import from_and_envelope, mailbox_for


def retry(message: OutboxMessage) -> bool:
    """Try again now, by the way that holds today. Raises NoRoute."""
    return message.state != State.UNKNOWN and _again(message)


def send_again(message: OutboxMessage) -> bool:
    """Send a message of unknown outcome again: somebody made sure that it did not arrive. Raises NoRoute."""
    return message.state == State.UNKNOWN and _again(message)


def cancel(message: OutboxMessage) -> bool:
    return outbox.cancel(message)


def mark_sent(message: OutboxMessage) -> bool:
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


def _again(message: OutboxMessage) -> bool:
    mailbox, reason = message.mailbox, message.route_reason
    if message.membership is not None:
        way = route(message.membership)
        if _is_same_sender(message, way):
            mailbox, reason = mailbox_for(message.membership, way), way.reason
    wake(mailbox)
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
        way = route(message.membership)
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
