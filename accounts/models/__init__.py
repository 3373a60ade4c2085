from accounts.models.audit import AuditEvent
from accounts.models.company import Company
from accounts.models.membership import Invitation, MailState, Membership, Role
from accounts.models.user import PlatformRole, User

__all__ = ["AuditEvent", "Company", "Invitation", "MailState", "Membership", "PlatformRole", "Role", "User"]
