from accounts.models.audit import AuditEvent
from accounts.models.company import Company
from accounts.models.mailing import Letter, LetterState, Mailing, MailingKind, MailingState, Why
from accounts.models.membership import Invitation, MailState, Membership, Role
from accounts.models.user import PlatformRole, User

__all__ = [
    "AuditEvent",
    "Company",
    "Invitation",
    "Letter",
    "LetterState",
    "MailState",
    "Mailing",
    "MailingKind",
    "MailingState",
    "Membership",
    "PlatformRole",
    "Role",
    "User",
    "Why",
]
