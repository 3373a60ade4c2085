"""What is wrong now: functions over the stored state, each a few queries for any number of companies and people.

A rule names what it finds by `subject`; as long as it finds the same subject, the same alarm stays open.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Company, Membership
from alarms.models import QUEUE_MINUTES, Alarm, Kind, Severity, WorkerSeen
from core.ids import first_of
from diagnosis import vocabulary
from mailsettings import catalog
from mailsettings.models import CompanyMailSettings, Credential, CredentialState
from oauth.models import Connection, ConnectionState, Provider
from sender.models import Health, OutboxMessage, SendingMailbox
from webhooks.models import STOPPED_BY_ITSELF, Endpoint

STEPS = (60, 30, 14, 7, 1)  # days before a secret ends; ENDED after that
ENDED = -1
WORKER_SILENT = timedelta(minutes=5)
NAMED = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong now; the fields are those of an alarm."""

    kind: Kind
    subject: str
    severity: Severity
    company: Company | None = None
    membership: Membership | None = None
    step: int = 0
    facts: dict[str, object] = field(default_factory=dict)

    def alarm(self, opened_at: datetime | None = None) -> Alarm:
        """The alarm that tells of it; not stored yet."""
        return Alarm(
            company=self.company,
            membership=self.membership,
            kind=self.kind,
            subject=self.subject,
            severity=self.severity,
            step=self.step,
            facts=self.facts,
            opened_at=opened_at,
        )


Rule = Callable[[datetime, Company | None], Iterable[Found]]


def secrets_ending(now: datetime, company: Company | None = None) -> Iterator[Found]:
    """Secrets and certificates in use that end within 60 days, or have ended."""
    rows = _of(company, Credential.objects.filter(state=CredentialState.CURRENT))
    last_day = (now + timedelta(days=STEPS[0] + 1)).date()
    rows = rows.filter(expires_on__lte=last_day).filter(_of_somebody_active())
    for row in rows.select_related("company", "membership__user").defer("ciphertext", "certificate"):
        left = (row.expires_on - timezone.localdate(now, row.company.zone)).days
        if (step := step_of(left)) is not None:
            yield Found(
                Kind.SECRET_ENDING,
                str(row.pk),
                Severity.BAD if step == ENDED else Severity.WARN if step <= 30 else Severity.INFO,
                row.company,
                row.membership,
                step,
                {"what": row.kind, "ends_on": row.expires_on.isoformat()},
            )


def step_of(days_left: int) -> int | None:
    """The threshold that is reached; None while the end is far."""
    if days_left < 0:
        return ENDED
    return min((step for step in STEPS if days_left <= step), default=None)


def connections_lost(_now: datetime, company: Company | None = None) -> Iterator[Found]:
    """Grants that ended, where the company still sends by such; of its own mailbox, or of a person."""
    for row in _lost(company):
        severity = Severity.WARN if row.membership else Severity.BAD
        facts = {"provider": row.provider, "address": row.address, "cause": row.cause}
        yield Found(Kind.CONNECTION_LOST, str(row.pk), severity, row.company, row.membership, facts=facts)


def _lost(company: Company | None) -> list[Connection]:
    rows = _of(company, Connection.objects.filter(state=ConnectionState.NEEDS_RECONNECTING))
    rows = rows.filter(_of_somebody_active())
    return [row for row in rows.select_related("company__mail_settings", "membership__user") if _is_used(row)]


def _is_used(row: Connection) -> bool:
    """Whether a way that the company allows and has not switched off goes by it."""
    policy = getattr(row.company, "mail_settings", None) or CompanyMailSettings()
    if row.membership_id is None:
        switches = {catalog.COMPANY_MAILBOX: policy.use_fallback_mailbox}
    elif row.provider == Provider.GOOGLE:
        switches = dict.fromkeys(catalog.OF_GOOGLE, True)
    else:
        switches = {method: getattr(policy, switch) for method, switch in catalog.BY_CONNECTION.items()}
    return any(
        is_on and row.company.allows(method) and policy.method in ("", method)
        for method, is_on in switches.items()
    )


