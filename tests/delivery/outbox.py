"""A small message, and what has become of one."""

from django.utils import timezone

from sender.models import OutboxMessage, SendingMailbox
from sender.services import Draft

TO = ["janis@customer.example"]


def order(*to: str) -> Draft:
    return Draft(to=to or TO, subject="Order 7", text="One truck, please.")


def state(message: OutboxMessage) -> tuple[str, str, str]:
    """State and cause of the message, and the cause of its mailbox when that needs somebody."""
    message = OutboxMessage.objects.select_related("mailbox").get(pk=message.pk)
    paused = message.mailbox.cause if message.mailbox.health == "needs_attention" else ""
    return message.state, message.cause, paused


def answers(message: OutboxMessage) -> dict[str, str]:
    return dict(message.recipients.values_list("address", "outcome"))


def time_passes(message: OutboxMessage) -> None:
    """Everything that waits for its next try is due."""
    OutboxMessage.objects.filter(pk=message.pk).update(due_at=timezone.now())
    SendingMailbox.objects.update(paused_until=None, next_due_at=timezone.now())
