"""Which keys a file may have, and of which kind their values are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of table: plain values, secrets, single tables below it, arrays of tables below it."""

    values: Mapping[str, type] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    tables: Mapping[str, "Shape"] = field(default_factory=dict)
    arrays: Mapping[str, "Shape"] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return sorted({*self.values, *self.secrets, *self.tables, *self.arrays})


PERSON = Shape(
    values={"email": str, "name": str, "role": str, "method": str, "user_name": str, "from_name": str},
    secrets=frozenset({"password", "email_password", "gmail_app_password"}),
)
OFFICE365 = Shape(
    values={
        "cloud": str,
        "tenant_id": str,
        "client_id": str,
        "secret_expires_on": date,
        "callback_form": str,
    },
    secrets=frozenset({"client_secret", "certificate", "certificate_password"}),
)
GOOGLE = Shape(values={"client_id": str, "send_by": str}, secrets=frozenset({"client_secret"}))
SMTP = Shape(
    values={
        "host": str,
        "port": int,
        "security": str,
        "authentication": str,
        "user_name": str,
        "timeout_s": int,
        "max_connections": int,
        "ehlo_name": str,
    },
    secrets=frozenset({"password"}),
)
APP_ONLY = Shape(
    values={
        "use_graph": bool,
        "use_smtp": bool,
        "as_person": bool,
        "mailbox": str,
        "mailbox_user_name": str,
        "mailbox_name": str,
        "mailbox_from": str,
    }
)
POLICY = Shape(
    values={
        "method": str,
        "use_connections": bool,
        "use_connections_smtp": bool,
        "large_messages": bool,
        "connections_from": str,
        "shared_mailbox": str,
        "shared_mailbox_name": str,
        "use_passwords": bool,
        "use_company_server": bool,
        "company_server_from": str,
        "company_address": str,
        "company_name": str,
        "max_files_mb": int,
        "save_to_sent": bool,
        "give_up_hours": int,
        "bodies_shown_to": str,
    }
)
COMPANY_MAILBOX = Shape(
    values={"use_fallback_mailbox": bool, "fallback_mailbox": str, "fallback_mailbox_name": str}
)
AGREEMENT = Shape(
    values={"kind": str, "label": str, "language": str, "html": str, "file": str, "is_active": bool}
)
WEBHOOK = Shape(values={"url": str, "events": list, "is_on": bool}, secrets=frozenset({"secret"}))
COMPANY = Shape(
    values={
        "code": str,
        "name": str,
        "locale": str,
        "time_zone": str,
        "allowed_methods": list,
        "retention_days": int,
        "is_active": bool,
    },
    tables={
        "office365": OFFICE365,
        "google": GOOGLE,
        "app_only": APP_ONLY,
        "smtp": SMTP,
        "company_mailbox": COMPANY_MAILBOX,
        "policy": POLICY,
    },
    arrays={"agreement": AGREEMENT, "person": PERSON, "webhook": WEBHOOK},
)
OPERATOR = Shape(values={"email": str, "name": str}, secrets=frozenset({"password"}))
DOCUMENT = Shape(arrays={"operator": OPERATOR, "company": COMPANY})
