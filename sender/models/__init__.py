from sender.models.attempt import Attempt, RecipientOutcome
from sender.models.mailbox import Health, SendingMailbox
from sender.models.message import Content, OutboxMessage, State

__all__ = [
    "Attempt",
    "Content",
    "Health",
    "OutboxMessage",
    "RecipientOutcome",
    "SendingMailbox",
    "State",
]
