"""A company that can send, and messages in its outbox."""

from accounts.models import Membership
from mailsettings.models import Authentication, SmtpServer
from sender.models import OutboxMessage
from sender.services import Draft, submit


def open_relay(membership: Membership, **fields: object) -> SmtpServer:
    """The company's own server without a sign-in: the shortest way for mail to leave."""
    fields = {"host": "mail.alpha.example", "authentication": Authentication.NONE} | fields
    return SmtpServer.objects.create(company=membership.company, **fields)


def hand_over(membership: Membership, to: tuple[str, ...] = ("rita@recipient.example",), **fields: object):
    """Submit a small message, through the open relay when the company has nothing else."""
    if not SmtpServer.objects.filter(company=membership.company).exists():
        open_relay(membership)
    options = {name: fields.pop(name) for name in ("idempotency_key", "kind") if name in fields}
    draft = Draft(to=to, **({"subject": "Order 1", "text": "One truck, please."} | fields))
    return submit(membership, draft, submitted_by="test", **options)


def state_of(message: OutboxMessage) -> str:
    message.refresh_from_db()
    return message.state
