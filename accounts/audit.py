"""Writing the audit log: the one place where an event is recorded."""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import AuditEvent, Company, User
from core.redact import redact


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person from an address, or a program by its name."""

    user: User | None = None
    label: str = ""
    ip_address: str | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> "Actor":
        return cls(request.user, request.user.email, request.META.get("REMOTE_ADDR") or None)

    def __str__(self) -> str:
        return self.label or (self.user.email if self.user else "")


COMMAND_LINE = Actor(label="command line")
WORKER = Actor(label="worker")


def record(
    actor: Actor, action: str, *, company: Company | None = None, label: str = "", **details: object
) -> AuditEvent:
    """Add an event. Details are plain facts; text among them is redacted all the same."""
    safe = {name: redact(value) if isinstance(value, str) else value for name, value in details.items()}
    return AuditEvent.objects.create(
        company=company,
        actor=actor.user,
        actor_label=str(actor),
        ip_address=actor.ip_address,
        action=action,
        object_label=label[:254],
        details=safe,
    )
