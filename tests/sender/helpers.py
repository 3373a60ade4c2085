"""A company that can send, and messages in its outbox."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import Membership
from mailsettings.models import Authentication, SmtpServer
from sender import endings, recovery
from sender.books import Books
from sender.claims import Claimed
from sender.endings import Ending
from sender.leases import Lease
from sender.models import MailboxSlot, OutboxMessage, State
from sender.services import Draft, submit
from sender.transports.base import Outcome, Phase, RecipientResult


def open_relay(membership: Membership, **fields: object) -> SmtpServer:
    """The company's own server without a sign-in: the shortest way for mail to leave."""
    fields = {"host": "mail.alpha.example", "authentication": Authentication.NONE} | fields
    return SmtpServer.objects.create(company=membership.company, **fields)


def hand_over(membership: Membership, to: tuple[str, ...] = ("rita@recipient.example",), **fields: object):
    """Submit a small message, through the open relay when the company has nothing else."""
    if not SmtpServer.objects.filter(company=membership.company).exists():
        open_relay(membership)
    named = ("idempotency_key", "kind", "priority", "not_before")
    options = {name: fields.pop(name) for name in named if name in fields}
    draft = Draft(to=to, **({"subject": "Order 1", "text": "One truck, please."} | fields))
    return submit(membership, draft, submitted_by="test", **options)


def state_of(message: OutboxMessage) -> str:
    message.refresh_from_db()
    return message.state


def take_slot(message: OutboxMessage) -> Lease:
    """Hold a further slot of the message's mailbox, worth it or not."""
    number = MailboxSlot.objects.filter(mailbox=message.mailbox).count()
    facts = {"owner": uuid4().hex, "until": timezone.now() + timedelta(seconds=20)}
    return Lease(MailboxSlot.objects.create(mailbox=message.mailbox, number=number, **facts))


def begun(message: OutboxMessage, at_once: int = 1) -> Claimed | None:
    """Take the next due message of this one's mailbox, in a slot of its own."""
    return next(iter(take_slot(message).claim(at_once, timezone.now())), None)


def handed_over(message: OutboxMessage) -> Claimed:
    """The next due message of this one's mailbox is right past the point of no return, in a slot of its own."""
    lease = take_slot(message)
    (taken,) = lease.claim(1, timezone.now())
    Books(lease).begin(taken)
    return taken


def ended(taken: Claimed, **how: object) -> None:
    """Write what an attempt came to; accepted, unless said otherwise."""
    facts = {"state": State.SENT, "outcome": Outcome.ACCEPTED, "phase": Phase.HANDED_OVER} | how
    endings.write([Ending(taken, started_at=timezone.now(), method="company_smtp", **facts)])


def refused(message: OutboxMessage, reply: str, cause: str = "recipient_invalid") -> None:
    """The message met a definite no."""
    facts = {"cause": cause, "attempt_cause": cause, "raw": reply, "reply": reply}
    ended(begun(message), state=State.FAILED, outcome=Outcome.REFUSED, phase=Phase.ENVELOPE, **facts)


def sent_to_some(message: OutboxMessage, refused: str, reply: str = "550 5.1.1 unknown") -> None:
    """The server took the message, but not for this recipient."""
    addresses = message.recipients.values_list("address", flat=True)
    said = {address: (Outcome.ACCEPTED, "250", "250 OK") for address in addresses}
    said[refused] = (Outcome.REFUSED, reply[:3], reply)
    answers = tuple(RecipientResult(address, *answer) for address, answer in said.items())
    ended(handed_over(message), recipients=answers)


def left_without_an_answer(message: OutboxMessage) -> None:
    """Its worker died after handing it over, and its lease has lapsed."""
    handed_over(message)
    let_lapse()
    recovery.recover()


def let_lapse() -> None:
    """What time would do: a dead worker's leases run out."""
    MailboxSlot.objects.exclude(owner="").update(until=timezone.now() - timedelta(seconds=1))
