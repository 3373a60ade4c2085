"""Things that are wrong, for the tests of alarms."""

from datetime import timedelta

from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company, Membership
from alarms import watch
from alarms.models import Alarm
from core.ids import first_of
from mailsettings import credentials
from mailsettings.models import Credential, CredentialKind
from oauth.models import Connection, ConnectionState
from sender.models import Health, OutboxMessage, SendingMailbox


def secret_ending(
    company: Company, days: int, kind: str = CredentialKind.CLIENT_SECRET, **whose
) -> Credential:
    ends_on = company.today + timedelta(days=days)
    return credentials.store(company, kind, "alarm-canary", actor=COMMAND_LINE, expires_on=ends_on, **whose)


def connection_lost(person: Membership | None, company: Company | None = None, **fields) -> Connection:
    now = timezone.now()
    fields = {"state": ConnectionState.NEEDS_RECONNECTING, "cause": "refresh_token_revoked"} | fields
    return Connection.objects.create(
        company=company or person.company,
        membership=person,
        client_id="app",
        tenant_id="t",
        object_id="o",
        address=person.user.email if person else "orders@alpha.example",
        connected_at=now,
        refreshed_at=now,
        **fields,
    )


def paused(
    company: Company, person: Membership | None = None, cause: str = "smtp_auth_rejected_generic", **fields
):
    fields = {"method": "smtp_password" if person else "company_smtp"} | fields
    return SendingMailbox.objects.create(
        company=company,
        membership=person,
        owner=str(person.pk) if person else "",
        account=person.user.email if person else "",
        health=Health.NEEDS_ATTENTION,
        cause=cause,
        **fields,
    )


def made_older(message: OutboxMessage, minutes: int) -> None:
    """As if it had been handed over so many minutes earlier; its key says when, too."""
    at = timezone.now() - timedelta(minutes=minutes)
    OutboxMessage.objects.get(pk=message.pk).delete()
    message.pk, message.submitted_at, message.due_at = first_of(at), at, at
    message.save(force_insert=True)
    OutboxMessage.objects.filter(pk=message.pk).update(submitted_at=at)


def look(**how) -> list[Alarm]:
    """What a look leaves open."""
    watch.look(timezone.now(), **how)
    return list(Alarm.objects.filter(closed_at=None).order_by("id"))