def mailboxes_paused(_now: datetime, company: Company | None = None) -> Iterator[Found]:
    """Mailboxes that wait until somebody mends something.

    Where each person mends his own, each is told of; what the company or its IT mends for all is told of once.
    Where a connection is lost, that alarm tells it.
    """
    rows = _of(company, SendingMailbox.objects.filter(health=Health.NEEDS_ATTENTION))
    rows = rows.filter(Q(owner="") | Q(membership__user__is_active=True), company__is_active=True)
    shared: dict[tuple[object, str, str], list[SendingMailbox]] = defaultdict(list)
    told = {(row.company_id, row.membership_id, row.provider) for row in _lost(company)}
    for row in rows.select_related("company", "membership__user"):
        provider, flow = catalog.at_whom(row.method)
        if flow == "delegated" and (row.company_id, row.membership_id, provider) in told:
            continue
        who = vocabulary.cause(row.cause).who_for(provider, flow)
        if row.owner and who != "user":
            shared[row.company_id, row.method, row.cause].append(row)
        else:
            yield _paused(row)
    yield from map(_paused_alike, shared.values())


def _paused(row: SendingMailbox) -> Found:
    severity = Severity.WARN if row.owner else Severity.BAD
    facts = {"method": row.method, "cause": row.cause, "account": row.account}
    return Found(Kind.MAILBOX_PAUSED, str(row.pk), severity, row.company, row.membership, facts=facts)


def _paused_alike(rows: list[SendingMailbox]) -> Found:
    row = rows[0]
    names = sorted(str(one.membership.user) for one in rows)
    facts = {"method": row.method, "cause": row.cause, "people": len(rows), "names": names[:NAMED]}
    return Found(
        Kind.MAILBOX_PAUSED, f"{row.method} {row.cause}"[:100], Severity.BAD, row.company, facts=facts
    )


def queues_old(now: datetime, company: Company | None = None) -> Iterator[Found]:
    """Companies with a message that has waited longer than they allow; what is to leave later waits from then on."""
    rows = Company.objects.filter(is_active=True, **({"pk": company.pk} if company else {}))
    rows = rows.annotate(minutes=Coalesce("alarm_settings__queue_minutes", QUEUE_MINUTES))
    for minutes in rows.order_by("minutes").values_list("minutes", flat=True).distinct():
        late = OutboxMessage.objects.filter(
            company=OuterRef("pk"), finished_at=None, id__lt=_before(now, minutes)
        )
        late = late.exclude(attempts_made=0, due_at__gt=now - timedelta(minutes=minutes)).order_by("id")
        oldest = Subquery(late.values("submitted_at")[:1])
        for row in rows.filter(minutes=minutes).annotate(oldest=oldest).exclude(oldest=None):
            facts = {"minutes": minutes, "oldest": row.oldest.isoformat()}
            yield Found(Kind.QUEUE_OLD, "queue", Severity.BAD, row, facts=facts)


def _before(now: datetime, minutes: int) -> UUID:
    """Keys of messages stored earlier than that are smaller."""
    return first_of(now - timedelta(minutes=minutes))


def webhooks_stopped(_now: datetime, company: Company | None = None) -> Iterator[Found]:
    """Webhooks that the portal gave up; a person switches them on again."""
    rows = _of(company, Endpoint.objects.filter(condition__in=STOPPED_BY_ITSELF, company__is_active=True))
    for row in rows.select_related("company").defer("ciphertext"):
        facts = {"host": row.host, "why": row.condition}
        yield Found(Kind.WEBHOOK_STOPPED, str(row.pk), Severity.WARN, row.company, facts=facts)


def worker_missing(now: datetime, company: Company | None = None) -> Iterator[Found]:
    """No worker has been seen for five minutes; where there never was one, mail has waited that long for it."""
    if company is not None:
        return
    seen_at = WorkerSeen.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if seen_at is None:
        waiting = OutboxMessage.objects.filter(finished_at=None, submitted_at__lt=now - WORKER_SILENT)
        is_missing = waiting.exists()
    else:
        is_missing = seen_at < now - WORKER_SILENT
    if is_missing:
        facts = {"seen_at": seen_at.isoformat()} if seen_at else {}
        yield Found(Kind.WORKER_MISSING, "worker", Severity.BAD, facts=facts)


RULES: dict[Kind, Rule] = {  # apps above add theirs when they are ready
    Kind.SECRET_ENDING: secrets_ending,
    Kind.CONNECTION_LOST: connections_lost,
    Kind.MAILBOX_PAUSED: mailboxes_paused,
    Kind.QUEUE_OLD: queues_old,
    Kind.WEBHOOK_STOPPED: webhooks_stopped,
    Kind.WORKER_MISSING: worker_missing,
}


def _of(company: Company | None, rows: QuerySet) -> QuerySet:
    return rows.filter(company=company) if company else rows


def _of_somebody_active() -> Q:
    person = Q(membership=None) | Q(membership__user__is_active=True)
    return person & Q(company__is_active=True)
