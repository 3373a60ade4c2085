"""What the other apps and the pages ask about connections."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Company, Membership
from core.clock import now
from core.sentences import day
from mailsettings import app_credentials
from mailsettings.catalog import BY_CONNECTION, COMPANY_MAILBOX, METHODS, Owner
from mailsettings.models import CompanyMailSettings, MicrosoftApp
from mailsettings.signals import settings_changed
from oauth import google_services
from oauth.models import Connection, ConnectionState, Provider, TokenCache
from webhooks import events
from webhooks.kinds import EventKind


def connection_of(membership: Membership) -> Connection | None:
    """The person's connection in whatever state; None when there never was one."""
    return Connection.objects.filter(membership=membership, provider=Provider.MICROSOFT).first()


def connection_of_company(company: Company) -> Connection | None:
    """That of the company's mailbox, in whatever state; None when there never was one."""
    return Connection.objects.filter(company=company, membership=None, provider=Provider.MICROSOFT).first()


def can_connect(membership: Membership) -> list[str]:
    """Why the person cannot connect now, as whole sentences; empty when he can."""
    company = membership.company
    ways = [switch for method, switch in BY_CONNECTION.items() if company.allows(method)]
    if not ways:
        return [_("The operator of this portal has not allowed Connect to Microsoft for your company.")]
    policy = CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings()
    if not any(getattr(policy, switch) for switch in ways):
        return [_("Your company's mail settings switch people's Microsoft connections off.")]
    if policy.method and not _is_by_connection(policy.method):
        return [_("Your company sends by %(way)s.") % {"way": METHODS[policy.method].label}]
    return app_hindrances(company)


def can_connect_mailbox(membership: Membership) -> list[str]:
    """Why this person cannot connect the company's mailbox now, as whole sentences; empty when he can."""
    company = membership.company
    if not membership.is_admin:
        return [_("Only an administrator of your company connects its mailbox.")]
    if not company.allows(COMPANY_MAILBOX):
        return [_("The operator of this portal has not allowed a connected mailbox for your company.")]
    chosen = CompanyMailSettings.objects.filter(company=company, use_fallback_mailbox=True)
    if not chosen.exclude(fallback_mailbox="").exists():
        return [_("Your company's mail settings do not name a mailbox to connect. Save it first.")]
    return app_hindrances(company)


def _is_by_connection(method: str) -> bool:
    entry = METHODS[method]
    return (entry.provider, entry.owner, entry.flow) == ("microsoft", Owner.PERSON, "delegated")


def app_hindrances(company: Company) -> list[str]:
    """What the company's app registration lacks, as whole sentences; empty when it is complete."""
    secret = app_credentials.current(company)
    if secret is None or not MicrosoftApp.objects.filter(company=company).exists():
        return [_("Your company's Office 365 settings are not filled in yet. Ask your administrator.")]
    if secret.expires_on and secret.expires_on < company.today:
        ended = _("Your company's %(what)s ended on %(date)s. Ask your administrator to replace it.")
        return [ended % {"what": secret.get_kind_display(), "date": day(secret.expires_on)}]
    return []


@transaction.atomic
def disconnect(connection: Connection, actor: Actor) -> None:
    """Forget the tokens for good; the row stays, to say who was connected. Google is told, Microsoft has no way."""
    if connection.provider == Provider.GOOGLE:
        google_services.revoke_after_commit(connection)
    TokenCache.objects.filter(connection=connection).delete()
    connection.state = ConnectionState.DISCONNECTED
    connection.cause = connection.cause_raw = ""
    connection.save(update_fields=["state", "cause", "cause_raw"])
    note(connection, actor, "connection.disconnected")
    announce(connection)


def goes_with(membership: Membership, actor: Actor, **_more: object) -> None:
    """Signal receiver: the row's deletion takes the person's connections along, which is told to the audit log."""
    for connection in membership.connections.exclude(state=ConnectionState.DISCONNECTED):
        if connection.provider == Provider.GOOGLE:
            google_services.revoke_after_commit(connection)
        note(connection, actor, "connection.disconnected")


def mark_used(connection: Connection) -> None:
    """Remember that a message went out with it just now."""
    Connection.objects.filter(pk=connection.pk).update(last_used_at=now())


def note(connection: Connection, actor: Actor, action: str, **facts: object) -> None:
    """Audit what became of a connection."""
    label = str(connection.membership.user if connection.membership else connection.company)
    facts = {"address": connection.address, **facts}
    record(actor, action, company=connection.company, label=label, **facts)


def publish(connection: Connection, kind: EventKind, cause: str = "") -> None:
    """Tell the company's programs by webhook; call it in the transaction that made it so."""
    person = connection.membership.user.email if connection.membership else None
    facts = {"provider": connection.provider, "address": connection.address, "person": person, "cause": cause}
    events.publish(connection.company_id, kind, connection.pk, facts)


def announce(connection: Connection) -> None:
    """After the commit, tell the apps above that the person's mail may now go another way."""
    company, membership = connection.company, connection.membership
    transaction.on_commit(
        lambda: settings_changed.send(sender=Connection, company=company, membership=membership)
    )
