from sender.models.attempt import Attempt, RecipientOutcome
from sender.models.batch import Batch, BatchLine
from sender.models.check import CheckResult, CheckRun, CheckState
from sender.models.mailbox import Health, MailboxSlot, SendingMailbox
from sender.models.message import Content, OutboxMessage, Priority, State

__all__ = [
    "Attempt",
    "Batch",
    "BatchLine",
    "CheckResult",
    "CheckRun",
    "CheckState",
    "Content",
    "Health",
    "MailboxSlot",
    "OutboxMessage",
    "Priority",
    "RecipientOutcome",
    "SendingMailbox",
    "State",
]
